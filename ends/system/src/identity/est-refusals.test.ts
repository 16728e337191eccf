import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ChipId } from '#protocol/identifier.ts'
import { randomHex } from '../clock.ts'
import { revokeChip } from '../staff/switch.ts'
import {
  type Answer,
  type ChipKeys,
  type IdentityHouse,
  MACHINES,
  type Show,
  ask,
  certificatesOf,
  chipKeys,
  newChipId,
  pemOf,
  requestFor,
  startIdentityHouse,
} from './house.suite.ts'
import { makeClaim } from './claim.ts'
import { P384, RSA, bent, requestWith, signedByAnother } from './odd-request.suite.ts'
import { quarantineChip } from './quarantine.ts'

const ENROLL = '/.well-known/est/simpleenroll'
const REENROLL = '/.well-known/est/simplereenroll'
const DAY_MS = 24 * 60 * 60 * 1000

let house: IdentityHouse
let to: { port: number; caPem: string }
/** A chip that is enrolled, one that is not, and an open claim code. */
let owned: { chipId: ChipId; keys: ChipKeys; usedCode: string; local: Required<Pick<Show, 'cert' | 'key'>> }
let fresh: { chipId: ChipId; idevid: Required<Pick<Show, 'cert' | 'key'>>; keys: ChipKeys }
let code: string

before(async () => {
  house = await startIdentityHouse()
  to = { port: (await house.listen()).port, caPem: house.caPem }
  owned = await enrolled(MACHINES[0] ?? '')
  fresh = await outOfTheBox()
  code = await house.claim(MACHINES[1] ?? '')
})
after(() => house.stop())

async function outOfTheBox() {
  const chipId = newChipId()
  const idevid = await pemOf(await house.factory.idevid(chipId, 'ES256'))
  return { chipId, idevid, keys: await chipKeys() }
}

async function enrolled(machineId: string) {
  const { chipId, idevid, keys } = await outOfTheBox()
  const usedCode = await house.claim(machineId)
  const body = await requestFor(`CN=${chipId}`, keys)
  const answer = await ask(to, ENROLL, { ...idevid, user: `${chipId}:${usedCode}`, body })
  assert.equal(answer.status, 200, answer.body.toString())
  const cert = certificatesOf(answer).map(String).join('\n')
  return { chipId, keys, usedCode, local: { cert, key: keys.pem } }
}

interface Asked extends Show {
  readonly body: string
  readonly type?: string
}

/** The fresh chip's good request, with this changed. */
async function enrolling(change: Partial<Asked> = {}): Promise<Answer> {
  const { chipId, idevid, keys } = fresh
  const good = { ...idevid, user: `${chipId}:${code}`, body: await requestFor(`CN=${chipId}`, keys) }
  return await ask(to, ENROLL, { ...good, ...change })
}

async function renewing(change: Partial<Asked> = {}): Promise<Answer> {
  const { chipId, keys, local } = owned
  return await ask(to, REENROLL, { ...local, body: await requestFor(`CN=${chipId}`, keys), ...change })
}

async function otherCode(change: Parameters<IdentityHouse['claim']>[1]): Promise<string> {
  return await house.claim(MACHINES[2] ?? '', change)
}

type Row = readonly [name: string, status: number, code: string, attempt: () => Promise<Answer>]

