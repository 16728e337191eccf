import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BootId } from '#protocol/identifier.ts'
import type { Hello } from '#protocol/message/hello.ts'
import { isChipEnabled, loadMachine } from '../machine/load.ts'
import { refusalOf } from '../machine/record.ts'
import { CloneWatch } from './clone-watch.ts'
import {
  type IdentityHouse,
  MACHINES,
  ask,
  chipKeys,
  newChipId,
  pemOf,
  requestFor,
  startIdentityHouse,
} from './house.suite.ts'
import { liftQuarantine } from './quarantine.ts'

let house: IdentityHouse
let port: number
before(async () => {
  house = await startIdentityHouse()
  port = (await house.listen()).port
})
after(() => house.stop())

async function enrolled(machineId: string) {
  const chipId = newChipId()
  const user = `${chipId}:${await house.claim(machineId)}`
  const body = await requestFor(`CN=${chipId}`, await chipKeys())
  const idevid = await pemOf(await house.factory.idevid(chipId, 'ES256'))
  const answer = await ask({ port, caPem: house.caPem }, '/.well-known/est/simpleenroll', {
    ...idevid,
    user,
    body,
  })
  assert.equal(answer.status, 200)
  return chipId
}

function watch(): CloneWatch {
  return new CloneWatch({
    sql: house.sql,
    warn: (message) => message.includes('two of') || assert.fail(message),
  })
}

const BASE_MS = 1_795_000_000_000

/** A hello of this boot, which began so many seconds after the story, heard so many after it. */
async function says(
  clones: CloneWatch,
  chipId: Hello['chipId'],
  word: [boot: string, beganS: number, atS: number],
) {
  const [boot, beganS, atS] = word
  const record = await loadMachine(house.sql, chipId)
  assert.ok(record)
  const hello: Hello = {
    name: 'hello',
    chipId,
    boot: BootId.of(boot.repeat(16)),
    counter: 1,
    tariffVersion: 1,
    machineState: 'ready',
    monotonicMs: (atS - beganS) * 1000,
    wallS: 0,
    unacknowledged: 0,
  }
  await clones.hear(record, hello, BASE_MS + atS * 1000)
}

test('two of a chip are held back, also where the node began anew between their words; staff lift it', async () => {
  const chipId = await enrolled(MACHINES[0] ?? '')
  const words: [string, number, number][] = [
    ['a', 0, 10],
    ['b', 100, 110],
    ['a', 0, 200],
    ['b', 100, 300],
  ]
  // Each word is heard by another node: what tells of clones is in the database at once.
  for (const word of words) {
    assert.equal(await isChipEnabled(house.sql, chipId), true)
    await says(watch(), chipId, word)
  }
  assert.equal(await isChipEnabled(house.sql, chipId), false)
  const record = await loadMachine(house.sql, chipId)
  assert.equal(record && refusalOf(record), 'chip-quarantined')
  const [row] = await house.sql`SELECT quarantine_reason FROM chip WHERE chip_id = ${chipId}`
  assert.equal(row?.['quarantine_reason'], 'boots-alternate')

  const lifted = await liftQuarantine(house.sql, chipId, { actor: 'test', atMs: Date.now() })
  assert.ok(lifted.ok)
  assert.equal(await isChipEnabled(house.sql, chipId), true)
  const clones = watch()
  for (const atS of [400, 430, 460, 800]) await says(clones, chipId, ['b', 100, atS])
  assert.equal(await isChipEnabled(house.sql, chipId), true)
  const again = await liftQuarantine(house.sql, chipId, { actor: 'test', atMs: Date.now() })
  assert.deepEqual(again, { ok: false, error: 'not-quarantined' })
})

test('an honest chip is written down once a boot, and not at every hello', async () => {
  const chipId = await enrolled(MACHINES[1] ?? '')
  const clones = watch()
  await says(clones, chipId, ['a', 0, 10])
  const written = async () => {
    const [row] = await house.sql`SELECT xmin::text AS version FROM chip_sighting WHERE chip_id = ${chipId}`
    return String(row?.['version'])
  }
  const first = await written()
  for (let atS = 40; atS < 3000; atS += 30) await says(clones, chipId, ['a', 0, atS])
  assert.equal(await written(), first)
  await says(clones, chipId, ['b', 3000, 3010])
  assert.notEqual(await written(), first)
  assert.equal(await isChipEnabled(house.sql, chipId), true)
})

test('takeovers that the broker tells of hold a chip back; what cannot be read does nothing', async () => {
  const chipId = await enrolled(MACHINES[2] ?? '')
  const clones = watch()
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))
  for (const text of ['', '{', 'null', '[]', '{"chipId":7,"count":9}', `{"chipId":"${chipId}","count":"9"}`])
    await clones.hearTakeover(bytes(text), Date.now())
  await clones.hearTakeover(bytes(JSON.stringify({ chipId, count: 1 })), Date.now())
  await clones.hearTakeover(bytes(JSON.stringify({ chipId: newChipId(), count: 9 })), Date.now())
  assert.equal(await isChipEnabled(house.sql, chipId), true)
  await clones.hearTakeover(bytes(JSON.stringify({ chipId, count: 3 })), Date.now())
  assert.equal(await isChipEnabled(house.sql, chipId), false)
})
