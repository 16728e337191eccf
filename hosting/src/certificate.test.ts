import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { generateNodeKeys, spkiOfPem } from '#protocol/node-keys.ts'
import { COMMAND_KEY_USAGE, openAuthority, openFactory } from './certificate.ts'
import { write } from './kept-file.ts'

const CHIP = '00000000000000a1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

async function chainOf(file: string): Promise<X509Certificate[]> {
  return ((await readFile(file, 'utf8')).match(PEM) ?? []).map((pem) => new X509Certificate(pem))
}

async function only(file: string): Promise<X509Certificate> {
  const [first, ...others] = await chainOf(file)
  assert.ok(first)
  assert.equal(others.length, 0)
  return first
}

describe('the authority', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-authority-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('issues certificates by way of an issuing authority, once', async () => {
    const authority = await openAuthority(folder)
    const root = await only(authority.caFile)
    const { certificateFile } = await authority.client(CHIP)
    const [leaf, issuing, ...others] = await chainOf(certificateFile)
    assert.ok(leaf && issuing)
    assert.equal(others.length, 0)
    assert.ok(root.ca && root.verify(root.publicKey))
    assert.ok(issuing.ca && issuing.checkIssued(root) && issuing.verify(root.publicKey))
    assert.ok(!leaf.ca && leaf.checkIssued(issuing) && leaf.verify(issuing.publicKey))
    assert.equal(leaf.subject, `CN=${CHIP}`)
    assert.deepEqual(leaf.keyUsage, [CLIENT_AUTH])
    const again = await (await openAuthority(folder)).client(CHIP)
    assert.equal(String((await chainOf(again.certificateFile))[0]), String(leaf))
  })

  test('after a rotation the newest issues, and what was issued before stays', async () => {
    const authority = await openAuthority(path.join(folder, 'rotating'))
    const before = await authority.client(CHIP)
    await authority.newIssuing()
    const later = await authority.client('00000000000000a2')
    const reopened = await openAuthority(path.join(folder, 'rotating'))
    assert.deepEqual(reopened.issuing(), authority.issuing())
    const [first, second] = reopened.issuing()
    assert.ok(first && second)
    assert.ok((await chainOf(before.certificateFile))[0]?.checkIssued(await only(first.certificateFile)))
    assert.ok((await chainOf(later.certificateFile))[0]?.checkIssued(await only(second.certificateFile)))
    assert.ok((await only(second.certificateFile)).checkIssued(await only(authority.caFile)))
  })

  test('names localhost in a server certificate', async () => {
    const authority = await openAuthority(folder)
    const { certificateFile } = await authority.server('broker')
    const [certificate] = await chainOf(certificateFile)
    assert.equal(certificate?.checkHost('localhost'), 'localhost')
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  })

  test('the root itself says which keys may command', async () => {
    const authority = await openAuthority(folder)
    const root = await only(authority.caFile)
    for (const alg of ['ES256', 'EdDSA'] as const) {
      const keyFile = await write(path.join(folder, `${alg}.pem`), generateNodeKeys(alg).privateKeyPem)
      const certificate = await only(await authority.commandCertificate(keyFile))
      assert.ok(certificate.checkIssued(root) && certificate.verify(root.publicKey) && !certificate.ca)
      assert.deepEqual(certificate.keyUsage, [COMMAND_KEY_USAGE])
      const certified = new Uint8Array(certificate.publicKey.export({ type: 'spki', format: 'der' }))
      assert.deepEqual(certified, spkiOfPem(await readFile(keyFile, 'utf8')))
    }
  })

  test('issues for a stated time and kind of key', async () => {
    const authority = await openAuthority(folder)
    const validity = {
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2021-01-01T00:00:00Z'),
    }
    const { certificateFile } = await authority.client(CHIP, { file: 'expired', validity, alg: 'EdDSA' })
    const [certificate] = await chainOf(certificateFile)
    assert.equal(certificate?.validTo, 'Jan  1 00:00:00 2021 GMT')
    assert.equal(certificate.publicKey.asymmetricKeyType, 'ed25519')
  })

  test('keeps keys from others', async () => {
    const authority = await openAuthority(folder)
    const { keyFile } = await authority.client('system')
    for (const file of [keyFile, ...authority.issuing().map((issuing) => issuing.keyFile)])
      assert.equal((await stat(file)).mode & 0o777, 0o600)
  })
})

describe('the factory', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-factory-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('gives a chip an identity that does not expire, once', async () => {
    const factory = await openFactory(folder)
    const ca = await only(factory.caFile)
    for (const [chipId, alg] of [
      [CHIP, 'ES256'],
      ['00000000000000a2', 'EdDSA'],
    ] as const) {
      const files = await factory.idevid(chipId, alg)
      const certificate = await only(files.certificateFile)
      assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
      assert.equal(certificate.subject, `CN=${chipId}\nserialNumber=${chipId}`)
      assert.equal(certificate.validTo, 'Dec 31 23:59:59 9999 GMT')
      const again = await (await openFactory(folder)).idevid(chipId, alg)
      assert.equal(String(await only(again.certificateFile)), String(certificate))
      assert.equal((await stat(files.keyFile)).mode & 0o777, 0o600)
    }
  })
})
