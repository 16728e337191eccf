import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { describeKey } from './key.suite.ts'
import { makePkcs11Key, openPkcs11Key } from './pkcs11-key.ts'

const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((file) =>
  existsSync(file),
)
const hasTools = ['softhsm2-util', 'pkcs11-tool'].every(
  (tool) => spawnSync(tool, ['--version']).error === undefined,
)
const skip =
  MODULE === undefined || !hasTools
    ? 'softhsm2 and pkcs11-tool are not here (Debian: softhsm2, opensc)'
    : false

describe('a key in a PKCS #11 token (needs softhsm2 and pkcs11-tool)', { skip }, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'farthing-token-'))
  const settings = path.join(folder, 'softhsm2.conf')
  mkdirSync(path.join(folder, 'tokens'))
  writeFileSync(settings, `directories.tokendir = ${path.join(folder, 'tokens')}\nlog.level = ERROR\n`)
  process.env['SOFTHSM2_CONF'] = settings
  process.env['FARTHING_TEST_PIN'] = '56789'
  if (skip === false) {
    const made = '--init-token --free --label farthing --so-pin 12345 --pin 56789'.split(' ')
    execFileSync('softhsm2-util', made, { stdio: 'pipe' })
  }
  after(() => rmSync(folder, { recursive: true }))

  const placeOf = (keyId: string) => ({
    modulePath: MODULE ?? '',
    tokenLabel: 'farthing',
    pinVariable: 'FARTHING_TEST_PIN',
    keyId,
  })
  let made = 0
  const freshPlace = () => {
    made += 1
    return placeOf(made.toString(16).padStart(4, '0'))
  }

  for (const alg of ['ES256', 'EdDSA'] as const) {
    describeKey(alg, () => {
      const key = makePkcs11Key(freshPlace(), alg)
      assert.ok(key.ok)
      return key.value
    })

    test(`${alg}: opened again it is the same key, and is not made anew`, () => {
      const place = freshPlace()
      const key = makePkcs11Key(place, alg)
      const again = openPkcs11Key(place)
      assert.ok(key.ok && again.ok)
      assert.deepEqual(again.value.spki, key.value.spki)
      assert.equal(makePkcs11Key(place, alg).ok, false)
    })
  }

  test('a key that is not there, another token, a wrong PIN, a library that is none', () => {
    const place = freshPlace()
    assert.ok(makePkcs11Key(place, 'ES256').ok)
    process.env['FARTHING_WRONG_PIN'] = '00000'
    for (const wrong of [
      { ...place, keyId: 'ffff' },
      { ...place, tokenLabel: 'elsewhere' },
      { ...place, pinVariable: 'FARTHING_WRONG_PIN' },
      { ...place, modulePath: '/dev/null' },
    ]) {
      assert.deepEqual(openPkcs11Key(wrong), { ok: false, error: 'token-failed' })
    }
  })
})
