import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { toBase64url } from '#protocol/bytes.ts'
import { signSign1 } from '#protocol/cose.ts'
import { anchorChains } from '../audit/anchor.ts'
import { Person, at, codeIn } from '../http/manage/person.suite.ts'
import { ORIGIN, Phone, type World, startWorld } from '../http/world.suite.ts'
import { softwareAuthenticator } from '../payer/software-authenticator.suite.ts'
import { type EvidenceFile, sealedText } from './evidence-file.ts'
import { verifyEvidence } from './verify.ts'

const PLATFORM = { role: 'platform-owner', merchantId: null, siteId: null } as const

let world: World
let first: string
let second: string
let platform: Person

before(async () => {
  world = await startWorld()
  platform = await Person.with(world, [PLATFORM])
  const phone = new Phone(world)
  const key = softwareAuthenticator()
  first = await pay(phone, (challenge) => ({ newPasskey: key.register({ challenge, origin: ORIGIN }) }))
  second = await pay(phone, (challenge) => ({ passkey: key.authenticate({ challenge, origin: ORIGIN }) }))
  await anchorChains(world.sql, Date.now() + 1)
})
after(() => world.stop())

async function pay(phone: Phone, confirm: (challenge: string) => object): Promise<string> {
  const url = await phone.claim()
  await phone.approve(url)
  const options = (await phone.get(`${url}/confirmation-options`)).json<{
    publicKey: { challenge: string }
  }>()
  const confirmed = await phone.post(`${url}/confirmation`, confirm(options.publicKey.challenge))
  assert.equal(confirmed.statusCode, 200, confirmed.body)
  await phone.until(url, 'delivered')
  return url.slice('/v1/payments/'.length)
}

async function evidenceOf(paymentId: string, audience: EvidenceFile['for']): Promise<EvidenceFile> {
  const answer = await platform.get(`/v1/manage/payments/${paymentId}/evidence?for=${audience}`)
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<EvidenceFile>()
}

async function brokenIn(file: EvidenceFile): Promise<readonly string[]> {
  const { findings, holds } = await verifyEvidence(JSON.stringify(file), null)
  const broken = findings.filter(({ verdict }) => verdict === 'broken')
  assert.equal(holds, broken.length === 0)
  return broken.map(({ about, words }) => `${about}: ${words}`)
}

/** As the one would do who has the system's key: the whole file sealed anew. */
function sealedAnew(file: EvidenceFile): EvidenceFile {
  return { ...file, seal: toBase64url(signSign1(sealedText(file), world.context.signer)) }
}

test('a delivered payment holds, and everything of it is there', async () => {
  const file = await evidenceOf(second, 'platform')
  assert.deepEqual(await brokenIn(file), [])
  const kinds = file.signed.map(({ kind }) => kind)
  assert.deepEqual([...kinds].sort(), [
    'check-answer',
    'check-answer',
    'check-answer',
    'code',
    'command',
    'outcome',
    'started',
  ])
  const { findings } = await verifyEvidence(JSON.stringify(file), null)
  const passkey = findings.filter(({ about }) => about === 'passkey').map(({ verdict }) => verdict)
  assert.deepEqual(passkey, ['holds', 'holds'])
  assert.ok(file.anchors.length > 0)
})

test('a first payment, confirmed by making the passkey, holds and says what that cannot show', async () => {
  const file = await evidenceOf(first, 'platform')
  assert.deepEqual(await brokenIn(file), [])
  const { findings } = await verifyEvidence(JSON.stringify(file), null)
  assert.ok(findings.some(({ about, verdict }) => about === 'passkey' && verdict === 'unchecked'))
})

