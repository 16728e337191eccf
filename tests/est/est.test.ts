import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import postgres from 'postgres'
import type { CertificateFiles } from '#hosting/certificate.ts'
import { type RunningSystem, startRunningSystem } from './running-system.ts'

/*
 * The enrolment service as a stranger meets it: openssl makes keys, requests and checks, curl asks, and nothing of ours
 * is on their side.
 */
const DAY_MS = 24 * 60 * 60 * 1000
const missing = ['openssl', 'curl', 'sh'].filter((tool) => spawnSync(tool, ['--help']).error !== undefined)
const skip = missing.length === 0 ? false : `this machine has no ${missing.join(' and no ')}`
const named = (name: string) => (skip === false ? name : `${name} (NOT TRIED: ${skip})`)

let system: RunningSystem
let sql: postgres.Sql
if (skip === false) {
  before(async () => {
    system = await startRunningSystem()
    const { host, port, user, database, passwordFile } = system.database
    const password = readFileSync(passwordFile, 'utf8').trim()
    sql = postgres({ host, port, user, database, password, max: 2, onnotice: () => undefined })
  })
  after(async () => {
    await sql.end()
    await system.stop()
  })
}

const at = (...parts: string[]) => path.join(system.folder, ...parts)
const newChipId = () => randomBytes(8).toString('hex')

