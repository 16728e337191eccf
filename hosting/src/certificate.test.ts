import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openAuthority } from './certificate.ts'

describe('the authority', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-authority-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('issues certificates that it signed, once', async () => {
    const authority = await openAuthority(folder)
    const ca = new X509Certificate(await readFile(authority.caFile))
    const chip = await authority.client('00000000000000a1')
    const certificate = new X509Certificate(await readFile(chip.certificateFile))
    assert.ok(ca.ca)
    assert.ok(certificate.verify(ca.publicKey))
    assert.equal(certificate.subject, 'CN=00000000000000a1')
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    const again = await (await openAuthority(folder)).client('00000000000000a1')
    assert.equal(String(await readFile(again.certificateFile)), certificate.toString())
  })

  test('names localhost in a server certificate', async () => {
    const authority = await openAuthority(folder)
    const { certificateFile } = await authority.server('broker')
    const certificate = new X509Certificate(await readFile(certificateFile))
    assert.equal(certificate.checkHost('localhost'), 'localhost')
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  })

  test('keeps keys from others', async () => {
    const authority = await openAuthority(folder)
    const { keyFile } = await authority.client('system')
    assert.equal((await stat(keyFile)).mode & 0o777, 0o600)
  })
})