const enrolment: readonly Row[] = [
  [
    'no certificate',
    401,
    'certificate-missing',
    () => enrolling({ cert: undefined, key: undefined } as never),
  ],
  [
    'a first identity of a factory that nobody knows',
    401,
    'certificate-unknown',
    async () => enrolling(await pemOf(await house.foreign.idevid(fresh.chipId, 'ES256'))),
  ],
  [
    'a certificate of ours in place of the first one',
    401,
    'certificate-unknown',
    () => enrolling(owned.local),
  ],
  [
    'a server’s certificate',
    401,
    'certificate-unknown',
    async () => enrolling(await pemOf(await house.authority.server('est'))),
  ],
  ['no claim code', 401, 'claim-unknown', () => enrolling({ user: undefined } as never)],
  [
    'a claim code that nobody made',
    401,
    'claim-unknown',
    () => enrolling({ user: `${fresh.chipId}:ABCDE-12345` }),
  ],
  [
    'a claim code of nine letters',
    401,
    'claim-unknown',
    () => enrolling({ user: `${fresh.chipId}:ABCDE-1234` }),
  ],
  [
    'a claim code of a megabyte',
    401,
    'claim-unknown',
    () => enrolling({ user: `${fresh.chipId}:${'A'.repeat(5000)}` }),
  ],
  ['another chip’s name', 403, 'claim-other-chip', () => enrolling({ user: `${owned.chipId}:${code}` })],
  [
    'a claim code for another chip',
    403,
    'claim-other-chip',
    async () => enrolling({ user: `${fresh.chipId}:${await otherCode({ chipId: newChipId() })}` }),
  ],
  ['a used claim code', 409, 'claim-used', () => enrolling({ user: `${fresh.chipId}:${owned.usedCode}` })],
  ['nothing', 400, 'csr-malformed', () => enrolling({ body: '' })],
  ['no base64', 400, 'csr-malformed', () => enrolling({ body: '-----BEGIN' })],
  [
    'base64 of nothing much',
    400,
    'csr-malformed',
    () => enrolling({ body: Buffer.from('hello').toString('base64') }),
  ],
  [
    'a request cut short',
    400,
    'csr-malformed',
    async () => enrolling({ body: (await bent(fresh)).slice(0, 200) }),
  ],
  [
    'a request with something behind it',
    400,
    'csr-malformed',
    async () => {
      const der = Buffer.from(await bent(fresh), 'base64')
      return await enrolling({ body: Buffer.concat([der, Buffer.from([5, 0])]).toString('base64') })
    },
  ],
  [
    'nested nonsense',
    400,
    'csr-malformed',
    () => enrolling({ body: Buffer.from('3082'.repeat(1500), 'hex').toString('base64') }),
  ],
  ['JSON', 400, 'csr-malformed', () => enrolling({ body: '{}', type: 'application/json' })],
  ['20 kB', 413, 'body-too-large', () => enrolling({ body: 'A'.repeat(20_000) })],
  [
    'a request that another key signed',
    400,
    'csr-signature',
    async () => enrolling({ body: await signedByAnother(fresh) }),
  ],
  [
    'a signature with one bit turned',
    400,
    'csr-signature',
    async () => enrolling({ body: await bent(fresh) }),
  ],
  [
    'another chip’s name in the request',
    400,
    'csr-subject',
    async () => enrolling({ body: await requestFor(`CN=${owned.chipId}`, fresh.keys) }),
  ],
  [
    'two names in the request',
    400,
    'csr-subject',
    async () => enrolling({ body: await requestFor(`CN=${fresh.chipId}, CN=system`, fresh.keys) }),
  ],
  [
    'more than a name in the request',
    400,
    'csr-subject',
    async () => enrolling({ body: await requestFor(`CN=${fresh.chipId}, O=Bank`, fresh.keys) }),
  ],
  ['an RSA key', 400, 'csr-key', async () => enrolling({ body: await requestWith(RSA, fresh) })],
  ['a P-384 key', 400, 'csr-key', async () => enrolling({ body: await requestWith(P384, fresh) })],
  [
    'the key of another chip',
    409,
    'key-of-another',
    async () => enrolling({ body: await requestFor(`CN=${fresh.chipId}`, owned.keys) }),
  ],
]

const renewal: readonly Row[] = [
  [
    'no certificate',
    401,
    'certificate-missing',
    () => renewing({ cert: undefined, key: undefined } as never),
  ],
  ['a first identity', 401, 'certificate-unknown', () => renewing(fresh.idevid)],
  [
    'a certificate of ours that is no chip’s',
    401,
    'certificate-unknown',
    async () => renewing(await pemOf(await house.authority.client('system'))),
  ],
  [
    'another chip’s certificate, for a chip that nobody enrolled',
    401,
    'certificate-unknown',
    async () => {
      const stranger = newChipId()
      const body = await requestFor(`CN=${stranger}`, fresh.keys)
      return await renewing({ ...(await pemOf(await house.authority.client(stranger))), body })
    },
  ],
  [
    'another name',
    400,
    'csr-subject',
    async () => renewing({ body: await requestFor(`CN=${fresh.chipId}`, fresh.keys) }),
  ],
  ['another key’s signature', 400, 'csr-signature', async () => renewing({ body: await bent(fresh) })],
  ['no request', 400, 'csr-malformed', () => renewing({ body: 'AAAA' })],
]

function refusesAll(rows: readonly Row[]) {
  for (const [name, status, refusal, attempt] of rows) {
    test(`${name}: ${refusal}, and nothing is changed`, async () => {
      // What the attempt itself prepares, such as a claim, comes before.
      const before = await house.snapshot()
      const answer = await attempt()
      assert.deepEqual([answer.status, answer.code], [status, refusal], answer.body.toString())
      assert.match(answer.type, /^application\/problem\+json/)
      const [chip] = await house.sql`SELECT 1 FROM chip WHERE chip_id = ${fresh.chipId}`
      assert.equal(chip, undefined)
      const [issued] = await house.sql<{ count: string }[]>`SELECT count(*) FROM chip_certificate`
      assert.equal(issued?.count, '1')
      const [used] = await house.sql<
        { count: string }[]
      >`SELECT count(*) FROM claim WHERE used_at IS NOT NULL`
      assert.equal(used?.count, '1')
      if (!name.startsWith('a claim code for')) assert.equal(await house.snapshot(), before)
    })
  }
}

describe('enrolment refuses', () => refusesAll(enrolment))
describe('renewal refuses', () => refusesAll(renewal))

