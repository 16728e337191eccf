import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkFactorySettings, readFactorySettings } from './factory-settings.ts'

const GOOD = {
  chipId: '00000000000000c1',
  name: 'Farthing 00C1',
  dataFolder: 'data',
  idevid: { keyFile: 'idevid.key.pem', certificateFile: 'idevid.certificate.pem' },
  rootFile: 'root.pem',
  label: { hotspotPassphrase: 'label-passphrase', proofHash: 'ab'.repeat(32) },
  radio: { kind: 'network-manager', interface: 'wlan0' },
  setup: { host: '0.0.0.0', port: 80, publicUrl: 'http://10.41.0.1', dnsPort: 53 },
  wire: { host: '127.0.0.1', port: 7001 },
}

describe('what a chip knows as it leaves the factory', () => {
  test('with defaults for what may be left out', () => {
    const checked = checkFactorySettings(GOOD)
    assert.ok(checked.ok)
    assert.equal(checked.value.codes, 'displayed')
    assert.equal(checked.value.times.codeLifetimeS, 120)
    assert.ok(Object.isFrozen(checked.value))
  })

  for (const radio of [
    { kind: 'none' },
    { kind: 'simulated', host: '127.0.0.1', port: 7002 },
    { kind: 'network-manager', interface: 'wlan0', hotspotInterface: 'ap0' },
  ]) {
    test(`radio ${Object.values(radio).join(' ')}`, () => {
      const checked = checkFactorySettings({ ...GOOD, radio })
      assert.deepEqual(checked.ok && checked.value.radio, radio)
    })
  }

  const bad: readonly [string, object][] = [
    ['chipId', { chipId: 'C1' }],
    ['name', { name: 'x'.repeat(33) }],
    ['label.hotspotPassphrase', { label: { ...GOOD.label, hotspotPassphrase: 'short' } }],
    ['label.proofHash', { label: { ...GOOD.label, proofHash: 'the proof itself' } }],
    ['radio', { radio: { kind: 'wireless' } }],
    ['radio', { radio: { kind: 'network-manager', interface: 'wlan0', hotspotInterface: 'ap0/../x' } }],
    ['radio', { radio: { kind: 'simulated', host: '127.0.0.1', port: 7002, hotspotInterface: 'ap0' } }],
    ['setup.port', { setup: { ...GOOD.setup, port: 70_000 } }],
    ['setup.host', { setup: { ...GOOD.setup, host: '10.41.0.1' } }],
    ['setup.publicUrl', { setup: { ...GOOD.setup, publicUrl: 'http://10.41.0.1/page' } }],
    ['wire.port', { wire: { host: 'x', port: 0 } }],
    ['times.codeRenewBeforeMs', { times: { codeLifetimeS: 10, codeRenewBeforeMs: 20_000 } }],
    ['passphrase', { passphrase: 'of something' }],
  ]
  for (const [setting, change] of bad) {
    test(`a bad ${setting} is named`, () => {
      const checked = checkFactorySettings({ ...GOOD, ...change })
      assert.ok(!checked.ok)
      assert.ok(checked.error.setting.startsWith(setting), checked.error.setting)
      assert.ok(checked.error.accepted.length > 0)
    })
  }

  test('what stands on the label is not repeated', () => {
    const label = { hotspotPassphrase: 'tiny-77', proofHash: 'x' }
    const checked = checkFactorySettings({ ...GOOD, label })
    assert.ok(!checked.ok && !JSON.stringify(checked.error).includes('tiny-77'))
  })

  test('a file that is not there is named', () => {
    const read = readFactorySettings('/nowhere/factory.json')
    assert.ok(!read.ok && read.error.setting === '--factory')
  })
})
