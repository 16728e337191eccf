import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAs, seal } from '#protocol/envelope.ts'
import { ChipId, RetirementId } from '#protocol/identifier.ts'
import { generateNodeKeys, nodeSigner, nodeVerifier } from '#protocol/node-keys.ts'
import { verifyAudit } from '../audit/verify.ts'
import { ChipConversation } from '../chip/conversation.ts'
import { randomHex } from '../clock.ts'
import { isChipEnabled, loadMachine } from '../machine/load.ts'
import { refusalOf } from '../machine/record.ts'
import { revokeChip } from '../staff/switch.ts'
import {
  type IdentityHouse,
  MACHINES,
  ask,
  certificatesOf,
  chipKeys,
  newChipId,
  ownerOf,
  pemOf,
  requestFor,
  startIdentityHouse,
} from './house.suite.ts'
import { askRetirement, insistOnRetirement, noteRetired, openRetirements } from './retirement.ts'
import { RetirementWorker } from './retirement-worker.ts'

const ENROLL = '/.well-known/est/simpleenroll'
let house: IdentityHouse
let to: { port: number; caPem: string }
before(async () => {
  house = await startIdentityHouse()
  to = { port: (await house.listen()).port, caPem: house.caPem }
})
after(() => house.stop())

const staff = () => ({ actor: 'test', atMs: Date.now(), random: randomHex })

async function enrol(chipId: ChipId, machineId: string, keys = chipKeys()) {
  const own = await keys
  const user = `${chipId}:${await house.claim(machineId)}`
  const body = await requestFor(`CN=${chipId}`, own)
  const idevid = await pemOf(await house.factory.idevid(chipId, 'ES256'))
  const answer = await ask(to, ENROLL, { ...idevid, user, body })
  return { answer, own }
}

test('a chip that is released is told until it answers, and is then free for another merchant', async () => {
  const chipId = newChipId()
  const [first = '', second = ''] = MACHINES
  assert.notEqual(ownerOf(first), ownerOf(second))
  const { answer, own } = await enrol(chipId, first)
  const [leaf] = certificatesOf(answer)
  const refused = await enrol(chipId, second)
  assert.equal(refused.answer.code, 'chip-owned')

  const asked = await askRetirement(house.sql, chipId, staff())
  assert.ok(asked.ok)
  assert.deepEqual(await askRetirement(house.sql, chipId, staff()), asked, 'asked twice, it is one release')
  assert.equal((await loadMachine(house.sql, chipId))?.chipRevoked, false, 'it serves until it has answered')

  // The wrong release, and a release of another chip, free nothing.
  const other = RetirementId.of('0'.repeat(32))
  assert.equal(await noteRetired(house.sql, { retirementId: other, chipId }, Date.now()), false)
  assert.equal(
    await noteRetired(house.sql, { retirementId: asked.value, chipId: newChipId() }, Date.now()),
    false,
  )
  assert.equal(await isChipEnabled(house.sql, chipId), true)

  assert.equal(await noteRetired(house.sql, { retirementId: asked.value, chipId }, Date.now()), true)
  assert.equal(
    await noteRetired(house.sql, { retirementId: asked.value, chipId }, Date.now()),
    false,
    'doubled',
  )
  assert.equal(await isChipEnabled(house.sql, chipId), false)
  const released = await loadMachine(house.sql, chipId)
  assert.equal(released && refusalOf(released), 'chip-revoked')
  const shown = { cert: certificatesOf(answer).map(String).join('\n'), key: own.pem }
  assert.equal((await ask(to, '/.well-known/farthing/connection', shown)).code, 'certificate-unknown')
  const [row] = await house.sql<{ revocation_reason: number }[]>`
    SELECT revocation_reason FROM chip_certificate WHERE serial = ${leaf?.serialNumber.toLowerCase() ?? ''}`
  assert.equal(row?.revocation_reason, 5)

  // Its old key does not serve the next owner, who would inherit what it signed.
  const sameKey = await enrol(chipId, second, Promise.resolve(own))
  assert.equal(sameKey.answer.code, 'key-of-another')
  const { answer: again } = await enrol(chipId, second)
  assert.equal(again.status, 200, again.body.toString())
  const anew = await loadMachine(house.sql, chipId)
  assert.deepEqual([anew?.machineId, anew?.merchant.merchantId], [second, ownerOf(second)])
  assert.equal(anew?.chipKeys.length, 1, 'only the key of this tenure counts')
  assert.equal((await ask(to, '/.well-known/farthing/connection', shown)).code, 'certificate-unknown')
  assert.deepEqual((await verifyAudit(house.sql)).broken, [])
  // The machine that it left takes another chip.
  assert.equal((await enrol(newChipId(), first)).answer.status, 200)
})