describe('after its time', () => {
  test('a claim code: claim-expired', async () => {
    const { nowMs } = house.clock
    house.clock.nowMs = nowMs + DAY_MS + 1
    const answer = await enrolling()
    house.clock.nowMs = nowMs
    assert.deepEqual([answer.status, answer.code], [410, 'claim-expired'])
  })

  test('a claim code that a later one for the machine took the place of: claim-expired', async () => {
    const machineId = MACHINES[3] ?? ''
    const earlier = await house.claim(machineId)
    house.clock.nowMs += 1
    await house.claim(machineId)
    house.clock.nowMs += 1
    const answer = await enrolling({ user: `${fresh.chipId}:${earlier}` })
    assert.deepEqual([answer.status, answer.code], [410, 'claim-expired'])
  })
})

describe('a chip that is', () => {
  test('owned is not enrolled again: chip-owned', async () => {
    const idevid = await pemOf(await house.factory.idevid(owned.chipId, 'ES256'))
    const body = await requestFor(`CN=${owned.chipId}`, await chipKeys())
    const answer = await ask(to, ENROLL, { ...idevid, user: `${owned.chipId}:${code}`, body })
    assert.deepEqual([answer.status, answer.code], [409, 'chip-owned'])
  })

  test('for a machine that has a chip by now: chip-owned', async () => {
    const machineId = MACHINES[4] ?? ''
    const made = await Promise.all(
      [1, 2].map(() =>
        makeClaim(
          house.sql,
          { machineId, replaces: false },
          { actor: 'a', atMs: house.clock.nowMs, random: randomHex },
        ),
      ),
    )
    // Both at the same moment: neither takes the other's place.
    await house.sql`UPDATE claim SET expires_at = ${new Date(house.clock.nowMs + DAY_MS)} WHERE machine_id = ${machineId}`
    const codes = made.map((one) => (one.ok ? one.value.code : ''))
    const first = await outOfTheBox()
    const body = await requestFor(`CN=${first.chipId}`, first.keys)
    const enrolled = await ask(to, ENROLL, {
      ...first.idevid,
      user: `${first.chipId}:${codes[0] ?? ''}`,
      body,
    })
    assert.equal(enrolled.status, 200)
    const answer = await enrolling({ user: `${fresh.chipId}:${codes[1] ?? ''}` })
    assert.deepEqual([answer.status, answer.code], [409, 'chip-owned'])
  })

  test('held back gets nothing: chip-quarantined', async () => {
    const held = await enrolled(MACHINES[5] ?? '')
    await quarantineChip(house.sql, held.chipId, { sign: 'counter-back', atMs: Date.now() })
    const body = await requestFor(`CN=${held.chipId}`, held.keys)
    const answer = await ask(to, REENROLL, { ...held.local, body })
    assert.deepEqual([answer.status, answer.code], [403, 'chip-quarantined'])
  })

  test('revoked gets nothing, by its own or by its first identity: chip-revoked', async () => {
    const gone = await enrolled(MACHINES[6] ?? '')
    await revokeChip(house.sql, gone.chipId, { actor: 'test', atMs: Date.now() })
    const body = await requestFor(`CN=${gone.chipId}`, gone.keys)
    const renewed = await ask(to, REENROLL, { ...gone.local, body })
    assert.deepEqual([renewed.status, renewed.code], [403, 'chip-revoked'])
    const idevid = await pemOf(await house.factory.idevid(gone.chipId, 'ES256'))
    const user = `${gone.chipId}:${code}`
    const anew = await requestFor(`CN=${gone.chipId}`, await chipKeys())
    const again = await ask(to, ENROLL, { ...idevid, user, body: anew })
    assert.deepEqual([again.status, again.code], [403, 'chip-revoked'])
  })
})

test('a replay from another chip, with the first one’s request: it is asked for its own name', async () => {
  const { chipId, idevid } = await outOfTheBox()
  const body = await requestFor(`CN=${owned.chipId}`, owned.keys)
  const answer = await ask(to, ENROLL, { ...idevid, user: `${chipId}:${owned.usedCode}`, body })
  assert.deepEqual([answer.status, answer.code], [400, 'csr-subject'])
})

test('a key that does not belong to the certificate does not come through TLS', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await assert.rejects(enrolling({ key }))
})

test('wrong claim codes are counted per chip: too-many-tries, with when to come again', async () => {
  const guessing = await outOfTheBox()
  const body = await requestFor(`CN=${guessing.chipId}`, guessing.keys)
  const guess = () => ask(to, ENROLL, { ...guessing.idevid, user: `${guessing.chipId}:ABCDE-12345`, body })
  for (let tries = 0; tries < 10; tries += 1) assert.equal((await guess()).code, 'claim-unknown')
  const answer = await guess()
  assert.deepEqual([answer.status, answer.code], [429, 'too-many-tries'])
  assert.ok(Number(answer.headers['retry-after']) > 0)
  const good = await ask(to, ENROLL, { ...guessing.idevid, user: `${guessing.chipId}:${code}`, body })
  assert.equal(good.code, 'too-many-tries')
})