test('the merchant’s file holds too, and nothing in it leads to the payer', async () => {
  const file = await evidenceOf(second, 'merchant')
  assert.deepEqual(await brokenIn(file), [])
  const [row] = await world.sql<{ body: string; credential: string; key: Buffer }[]>`
    SELECT payment.body::text AS body, credential_id AS credential, public_key AS key
    FROM payment JOIN passkey USING (payer_id) WHERE payment_id = ${second}`
  const whole = JSON.stringify(file)
  const payment = JSON.parse(row?.body ?? '{}') as Record<string, string>
  const ids = [payment['deviceId'], payment['payerId'], payment['mandateId'], row?.credential]
  for (const id of [...ids, row?.key.toString('base64url')])
    assert.ok(id !== undefined && id !== '' && !whole.includes(id))
  assert.equal(file.payment['payerId' as 'paymentId'], file.payer)
})

test('whose payment it is decides who has its evidence', async () => {
  const manager = await Person.with(world, [at('manager', 'wash')])
  const url = `/v1/manage/payments/${second}/evidence`
  assert.equal((await manager.get(url)).statusCode, 200)
  assert.equal(codeIn(await manager.get(`${url}?for=platform`)), 'role-refused')
  const technician = await Person.with(world, [at('technician', 'wash')])
  assert.equal(codeIn(await technician.get(url)), 'role-refused')
})

test('a change to anything in the file is found', async () => {
  for (const audience of ['platform', 'merchant'] as const) {
    const file = await evidenceOf(second, audience)
    const paths = leavesOf(file)
    assert.ok(paths.length > 150)
    for (const path of paths) {
      const broken = await brokenIn(changed(file, path))
      assert.ok(broken.length > 0, `${audience}: ${path.join('.')}`)
    }
  }
})

/** What only the seal vouches for: when we had a message, when the file was made, and the pseudonym. */
const SEALED_ONLY = /^(madeAtMs|payer|seal|signed\.\d+\.atMs|confirmation\.atMs)$/

test('sealing a changed file anew does not help: chain, signatures and bindings find it', async () => {
  const file = await evidenceOf(second, 'platform')
  const unseen: string[] = []
  for (const path of leavesOf(file)) {
    if (SEALED_ONLY.test(path.join('.'))) continue
    if ((await brokenIn(sealedAnew(changed(file, path)))).length === 0) unseen.push(path.join('.'))
  }
  assert.deepEqual(unseen, [])
})

test('another payment’s signed messages, and another amount through and through, are found', async () => {
  const [file, other] = [await evidenceOf(second, 'platform'), await evidenceOf(first, 'platform')]
  const mixed = await brokenIn(sealedAnew({ ...file, signed: other.signed }))
  for (const about of ['code', 'checks', 'command', 'outcome'])
    assert.ok(
      mixed.some((words) => words.startsWith(`${about}:`)),
      about,
    )
  const dearer = JSON.parse(JSON.stringify(file).replaceAll('"250"', '"950"')) as EvidenceFile
  const found = await brokenIn(sealedAnew(dearer))
  for (const about of ['code', 'checks', 'confirmation', 'passkey'])
    assert.ok(
      found.some((words) => words.startsWith(`${about}:`)),
      about,
    )
})

test('whatever a file is, the verifier answers', async () => {
  for (const text of ['', 'null', '[]', '{}', '{"format":"farthing-evidence/1"}', '\u0000']) {
    const report = await verifyEvidence(text, null)
    assert.equal(report.holds, false)
  }
  await fc.assert(fc.asyncProperty(fc.json(), async (text) => !(await verifyEvidence(text, null)).holds))
})

type Path = readonly (string | number)[]

/** Every text, number, truth value and null in it. */
function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  if (Array.isArray(value)) return value.flatMap((inner, index) => leavesOf(inner, [...path, index]))
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

function changed(file: EvidenceFile, path: Path): EvidenceFile {
  const copy = structuredClone(file)
  let place = copy as unknown as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>
  const name = path.at(-1) ?? ''
  place[name] = other(place[name])
  return copy
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string' || value === '') return 'AAAA'
  // The second character carries bits in base64url wherever it stands; in words any change is one.
  const at = Math.min(1, value.length - 1)
  const swapped = value[at] === '1' ? '2' : '1'
  return value.slice(0, at) + swapped + value.slice(at + 1)
}
