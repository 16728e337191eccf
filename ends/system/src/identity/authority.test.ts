import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { openAuthority as openHouseAuthority } from '#hosting/certificate.ts'
import { type TemporaryFolder, makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { type IdentitySettings, SettingsError } from '../settings.ts'
import { openAuthority } from './authority.ts'

const DAY_MS = 24 * 60 * 60 * 1000
let temporary: TemporaryFolder
let house: Awaited<ReturnType<typeof openHouseAuthority>>
before(async () => {
  temporary = await makeTemporaryFolder('authority')
  house = await openHouseAuthority(path.join(temporary.folder, 'ca'))
})
after(() => temporary.remove())

function settingsOf(issuers: IdentitySettings['issuers'], factoryCaFiles: readonly string[] = []) {
  const commands = { commandCertificateFiles: [], commandKeyFiles: [] }
  return { issuers, factoryCaFiles, ...commands, certificateDays: 90, renewalGraceDays: 30 }
}

async function refuses(settings: IdentitySettings, words: RegExp, nowMs = Date.now()) {
  await assert.rejects(
    openAuthority(settings, { rootFile: house.caFile, nowMs }),
    (error) => error instanceof SettingsError && words.test(error.message),
  )
}

test('an authority that cannot issue stops the start, and says which setting', async () => {
  const [issuing] = house.issuing()
  assert.ok(issuing)
  const { certificateFile, keyFile } = issuing
  const client = await house.client('system')
  const foreign = await openHouseAuthority(path.join(temporary.folder, 'foreign'))
  await refuses(
    settingsOf([{ certificateFile }]),
    /^identity\.issuers has none that is in its time and has a keyFile/,
  )
  await refuses(settingsOf([issuing]), /in its time/, Date.now() + 20 * 365 * DAY_MS)
  await refuses(
    settingsOf([{ certificateFile, keyFile: client.keyFile }]),
    /issuers\.0\.keyFile .*not the certificate/,
  )
  await refuses(
    settingsOf([{ certificateFile, keyFile: '/nowhere' }]),
    /issuers\.0\.keyFile .*cannot be read/,
  )
  await refuses(settingsOf([client]), /issuers\.0\.certificateFile .*no CA that the root/)
  await refuses(settingsOf([...foreign.issuing()]), /no CA that the root/)
  await refuses(settingsOf([{ certificateFile: keyFile, keyFile }]), /holds no certificate/)
  await refuses(settingsOf([issuing], ['/nowhere']), /factoryCaFiles\.0/)
})
