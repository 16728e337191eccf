import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { generateNodeKeys } from '#protocol/node-keys.ts'
import { type Authority, openAuthority } from '#hosting/certificate.ts'
import { type TemporaryFolder, makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { SettingsError } from '../settings.ts'
import { readCommandKeys } from './command-key.ts'

const DAY_MS = 24 * 60 * 60 * 1000
let temporary: TemporaryFolder
let authority: Authority
before(async () => {
  temporary = await makeTemporaryFolder('command-key')
  authority = await openAuthority(path.join(temporary.folder, 'ca'))
})
after(() => temporary.remove())

let keys = 0
/** A command key that is certified from some days ago to some days ahead. */
async function keyFor(days: readonly [from: number, to: number]) {
  keys += 1
  const keyFile = path.join(temporary.folder, `command-${String(keys)}.pem`)
  const pair = generateNodeKeys(keys % 2 === 0 ? 'ES256' : 'EdDSA')
  await writeFile(keyFile, pair.privateKeyPem)
  const [notBefore, notAfter] = days.map((day) => new Date(Date.now() + day * DAY_MS)) as [Date, Date]
  return {
    keyFile,
    kid: pair.kid,
    certificateFile: await authority.commandCertificate(keyFile, { notBefore, notAfter }),
  }
}

function settingsOf(keyFiles: readonly string[], commandCertificateFiles: readonly string[]) {
  const [commandKeyFile = '', ...commandKeyFiles] = keyFiles
  return {
    commandKeyFile,
    broker: { url: '', caFile: authority.caFile, certificateFile: '', keyFile: '' },
    identity: {
      issuers: [],
      factoryCaFiles: [],
      commandCertificateFiles,
      commandKeyFiles,
      certificateDays: 90,
      renewalGraceDays: 30,
    },
  }
}

test('without certificates the one key signs', async () => {
  const one = await keyFor([-1, 1])
  assert.equal(readCommandKeys(settingsOf([one.keyFile], []), Date.now()).signer.kid, one.kid)
  const { broker, commandKeyFile } = settingsOf([one.keyFile], [])
  assert.equal(readCommandKeys({ broker, commandKeyFile }, Date.now()).signer.kid, one.kid)
})

test('the newest that has begun and is at hand signs; chips are told of all', async () => {
  const old = await keyFor([-300, 30])
  const present = await keyFor([-10, 300])
  const coming = await keyFor([10, 600])
  const all = [old, present, coming]
  const certificates = all.map(({ certificateFile }) => certificateFile)
  const read = (keyFiles: readonly string[], inDays = 0) =>
    readCommandKeys(settingsOf(keyFiles, certificates), Date.now() + inDays * DAY_MS)
  const files = all.map(({ keyFile }) => keyFile)
  assert.equal(read(files).signer.kid, present.kid)
  assert.equal(read(files).certificates.length, 3)
  assert.equal(read(files, 20).signer.kid, coming.kid)
  assert.equal(read([old.keyFile]).signer.kid, old.kid, 'the newer key is not here yet')
  assert.throws(() => read([old.keyFile], 40), /^SettingsError: commandKeyFile holds no key of a certificate/)
})

test('a certificate of another use, or by another than the root, stops the start', async () => {
  const one = await keyFor([-1, 1])
  const { certificateFile } = await authority.client('system')
  const refused = (file: string) =>
    assert.throws(
      () => readCommandKeys(settingsOf([one.keyFile], [file]), Date.now()),
      (error) => error instanceof SettingsError && /commandCertificateFiles\.0 names/.test(error.message),
    )
  refused(certificateFile)
  refused(one.keyFile)
  refused('/nowhere')
  const foreign = await openAuthority(path.join(temporary.folder, 'foreign'))
  refused(await foreign.commandCertificate(one.keyFile))
})
