import 'reflect-metadata'
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Authority, openAuthority, openFactory } from '#hosting/certificate.ts'
import { generateNodeKeys } from '#protocol/node-keys.ts'
import { CLIENT_USAGE, readCertificates, verifyChain } from './chain.ts'
import type { TlsIdentity } from './dial.ts'
import { EstClient, type EstFailure } from './est-client.ts'
import { type StandIn, startEstStandIn } from './est-stand-in.suite.ts'
import { makeFileKey } from './key.ts'
import { WallClock } from './wall-clock.ts'

const CHIP = '00000000000000c1'
const CLAIM = 'ABCDE-FGHJK'
const DAY_S = 86_400
const quiet = { via: undefined, signal: new AbortController().signal }

describe('enrolment over secure transport, the chip side', () => {
  let folder: string
  let authority: Authority
  let rootPem: string
  let idevid: TlsIdentity
  let est: StandIn
  let command: string

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-est-'))
    authority = await openAuthority(path.join(folder, 'ours'))
    rootPem = await readFile(authority.caFile, 'utf8')
    const factory = await openFactory(path.join(folder, 'factory'))
    const files = await factory.idevid(CHIP, 'ES256')
    idevid = {
      certificatePem: await readFile(files.certificateFile, 'utf8'),
      privateKeyPem: await readFile(files.keyFile, 'utf8'),
    }
    await writeFile(path.join(folder, 'command.key.pem'), generateNodeKeys('EdDSA').privateKeyPem)
    command = await readFile(await authority.commandCertificate(path.join(folder, 'command.key.pem')), 'utf8')
    est = await startEstStandIn({
      folder,
      authority,
      factoryCaFile: factory.caFile,
      brokerUrl: 'mqtts://localhost:8883',
      commandCertificates: [command],
    })
  })

  after(async () => {
    await est.close()
    await rm(folder, { recursive: true })
  })

  beforeEach(() => {
    est.instead = undefined
    est.clockAheadS = 0
    est.claims.clear()
    est.claims.set(CLAIM, undefined)
  })

  function client(changes: Partial<ConstructorParameters<typeof EstClient>[0]> = {}): EstClient {
    return new EstClient({
      chipId: CHIP,
      rootPem,
      clock: new WallClock(),
      address: { host: 'localhost', port: est.port },
      way: quiet,
      ...changes,
    })
  }

  function failureOf(result: { ok: true } | { ok: false; error: EstFailure }): string {
    return result.ok ? 'done' : result.error.failure
  }

  for (const alg of ['ES256', 'EdDSA'] as const) {
    test(`${alg}: enrols with the claim, connects, and renews with what it got`, async () => {
      const key = makeFileKey(alg)
      const enrolled = await client().enrol({ key, identity: idevid, claimCode: CLAIM })
      assert.ok(enrolled.ok)
      const leaf = verifyChain(enrolled.value, { rootPem, atS: Date.now() / 1000, usage: CLIENT_USAGE })
      assert.ok(leaf.ok && leaf.value.subject === `CN=${CHIP}`)
      const identity = { certificatePem: enrolled.value, privateKeyPem: key.privateKeyPem }
      const connection = await client().connection(identity)
      assert.ok(connection.ok)
      assert.deepEqual(connection.value.connection, {
        brokerUrl: 'mqtts://localhost:8883',
        paymentOrigin: 'http://localhost:8080',
        commandKeys: [command],
      })
      const renewed = await client().enrol({ key, identity })
      assert.ok(renewed.ok)
      assert.notEqual(renewed.value, enrolled.value)
    })
  }

  test('the authorities and the time', async () => {
    const authorities = await client().caCertificates()
    assert.ok(authorities.ok)
    const subjects = authorities.value.flatMap(readCertificates).map((certificate) => certificate.subject)
    assert.deepEqual(subjects.sort(), ['CN=Farthing Issuing 1', 'CN=Farthing Root'])
    est.clockAheadS = 500
    const time = await client().time()
    assert.ok(time.ok && Math.abs(time.value - Date.now() / 1000 - 500) < 20)
  })

  test('an answer that got lost: the same key and claim again', async () => {
    const key = makeFileKey('ES256')
    est.instead = { path: 'simpleenroll', how: 'lose' }
    assert.equal(
      failureOf(await client().enrol({ key, identity: idevid, claimCode: CLAIM })),
      'system-unreachable',
    )
    est.instead = undefined
    assert.equal(failureOf(await client().enrol({ key, identity: idevid, claimCode: CLAIM })), 'done')
    const other = makeFileKey('ES256')
    assert.equal(
      failureOf(await client().enrol({ key: other, identity: idevid, claimCode: CLAIM })),
      'claim-used',
    )
  })

  const refusals = [
    ['claim-unknown', 401, 'claim-unknown'],
    ['claim-used', 409, 'claim-used'],
    ['claim-expired', 410, 'claim-expired'],
    ['claim-other-chip', 403, 'claim-other-chip'],
    ['chip-owned', 409, 'chip-owned'],
    ['chip-revoked', 403, 'chip-refused'],
    ['chip-quarantined', 403, 'chip-refused'],
    ['csr-malformed', 400, 'chip-refused'],
    ['csr-signature', 400, 'chip-refused'],
    ['csr-subject', 400, 'chip-refused'],
    ['csr-key', 400, 'chip-refused'],
    ['key-of-another', 409, 'chip-refused'],
    ['certificate-missing', 401, 'chip-refused'],
    ['certificate-unknown', 401, 'chip-refused'],
    ['certificate-expired', 401, 'chip-refused'],
    ['body-too-large', 413, 'chip-refused'],
    ['too-many-tries', 429, 'too-many-tries'],
    ['never-heard-of', 400, 'chip-refused'],
    ['never-heard-of', 503, 'system-unreachable'],
    ['toString', 400, 'chip-refused'],
  ] as const
  test('each refusal, by its code', async () => {
    const key = makeFileKey('ES256')
    for (const [code, status, failure] of refusals) {
      const how = (response: ServerResponse): void => {
        response.writeHead(status, { 'content-type': 'application/problem+json' })
        response.end(JSON.stringify({ code, detail: 'x' }))
      }
      est.instead = { path: 'simpleenroll', how }
      const enrolled = await client().enrol({ key, identity: idevid, claimCode: CLAIM })
      assert.deepEqual(enrolled, { ok: false, error: { failure, code } })
    }
  })

  const nonsense: readonly [string, (response: ServerResponse) => void][] = [
    ['no base64', (response) => response.end('<html>')],
    ['no pkcs7', (response) => response.end(Buffer.alloc(300, 7).toString('base64'))],
    ['nothing', (response) => response.end()],
    ['too much', (response) => response.end(Buffer.alloc(100_000, 'A'))],
    [
      'half an answer',
      (response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('A', () => response.destroy()),
    ],
    ['a redirect', (response) => response.writeHead(302, { location: 'https://elsewhere.example' }).end()],
  ]
  for (const [what, how] of nonsense) {
    test(`an answer that is none: ${what}`, async () => {
      est.instead = { path: 'simpleenroll', how }
      const enrolled = await client().enrol({ key: makeFileKey('ES256'), identity: idevid, claimCode: CLAIM })
      assert.equal(enrolled.ok, false)
    })
  }

  test('a certificate for another key, or of strangers, is not taken', async () => {
    const key = makeFileKey('ES256')
    const other = await client().enrol({ key: makeFileKey('ES256'), identity: idevid, claimCode: CLAIM })
    assert.ok(other.ok)
    const { execFileSync } = await import('node:child_process')
    const strangers = await openAuthority(path.join(folder, 'strangers'))
    const foreign = await readFile((await strangers.client(CHIP)).certificateFile, 'utf8')
    for (const pems of [other.value, foreign]) {
      const file = path.join(folder, 'answer.pem')
      await writeFile(file, pems)
      const der = execFileSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', file, '-outform', 'DER'])
      est.instead = { path: 'simplereenroll', how: (response) => response.end(der.toString('base64')) }
      const enrolled = await client().enrol({ key, identity: idevid })
      assert.ok(!enrolled.ok && enrolled.error.code.includes('no certificate for this key'))
    }
  })

  test('only who the root vouches for is asked for anything but the time', async () => {
    const strangers = await openAuthority(path.join(folder, 'strangers'))
    const server = await strangers.server('est')
    const validity = {
      notBefore: new Date(Date.now() - 2 * DAY_S * 1000),
      notAfter: new Date(Date.now() - DAY_S * 1000),
    }
    const over = await authority.server('over', { file: 'over', validity })
    const asClient = await authority.client('system')
    for (const [what, files] of [
      ['strangers', server],
      ['a certificate that is over', over],
      ['a client as a server', asClient],
    ] as const) {
      const rogue = await startEstStandIn({
        folder,
        authority,
        factoryCaFile: authority.caFile,
        brokerUrl: '',
        commandCertificates: [],
        server: files,
      })
      const address = { host: 'localhost', port: rogue.port }
      assert.equal(failureOf(await client({ address }).reach()), 'system-untrusted', what)
      const enrolled = await client({ address }).enrol({
        key: makeFileKey('ES256'),
        identity: idevid,
        claimCode: CLAIM,
      })
      assert.equal(failureOf(enrolled), 'system-untrusted', what)
      assert.equal(failureOf(await client({ address }).time()), 'done', what)
      await rogue.close()
    }
    assert.equal(
      failureOf(await client({ address: { host: '127.0.0.2', port: est.port } }).reach()),
      'system-unreachable',
    )
    assert.equal(failureOf(await client({ address: { host: '127.0.0.1', port: est.port } }).reach()), 'done')
  })

  test('a host with a wrong clock: the dates are judged by the clock that was mended', async () => {
    const startMs = Date.now()
    const clock = new WallClock(() => Date.now() - startMs)
    assert.equal(clock.nowS(), undefined)
    clock.mend(Math.floor(Date.now() / 1000))
    assert.ok(clock.isMended())
    assert.equal(failureOf(await client({ clock }).reach()), 'done')
    const key = makeFileKey('ES256')
    assert.equal(
      failureOf(await client({ clock }).enrol({ key, identity: idevid, claimCode: CLAIM })),
      'done',
    )
    const later = new WallClock()
    later.mend(Math.floor(Date.now() / 1000) + 9_000 * DAY_S)
    assert.equal(failureOf(await client({ clock: later }).reach()), 'system-untrusted')
    const strangers = await openAuthority(path.join(folder, 'strangers'))
    const rogue = await startEstStandIn({
      folder,
      authority,
      factoryCaFile: authority.caFile,
      brokerUrl: '',
      commandCertificates: [],
      server: await strangers.server('est'),
    })
    assert.equal(
      failureOf(await client({ clock, address: { host: 'localhost', port: rogue.port } }).reach()),
      'system-untrusted',
    )
    await rogue.close()
    const elsewhere = { host: '127.0.0.1', port: est.port }
    assert.equal(failureOf(await client({ clock, address: elsewhere }).reach()), 'done')
  })

  test('nobody there, nobody who speaks TLS, and somebody who never answers', async () => {
    const { createServer } = await import('node:net')
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('HTTP/1.0 200 OK\r\n\r\nsign in'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const at = server.address()
    assert.ok(typeof at === 'object' && at !== null)
    const address = { host: '127.0.0.1', port: at.port }
    assert.equal(failureOf(await client({ address }).reach()), 'system-untrusted')
    await new Promise((resolve) => server.close(resolve))
    assert.equal(failureOf(await client({ address }).reach()), 'system-unreachable')

    est.instead = { path: 'time', how: 'hang' }
    const giveUp = new AbortController()
    const asked = client({ way: { via: undefined, signal: giveUp.signal } }).time()
    setTimeout(() => giveUp.abort(), 50)
    assert.equal(failureOf(await asked), 'system-unreachable')
  })

  test('the certificate of a factory that the system does not know', async () => {
    const factory = await openFactory(path.join(folder, 'other-factory'))
    const files = await factory.idevid(CHIP, 'EdDSA')
    const identity = {
      certificatePem: await readFile(files.certificateFile, 'utf8'),
      privateKeyPem: await readFile(files.keyFile, 'utf8'),
    }
    assert.ok(new X509Certificate(identity.certificatePem))
    const enrolled = await client().enrol({ key: makeFileKey('ES256'), identity, claimCode: CLAIM })
    assert.deepEqual(enrolled, { ok: false, error: { failure: 'chip-refused', code: 'certificate-unknown' } })
  })
})
