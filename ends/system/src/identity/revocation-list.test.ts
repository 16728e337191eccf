import 'reflect-metadata'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { X509Crl } from '@peculiar/x509'
import { revokeChip } from '../staff/switch.ts'
import type { Authority } from './authority.ts'
import { openAuthority } from './authority.ts'
import {
  type IdentityHouse,
  MACHINES,
  ask,
  certificatesOf,
  chipKeys,
  newChipId,
  pemOf,
  requestFor,
  startIdentityHouse,
} from './house.suite.ts'
import { currentList } from './revocation-list.ts'
import { publishRevocations } from './revocation-publisher.ts'

const CRL_NUMBER = '2.5.29.20'
const DAY_MS = 24 * 60 * 60 * 1000
let house: IdentityHouse
let authority: Authority
let port: number
before(async () => {
  house = await startIdentityHouse()
  const est = await house.listen()
  authority = est.authority
  port = est.port
})
after(() => house.stop())

async function enrolled(machineId: string) {
  const chipId = newChipId()
  const user = `${chipId}:${await house.claim(machineId)}`
  const body = await requestFor(`CN=${chipId}`, await chipKeys())
  const idevid = await pemOf(await house.factory.idevid(chipId, 'ES256'))
  const to = { port, caPem: house.caPem }
  const answer = await ask(to, '/.well-known/est/simpleenroll', { ...idevid, user, body })
  const [leaf] = certificatesOf(answer)
  assert.ok(leaf, answer.body.toString())
  return { chipId, serial: leaf.serialNumber.toLowerCase() }
}

async function read(nowMs = Date.now(), of = authority) {
  const list = await currentList(house.sql, of.issuing, nowMs)
  assert.ok(list)
  const crl = new X509Crl(new Uint8Array(list))
  assert.ok(await crl.verify({ publicKey: of.issuing.certificate }, crypto), 'the issuer signed it')
  const number = Buffer.from(crl.getExtension(CRL_NUMBER)?.value ?? new ArrayBuffer(0)).toString('hex')
  return { crl, list, number, serials: crl.entries.map(({ serialNumber }) => serialNumber) }
}

test('a list is the same until something is revoked, and its number grows', async () => {
  const { chipId, serial } = await enrolled(MACHINES[0] ?? '')
  const empty = await read()
  assert.deepEqual(empty.serials, [])
  assert.equal(empty.number, '020101')
  assert.deepEqual((await read()).list, empty.list)
  await revokeChip(house.sql, chipId, { actor: 'test', atMs: Date.now() })
  const [one, other] = await Promise.all([read(), read()])
  assert.deepEqual(one.serials, [serial])
  assert.equal(one.number, '020102')
  assert.deepEqual(one.list, other.list, 'two nodes at the same moment tell the same list')
  assert.ok(one.crl.nextUpdate && one.crl.nextUpdate.getTime() > Date.now() + 6 * DAY_MS)
})

test('it is signed anew before it is too old, and lets go of what has expired', async () => {
  const before = await read()
  const later = await read(Date.now() + 4 * DAY_MS)
  assert.deepEqual(later.serials, before.serials)
  assert.notEqual(later.number, before.number)
  assert.deepEqual((await read(Date.now() + 100 * DAY_MS)).serials, [])
})

test('numbers above 127 stay positive', async () => {
  await house.sql`UPDATE revocation_list SET number = 65535, entries_hash = ''`
  assert.equal((await read()).number, '0203010000')
  await house.sql`UPDATE revocation_list SET number = 127, entries_hash = ''`
  assert.equal((await read()).number, '02020080')
})

test('lists are told at each connection and each change, and again when that failed', async () => {
  const told: Uint8Array[] = []
  const listeners = { connected: () => {}, changed: () => {} }
  let waiting = Promise.withResolvers<void>()
  let fails = true
  const next = async (act: () => void) => {
    waiting = Promise.withResolvers()
    act()
    await waiting.promise
  }
  const warned = Promise.withResolvers<string>()
  const stop = publishRevocations({
    sql: house.sql,
    authority,
    machines: {
      onChange: (listener) => {
        listeners.changed = listener
        return () => undefined
      },
    },
    link: {
      onConnected: (listener) => {
        listeners.connected = listener
      },
      publishRevocations: async (list) => {
        if (fails) throw new Error('the chip link is down')
        told.push(list)
        waiting.resolve()
      },
    },
    nowMs: Date.now,
    warn: (message) => warned.resolve(message),
  })
  assert.equal(await warned.promise, 'revocations were not told')
  fails = false
  await next(() => listeners.connected())
  const { chipId, serial } = await enrolled(MACHINES[1] ?? '')
  await revokeChip(house.sql, chipId, { actor: 'test', atMs: Date.now() })
  await next(() => listeners.changed())
  stop()
  const crl = new X509Crl(new Uint8Array(told.at(-1) ?? []))
  assert.ok(crl.entries.some(({ serialNumber }) => serialNumber === serial))
})

test('after a change of issuers each has its list; one without a key keeps the list it had', async () => {
  await house.authority.newIssuing()
  const [old, newest] = house.authority.issuing()
  assert.ok(old && newest)
  const settings = house.settingsOf({ issuers: [{ certificateFile: old.certificateFile }, newest] })
  const rotated = await openAuthority(settings, { rootFile: house.authority.caFile, nowMs: Date.now() })
  assert.equal(rotated.issuers.length, 2)
  assert.notEqual(rotated.issuing.serial, authority.issuing.serial)
  const kept = await read()
  const [, keyless] = rotated.issuers
  assert.ok(keyless)
  assert.deepEqual(await currentList(house.sql, keyless, Date.now() + 5 * DAY_MS), kept.list)
  assert.deepEqual((await read(Date.now(), rotated)).serials, [])
})
