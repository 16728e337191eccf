import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ChipId } from '#protocol/identifier.ts'
import {
  type Answer,
  BROKER_URL,
  type ChipKeys,
  type IdentityHouse,
  MACHINES,
  ORIGIN,
  ask,
  certificatesOf,
  chipKeys,
  newChipId,
  pemOf,
  requestFor,
  startIdentityHouse,
} from './house.suite.ts'

const ENROLL = '/.well-known/est/simpleenroll'
const REENROLL = '/.well-known/est/simplereenroll'
const CONNECTION = '/.well-known/farthing/connection'
const DAY_MS = 24 * 60 * 60 * 1000

let house: IdentityHouse
let est: Awaited<ReturnType<IdentityHouse['listen']>>
let to: { port: number; caPem: string }
before(async () => {
  house = await startIdentityHouse()
  est = await house.listen()
  to = { port: est.port, caPem: house.caPem }
})
after(() => house.stop())

async function idevidOf(chipId: ChipId, alg: 'ES256' | 'EdDSA' = 'ES256') {
  return await pemOf(await house.factory.idevid(chipId, alg))
}

/** A fresh chip that asks with this claim code. */
async function enrolling(code: string, chipId = newChipId(), keys?: ChipKeys) {
  const own = keys ?? (await chipKeys())
  const body = await requestFor(`CN=${chipId}`, own)
  const show = { ...(await idevidOf(chipId)), user: `${chipId}:${code}`, body }
  return { chipId, keys: own, show, answer: await ask(to, ENROLL, show) }
}

/** What a chip shows with its local identity. */
function local(answer: Answer, keys: ChipKeys) {
  const cert = certificatesOf(answer).map(String).join('\n')
  return { cert, key: keys.pem }
}

function refuses(answer: Answer, status: number, code: string) {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.body.toString())
  assert.match(answer.type, /^application\/problem\+json/)
}

describe('enrolment', () => {
  for (const alg of ['ES256', 'EdDSA'] as const) {
    test(`a chip with its first identity and a claim code gets a certificate for its new ${alg} key`, async () => {
      const machineId = MACHINES[alg === 'ES256' ? 0 : 1] ?? ''
      const code = await house.claim(machineId)
      const { chipId, keys, answer } = await enrolling(code.toLowerCase(), newChipId(), await chipKeys(alg))
      assert.equal(answer.status, 200, answer.body.toString())
      assert.match(answer.type, /^application\/pkcs7-mime/)
      const [leaf, issuer] = certificatesOf(answer) as [X509Certificate, X509Certificate]
      assert.equal(leaf.subject, `CN=${chipId}`)
      assert.ok(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey))
      assert.ok(issuer.verify(est.authority.root.publicKey))
      assert.equal(leaf.ca, false)
      assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2'])
      const spki = Buffer.from(await crypto.subtle.exportKey('spki', keys.pair.publicKey))
      assert.ok(leaf.publicKey.export({ type: 'spki', format: 'der' }).equals(spki))
      const [row] = await house.sql<{ machine_id: string; algorithm: string; spki: Buffer }[]>`
        SELECT machine_id, algorithm, chip_key.spki FROM chip JOIN chip_key USING (chip_id) WHERE chip_id = ${chipId}`
      assert.deepEqual([row?.machine_id, row?.algorithm], [machineId, alg])
      assert.ok(row?.spki.equals(spki))
    })
  }

  test('a chip whose answer got lost asks again, and gets the same certificate', async () => {
    const first = await enrolling(await house.claim(MACHINES[2] ?? ''))
    const before = await house.snapshot()
    const again = await ask(to, ENROLL, first.show)
    assert.equal(again.status, 200)
    assert.deepEqual(again.body, first.answer.body)
    assert.equal(await house.snapshot(), before)
  })

  test('two chips with one claim at the same time: one has it', async () => {
    const code = await house.claim(MACHINES[3] ?? '')
    const both = await Promise.all([enrolling(code), enrolling(code)])
    assert.deepEqual(new Set(both.map(({ answer }) => answer.status)), new Set([200, 409]))
  })

  test('a replacement revokes the chip before it, and the machine stays what it was', async () => {
    const machineId = MACHINES[4] ?? ''
    const old = await enrolling(await house.claim(machineId))
    const shown = local(old.answer, old.keys)
    assert.equal((await ask(to, CONNECTION, shown)).status, 200)
    const next = await enrolling(await house.claim(machineId, { replaces: true }))
    assert.equal(next.answer.status, 200)
    refuses(await ask(to, CONNECTION, shown), 403, 'chip-revoked')
    const rows = await house.sql`
      SELECT chip_id, revoked_at IS NULL AS present FROM chip WHERE machine_id = ${machineId} ORDER BY present`
    assert.deepEqual(
      rows.map((row) => [row['chip_id'], row['present']]),
      [
        [old.chipId, false],
        [next.chipId, true],
      ],
    )
    const [leaf] = certificatesOf(old.answer) as [X509Certificate]
    const list = await ask(to, `/crl/${est.authority.issuing.serial}`)
    assert.match(list.type, /^application\/pkix-crl/)
    assert.ok(list.body.toString('hex').includes(leaf.serialNumber.toLowerCase()))
  })
})

