import assert from 'node:assert/strict'
import { Resolver } from 'node:dns/promises'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { answerTo, startNameServer } from './name-server.ts'

const ADDRESS = '10.41.0.1'
const HEADER = [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
const NAME = [7, ...Buffer.from('captive'), 5, ...Buffer.from('apple'), 3, ...Buffer.from('com'), 0]
const A_IN = [0, 1, 0, 1]
const question = (header: number[], name: number[]): Buffer => Buffer.from([...header, ...name, ...A_IN])

describe('the name server', () => {
  test('gives every name the hotspot’s address, over the wire', async () => {
    const server = await startNameServer({ host: '127.0.0.1', port: 0 }, ADDRESS)
    const resolver = new Resolver({ tries: 2 })
    resolver.setServers([`127.0.0.1:${String(server.port)}`])
    for (const name of ['captive.apple.com', 'connectivitycheck.gstatic.com', 'a.b', 'x'.repeat(63)]) {
      assert.deepEqual(await resolver.resolve4(name, { ttl: true }), [{ address: ADDRESS, ttl: 0 }])
    }
    await assert.rejects(resolver.resolve6('captive.apple.com'), { code: 'ENODATA' })
    await assert.rejects(resolver.resolveTxt('captive.apple.com'), { code: 'ENODATA' })
    await server.close()
  })

  test('answers what was asked, in bytes', () => {
    assert.deepEqual(
      answerTo(question(HEADER, NAME), ADDRESS),
      Buffer.concat([
        Buffer.from([0x12, 0x34, 0x85, 0x00, 0, 1, 0, 1, 0, 0, 0, 0]),
        Buffer.from([...NAME, ...A_IN]),
        Buffer.from([0xc0, 0x0c, ...A_IN, 0, 0, 0, 0, 0, 4, 10, 41, 0, 1]),
      ]),
    )
  })

  test('is silent to what is not a plain question', () => {
    const at = (index: number, value: number): number[] => HEADER.with(index, value)
    const bad: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      'half a header': Buffer.from(HEADER.slice(0, 7)),
      'an answer, which could go round for ever': question(at(2, 0x81), NAME),
      'another operation': question(at(2, 0x28), NAME),
      'no question': question(at(5, 0), NAME),
      'two questions': question(at(5, 2), NAME),
      'a name without an end': Buffer.from([...HEADER, ...NAME.slice(0, -1)]),
      'a label longer than what is there': Buffer.from([...HEADER, 60, 1, 2]),
      'a pointer to itself': question(HEADER, [0xc0, 0x0c]),
      'a name of more than 255 bytes': question(HEADER, [
        ...Array.from({ length: 5 }, () => [63, ...Buffer.alloc(63, 97)]).flat(),
        0,
      ]),
      'no type': Buffer.from([...HEADER, ...NAME]),
      'more than a datagram': Buffer.concat([question(HEADER, NAME), Buffer.alloc(600)]),
    }
    for (const [what, bytes] of Object.entries(bad)) assert.equal(answerTo(bytes, ADDRESS), undefined, what)
  })

  test('never throws, and never answers at greater length than a record more than was asked', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ maxLength: 300 }).map((rest) => Uint8Array.from([...HEADER, ...rest])),
    )
    fc.assert(
      fc.property(bytes, (given) => {
        const answer = answerTo(Buffer.from(given), ADDRESS)
        if (answer !== undefined) assert.ok(answer.length <= given.length + 16)
      }),
    )
  })
})