function openssl(...args: readonly string[]): Buffer {
  return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function claimFor(machineId: string, ...more: readonly string[]): Promise<string> {
  const { code } = await system.staff('claim', machineId, ...more)
  assert.match(String(code), /^[0-9A-Z]{5}-[0-9A-Z]{5}$/)
  return String(code)
}

/** A folder with a key and its request, both by openssl. */
function chipOf(chipId: string, { algorithm = 'EC', subject = `/CN=${chipId}` } = {}) {
  const folder = at(`work-${randomBytes(4).toString('hex')}`)
  mkdirSync(folder)
  const key = path.join(folder, 'device.key')
  const how = {
    EC: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    RSA: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  }[algorithm]
  openssl('genpkey', ...(how ?? []), '-out', key)
  const der = openssl('req', '-new', '-key', key, '-subj', subject, '-outform', 'DER')
  return { folder, key, request: der.toString('base64') }
}

interface Asked {
  readonly path: 'simpleenroll' | 'simplereenroll'
  readonly body: string
  readonly by?: CertificateFiles
  readonly user?: string
}

/** Asks with curl. Status, and the code of a refusal. */
function curl({ path: name, body, by, user }: Asked): { readonly status: number; readonly code: string } {
  const file = at(`body-${randomBytes(4).toString('hex')}`)
  writeFileSync(file, body)
  const answer = execFileSync('curl', [
    '--silent',
    '--cacert',
    system.authority.caFile,
    '--header',
    'content-type: application/pkcs10',
    ...(by ? ['--cert', by.certificateFile, '--key', by.keyFile] : []),
    ...(user === undefined ? [] : ['--user', user]),
    '--data-binary',
    `@${file}`,
    '--write-out',
    '\n%{http_code}',
    `https://${system.address}/.well-known/est/${name}`,
  ]).toString()
  const end = answer.lastIndexOf('\n')
  const status = Number(answer.slice(end + 1))
  const code = status === 200 ? '' : String((JSON.parse(answer.slice(0, end)) as { code: unknown }).code)
  return { status, code }
}

async function snapshot(): Promise<string> {
  const tables = ['chip', 'chip_key', 'chip_certificate', 'claim', 'staff_action']
  return JSON.stringify(
    await Promise.all(tables.map((table) => sql`SELECT * FROM ${sql(table)} ORDER BY 1, 2`)),
  )
}

async function enrolByScript(machineId: string, chipId = newChipId()) {
  const idevid = await system.factory.idevid(chipId, 'ES256')
  const folder = at(`enrol-${chipId}`)
  mkdirSync(folder)
  const code = await claimFor(machineId)
  const script = path.join(import.meta.dirname, 'enrol.sh')
  const { certificateFile, keyFile } = idevid
  const args = [
    script,
    system.address,
    system.authority.caFile,
    chipId,
    code,
    certificateFile,
    keyFile,
    folder,
  ]
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  return { chipId, code, folder, idevid, said: stdout }
}

test(named('openssl and curl alone enrol, renew, and verify what they got'), { skip }, async () => {
  const { chipId, said } = await enrolByScript('washer-1')
  for (const step of ['1', '2', '3', '4', '5', '6', '7']) assert.match(said, new RegExp(`^${step} `, 'm'))
  const [, json = ''] = /^(\{"brokerUrl".*\})$/m.exec(said) ?? []
  const connection = JSON.parse(json) as { brokerUrl: string; commandKeys: string[] }
  assert.match(connection.brokerUrl, /^mqtts:\/\/localhost:/)
  assert.match(connection.commandKeys[0] ?? '', /^-----BEGIN CERTIFICATE-----/)
  const [row] = await sql`
    SELECT machine_id, (SELECT count(*)::int FROM chip_key k WHERE k.chip_id = chip.chip_id) AS keys,
      (SELECT count(*)::int FROM chip_certificate c WHERE c.chip_id = chip.chip_id) AS certificates
    FROM chip WHERE chip_id = ${chipId}`
  assert.deepEqual({ ...row }, { machine_id: 'washer-1', keys: 2, certificates: 2 })
})

describe(named('refused, each with its code, and nothing changed'), { skip }, () => {
  /** An enrolled chip, a boxed one with a good request, and an open claim. */
  let owned: Awaited<ReturnType<typeof enrolByScript>>
  let boxed: { chipId: string; idevid: CertificateFiles; request: string; user: string }
  let local: CertificateFiles

  before(async () => {
    owned = await enrolByScript('washer-2')
    local = {
      certificateFile: path.join(owned.folder, 'renewed.pem'),
      keyFile: path.join(owned.folder, 'renewed.key'),
    }
    const chipId = newChipId()
    const idevid = await system.factory.idevid(chipId, 'EdDSA')
    const { request } = chipOf(chipId)
    boxed = { chipId, idevid, request, user: `${chipId}:${await claimFor('washer-3')}` }
  })

  const enroll = (change: Partial<Asked>) => {
    const { idevid, request, user } = boxed
    return curl({ path: 'simpleenroll', body: request, by: idevid, user, ...change })
  }
  const renew = (change: Partial<Asked>) =>
    curl({ path: 'simplereenroll', body: chipOf(owned.chipId).request, by: local, ...change })
  const without = (what: 'by' | 'user') => ({ [what]: undefined }) as Partial<Asked>
  /** A certificate of ours for the owned chip that ended so long ago. */
  const expired = async (daysAgo: number): Promise<CertificateFiles> => {
    const notAfter = new Date(Date.now() - daysAgo * DAY_MS)
    const validity = { notBefore: new Date(notAfter.getTime() - DAY_MS), notAfter }
    return await system.authority.client(owned.chipId, { validity, file: `expired-${String(daysAgo)}` })
  }
  const bent = (request: string) => {
    const der = Buffer.from(request, 'base64')
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
    return der.toString('base64')
  }

  type Attempt = () => ReturnType<typeof curl> | Promise<ReturnType<typeof curl>>
  const rows: readonly (readonly [string, number, string, Attempt])[] = [
    ['no certificate', 401, 'certificate-missing', () => enroll(without('by'))],
    [
      'a factory that nobody knows',
      401,
      'certificate-unknown',
      async () => enroll({ by: await system.foreign.idevid(boxed.chipId, 'ES256') }),
    ],
    ['no claim code', 401, 'claim-unknown', () => enroll(without('user'))],
    ['an unknown claim code', 401, 'claim-unknown', () => enroll({ user: `${boxed.chipId}:00000-00000` })],
    ['a used claim code', 409, 'claim-used', () => enroll({ user: `${boxed.chipId}:${owned.code}` })],
    ['another chip’s name', 403, 'claim-other-chip', () => enroll({ user: `${owned.chipId}:${owned.code}` })],
    [
      'a replay of another chip’s request',
      400,
      'csr-subject',
      () => enroll({ body: readFileSync(path.join(owned.folder, 'device.csr'), 'utf8') }),
    ],
    ['a signature that is not the key’s', 400, 'csr-signature', () => enroll({ body: bent(boxed.request) })],
    [
      'a wrong subject',
      400,
      'csr-subject',
      () => enroll({ body: chipOf(boxed.chipId, { subject: '/O=Bank/CN=system' }).request }),
    ],
    [
      'an RSA key',
      400,
      'csr-key',
      () => enroll({ body: chipOf(boxed.chipId, { algorithm: 'RSA' }).request }),
    ],
    ['malformed base64', 400, 'csr-malformed', () => enroll({ body: `*${boxed.request}` })],
    ['malformed DER', 400, 'csr-malformed', () => enroll({ body: boxed.request.slice(0, 160) })],
    ['a body of 100 kB', 413, 'body-too-large', () => enroll({ body: 'A'.repeat(100_000) })],
    ['an owned chip', 409, 'chip-owned', () => ownedAgain()],
    ['renewal without a certificate', 401, 'certificate-missing', () => renew(without('by'))],
    ['renewal with a first identity', 401, 'certificate-unknown', () => renew({ by: boxed.idevid })],
    [
      'renewal of a certificate that expired too long ago',
      401,
      'certificate-expired',
      async () => renew({ by: await expired(31) }),
    ],
  ]
  const ownedAgain = async () => {
    const [, code = ''] = boxed.user.split(':')
    const { idevid, chipId } = owned
    return enroll({ by: idevid, user: `${chipId}:${code}`, body: chipOf(chipId).request })
  }

  for (const [name, status, code, attempt] of rows) {
    test(`${name}: ${code}`, async () => {
      const before = await snapshot()
      assert.deepEqual(await attempt(), { status, code })
      assert.equal(await snapshot(), before)
    })
  }

  test('a claim for another chip: claim-other-chip', async () => {
    const code = await claimFor('washer-4', '--chip', newChipId())
    const before = await snapshot()
    assert.deepEqual(enroll({ user: `${boxed.chipId}:${code}` }), { status: 403, code: 'claim-other-chip' })
    assert.equal(await snapshot(), before)
  })

  test('an expired claim code: claim-expired', async () => {
    const code = await claimFor('washer-5')
    await sql`UPDATE claim SET expires_at = now() - interval '1 minute' WHERE machine_id = 'washer-5'`
    const before = await snapshot()
    assert.deepEqual(enroll({ user: `${boxed.chipId}:${code}` }), { status: 410, code: 'claim-expired' })
    assert.equal(await snapshot(), before)
  })

  test('a certificate that expired within the grace time is renewed', async () => {
    assert.deepEqual(renew({ by: await expired(29) }), { status: 200, code: '' })
  })

  test('a revoked chip: chip-revoked, and its serials are on the list that openssl reads', async () => {
    const gone = await enrolByScript('washer-6')
    await system.staff('revoke-chip', gone.chipId)
    const by = {
      certificateFile: path.join(gone.folder, 'renewed.pem'),
      keyFile: path.join(gone.folder, 'renewed.key'),
    }
    const before = await snapshot()
    assert.deepEqual(renew({ by, body: chipOf(gone.chipId).request }), { status: 403, code: 'chip-revoked' })
    assert.equal(await snapshot(), before)
    const issuer = path.join(gone.folder, 'issuer.pem')
    const serialOf = (file: string) =>
      openssl('x509', '-in', file, '-noout', '-serial').toString().trim().replace('serial=', '')
    const list = at('list.der')
    const url = `https://${system.address}/crl/${serialOf(issuer).toLowerCase()}`
    execFileSync('curl', ['--silent', '--fail', '--cacert', system.authority.caFile, '--output', list, url])
    const text = openssl(
      'crl',
      '-inform',
      'DER',
      '-in',
      list,
      '-CAfile',
      issuer,
      '-noout',
      '-text',
    ).toString()
    assert.match(text, /X509v3 CRL Number/)
    for (const name of ['device.pem', 'renewed.pem'])
      assert.ok(text.includes(serialOf(path.join(gone.folder, name))))
  })
})