describe('renewal', () => {
  test('with the same key and with a new one; the new one then signs too', async () => {
    const { chipId, keys, answer } = await enrolling(await house.claim(MACHINES[5] ?? ''))
    const shown = local(answer, keys)
    const same = await ask(to, REENROLL, { ...shown, body: await requestFor(`CN=${chipId}`, keys) })
    assert.equal(same.status, 200, same.body.toString())
    const newKeys = await chipKeys('EdDSA')
    const renewed = await ask(to, REENROLL, { ...shown, body: await requestFor(`CN=${chipId}`, newKeys) })
    assert.equal(renewed.status, 200, renewed.body.toString())
    const keysKnown = await house.sql`SELECT 1 FROM chip_key WHERE chip_id = ${chipId}`
    assert.equal(keysKnown.length, 2)
    const connected = await ask(to, CONNECTION, local(renewed, newKeys))
    const said = JSON.parse(connected.body.toString()) as Record<string, unknown>
    assert.deepEqual([said['brokerUrl'], said['paymentOrigin']], [BROKER_URL, ORIGIN])
    assert.equal((said['commandKeys'] as unknown[]).length, 1)
  })

  test('a certificate that expired is renewed within the grace time, and not after it', async () => {
    const { chipId, keys, answer } = await enrolling(await house.claim(MACHINES[6] ?? ''))
    const shown = { ...local(answer, keys), body: await requestFor(`CN=${chipId}`, keys) }
    const { nowMs } = house.clock
    try {
      house.clock.nowMs = nowMs + 121 * DAY_MS
      const before = await house.snapshot()
      refuses(await ask(to, REENROLL, shown), 401, 'certificate-expired')
      assert.equal(await house.snapshot(), before)
      house.clock.nowMs = nowMs + 119 * DAY_MS
      refuses(await ask(to, CONNECTION, local(answer, keys)), 401, 'certificate-expired')
      const renewed = await ask(to, REENROLL, shown)
      assert.equal(renewed.status, 200, renewed.body.toString())
      const [leaf] = certificatesOf(renewed) as [X509Certificate]
      assert.ok(leaf.validToDate.getTime() > house.clock.nowMs + 80 * DAY_MS)
    } finally {
      house.clock.nowMs = nowMs
    }
  })

  test('a chip of an earlier issuer is renewed by the newest, and both are among the CAs', async () => {
    const { chipId, keys, answer } = await enrolling(await house.claim(MACHINES[7] ?? ''))
    await house.authority.newIssuing()
    const rotated = await house.listen()
    const on = { ...to, port: rotated.port }
    assert.notEqual(rotated.authority.issuing.serial, est.authority.issuing.serial)
    assert.equal(certificatesOf(await ask(on, '/.well-known/est/cacerts')).length, 3)
    const body = await requestFor(`CN=${chipId}`, keys)
    const renewed = await ask(on, REENROLL, { ...local(answer, keys), body })
    assert.equal(renewed.status, 200, renewed.body.toString())
    const [leaf, issuer] = certificatesOf(renewed) as [X509Certificate, X509Certificate]
    assert.ok(leaf.checkIssued(issuer))
    assert.equal(issuer.serialNumber.toLowerCase(), rotated.authority.issuing.serial)
    assert.equal((await ask(on, CONNECTION, local(answer, keys))).status, 200)
  })
})

test('the time is told to anybody, and addresses there are not are refused', async () => {
  const { timeS } = JSON.parse((await ask(to, '/.well-known/farthing/time')).body.toString()) as {
    timeS: number
  }
  assert.equal(timeS, Math.floor(house.clock.nowMs / 1000))
  refuses(await ask(to, '/crl/00'), 404, 'list-unknown')
  refuses(await ask(to, '/.well-known/est/fullcmc'), 404, 'route-unknown')
  refuses(await ask(to, '/%'), 404, 'route-unknown')
})

test('every address in the reference is there, and the reference has every one there is', async () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../../docs/reference/enrolment.md'), 'utf8')
  const told = [...page.matchAll(/^\| `(GET|POST) (\/[^`]+)` \|/gm)].map(([, method = '', url = '']) => ({
    method,
    url: url.replace('<issuer>', ':issuer'),
  }))
  assert.equal(told.length, 6)
  for (const { method, url } of told) assert.ok(est.app.hasRoute({ method, url }), url)
  const routes = est.app.printRoutes({ commonPrefix: false }).split('\n')
  const there = routes.filter((line) => / \((GET, HEAD|POST)\)/.test(line))
  assert.equal(there.length, told.length)
})
