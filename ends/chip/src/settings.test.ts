import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { checkSettings, readSettings } from './settings.ts'

const GOOD = {
  chipId: '00000000000000c1',
  keyFile: 'chip.pem',
  certificateFile: 'certificate.pem',
  caFile: 'ca.pem',
  systemKeyFiles: ['system.pem'],
  brokerUrl: 'mqtts://localhost:8883',
  journalFolder: 'journal',
  wire: { host: '127.0.0.1', port: 7001 },
  paymentOrigin: 'https://pay.example.org',
  codes: 'printed',
}

describe('settings', () => {
  test('good ones are completed and frozen', () => {
    const read = checkSettings({ ...GOOD, times: { codeLifetimeS: 60 } })
    assert.ok(read.ok)
    assert.deepEqual(
      [read.value.tlsKeyFile, read.value.chip.times.codeLifetimeS, read.value.chip.times.helloIntervalMs],
      ['chip.pem', 60, 30_000],
    )
    assert.ok(Object.isFrozen(read.value) && Object.isFrozen(read.value.chip.times))
  })

  const bad: Record<string, unknown> = {
    chipId: 'C1',
    systemKeyFiles: [],
    brokerUrl: 'mqtt://localhost:1883',
    'wire.port': 0,
    paymentOrigin: 'http://pay.example.org',
    codes: 'sung',
    'times.codeLifetimeS': 4000,
    'times.codeRenewBeforeMs': 120_000,
    'linkTimes.keepaliveS': 0.5,
  }
  for (const [setting, value] of Object.entries(bad)) {
    test(`${setting} = ${JSON.stringify(value)} is refused by name`, () => {
      const [outer = '', inner] = setting.split('.')
      const own = inner === undefined ? value : { ...(outer === 'wire' ? GOOD.wire : {}), [inner]: value }
      const read = checkSettings({ ...GOOD, [outer]: own })
      assert.ok(!read.ok)
      assert.equal(read.error.setting, setting)
      assert.ok(read.error.given.includes(String(value).slice(0, 20)) || setting === 'systemKeyFiles')
      assert.notEqual(read.error.accepted, '')
    })
  }

  test('an unknown setting, a missing one and a missing file are told', () => {
    assert.equal(checkSettings({ ...GOOD, surprise: 1 }).ok, false)
    const { keyFile: _, ...without } = GOOD
    assert.equal(checkSettings(without).ok, false)
    const missing = readSettings('/nowhere/settings.json')
    assert.ok(!missing.ok && missing.error.given === '/nowhere/settings.json')
  })

  test('a bad one stops the start and is named', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-settings-'))
    try {
      const bad = path.join(folder, 'bad.json')
      await writeFile(bad, JSON.stringify({ ...GOOD, wire: { host: '127.0.0.1', port: 'many' } }))
      const main = path.join(import.meta.dirname, 'main.ts')
      const child = spawn(process.execPath, [main, '--settings', bad], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let told = ''
      child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
      await once(child, 'close')
      assert.equal(child.exitCode, 2)
      assert.match(told, /wire\.port/)
      assert.match(told, /many/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