test('its last word was lost: staff insist, and it can be claimed again, with another key', async () => {
  const chipId = newChipId()
  const [machineId = ''] = MACHINES.slice(4)
  const { answer, own } = await enrol(chipId, machineId)
  const [leaf] = certificatesOf(answer)
  const asked = await askRetirement(house.sql, chipId, staff())
  assert.deepEqual(await insistOnRetirement(house.sql, chipId, staff()), asked)
  assert.equal((await enrol(chipId, machineId, Promise.resolve(own))).answer.code, 'key-of-another')
  const [row] = await house.sql<{ revoked: boolean }[]>`
    SELECT revoked_at IS NOT NULL AS revoked FROM chip_certificate
    WHERE serial = ${leaf?.serialNumber.toLowerCase() ?? ''}`
  assert.equal(row?.revoked, true)
  const anew = await enrol(chipId, machineId)
  assert.equal(anew.answer.status, 200, anew.answer.body.toString())
  // Its answer to the release of before ends nothing of the new owner's.
  assert.ok(asked.ok)
  assert.equal(await noteRetired(house.sql, { retirementId: asked.value, chipId }, Date.now()), false)
  assert.equal(await isChipEnabled(house.sql, chipId), true)
  assert.deepEqual((await verifyAudit(house.sql)).broken, [])
})

test('only a chip in use can be released, and a revoked one is told no more', async () => {
  const chipId = newChipId()
  assert.deepEqual(await askRetirement(house.sql, chipId, staff()), { ok: false, error: 'unknown' })
  await enrol(chipId, MACHINES[2] ?? '')
  assert.ok((await askRetirement(house.sql, chipId, staff())).ok)
  await revokeChip(house.sql, chipId, staff())
  assert.deepEqual(
    (await openRetirements(house.sql, { after: '', limit: 10 })).filter((open) => open.chipId === chipId),
    [],
  )
  assert.deepEqual(await askRetirement(house.sql, chipId, staff()), { ok: false, error: 'not-in-use' })
})

test('the message goes out signed, again and again; the chip’s signed answer ends it', async () => {
  const chipId = newChipId()
  const { own } = await enrol(chipId, MACHINES[3] ?? '')
  const asked = await askRetirement(house.sql, chipId, staff())
  assert.ok(asked.ok)
  const systemKeys = generateNodeKeys('ES256')
  const sent: Uint8Array[] = []
  const freed = Promise.withResolvers<boolean>()
  let hear: (from: ChipId, bytes: Uint8Array) => void = () => {}
  const warned: string[] = []
  const chips = new ChipConversation({
    link: {
      send: async (to, bytes) => {
        if (to === chipId) sent.push(bytes)
      },
      onMessage: (receive) => {
        hear = receive
      },
    },
    machines: { machineByChip: (id: ChipId) => loadMachine(house.sql, id) } as never,
    clock: { nowMs: Date.now, after: () => () => undefined },
    signer: nodeSigner(systemKeys.privateKeyPem, { withKid: true }),
    onFact: async () => undefined,
    onFreeStart: async () => false,
    onRetired: async (message) => freed.resolve(await noteRetired(house.sql, message, Date.now())),
    warn: (message) => warned.push(message),
  })
  let rounds: (() => void)[] = []
  const worker = new RetirementWorker({
    sql: house.sql,
    chips,
    clock: { nowMs: Date.now, after: (_delayMs, run) => (rounds.push(run), () => undefined) },
    warn: (message) => warned.push(message),
  })
  worker.start()
  for (let told = 1; told <= 2; told += 1) {
    const [round] = rounds
    rounds = []
    round?.()
    while (rounds.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(sent.length, told)
  }
  const opened = openAs('retire', sent[1] ?? new Uint8Array(0), () => [nodeVerifier(systemKeys.spki)])
  assert.ok(opened.ok)
  const { retirementId } = opened.value
  assert.equal(retirementId, asked.value)
  const answer = { name: 'retired', chipId, retirementId } as const
  hear(chipId, seal(answer, nodeSigner(generateNodeKeys('ES256').privateKeyPem, { withKid: false })))
  while (warned.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(warned, ['a chip message was refused'])
  hear(chipId, seal(answer, nodeSigner(own.pem, { withKid: false })))
  assert.equal(await freed.promise, true)
  worker.stop()
  assert.deepEqual(await openRetirements(house.sql, { after: '', limit: 10 }), [])
})

test('more chips than one round tells, none of which answers: each is told in its turn', async () => {
  const machineId = MACHINES[5] ?? ''
  const silent = Array.from({ length: 150 }, () => newChipId())
  for (const chipId of silent) {
    await house.sql`
      INSERT INTO chip (chip_id, merchant_id, machine_id, revoked_at)
      VALUES (${chipId}, ${ownerOf(machineId)}, ${machineId}, now())`
    await house.sql`
      INSERT INTO retirement (retirement_id, chip_id, merchant_id, machine_id, tenure, asked_by, asked_at_ms, state,
        changed_at_ms)
      VALUES (${randomHex(16)}, ${chipId}, ${ownerOf(machineId)}, ${machineId}, 1, 'test', 0, 'asked', 0)`
  }
  const told: ChipId[] = []
  const rounds: (() => void)[] = []
  const worker = new RetirementWorker({
    sql: house.sql,
    chips: { send: async ({ chipId }: { chipId: ChipId }) => void told.push(chipId) } as never,
    clock: { nowMs: Date.now, after: (_delayMs, run) => (rounds.push(run), () => undefined) },
    warn: () => assert.fail('the database is there'),
  })
  worker.start()
  for (let round = 0; round < 2; round += 1) {
    rounds.shift()?.()
    while (rounds.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  worker.stop()
  assert.deepEqual(new Set(told), new Set(silent))
  assert.equal(told.length, silent.length, 'none twice in one turn')
  await house.sql`UPDATE retirement SET state = 'void' WHERE state = 'asked'`
})
