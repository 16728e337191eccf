import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { checkSettings, readSettings, SettingsError } from './settings.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'farthing-bank-settings-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = path.join(folder, 'secret')
writeFileSync(file, 'secret')

const good = {
  listen: { host: '127.0.0.1', port: 0 },
  publicUrl: 'http://localhost:4000/',
  databaseUrlFile: file,
  tppTokenFile: file,
  signingKeyFile: file,
  notificationUrl: 'http://localhost:4001/v1/bank-notifications',
}

function refusal(changes: Record<string, unknown>): string {
  try {
    checkSettings({ ...good, ...changes })
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.message
  }
  return 'accepted'
}

test('good settings are frozen, with every default named', () => {
  const settings = checkSettings(good)
  assert.equal(settings.publicUrl, 'http://localhost:4000')
  assert.equal(settings.bankName, 'Bank of Pebbles')
  assert.equal(settings.times.approvalS, 900)
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.times))
})

test('a bad value stops the start with its name and what is accepted', () => {
  assert.match(refusal({ listen: { host: '127.0.0.1', port: 70_000 } }), /listen\.port .*65535/)
  assert.match(refusal({ publicUrl: 'localhost' }), /publicUrl .*"localhost".* http or https URL/)
  assert.match(refusal({ timeZone: 'Mars/Base' }), /timeZone .*Mars\/Base.*IANA/)
  assert.match(refusal({ tppTokenFile: '/nowhere' }), /tppTokenFile .*\/nowhere.*can be read/)
  assert.match(refusal({ times: { approvalS: 0 } }), /times\.approvalS/)
  assert.match(refusal({ surprise: 1 }), /surprise/)
  assert.match(refusal({ databaseUrlFile: undefined }), /exactly one of database and databaseUrlFile/)
  assert.throws(() => readSettings(path.join(folder, 'none.json')), SettingsError)
})
