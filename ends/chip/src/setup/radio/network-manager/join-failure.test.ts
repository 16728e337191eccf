import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessPoint } from './access-point.ts'
import { chooseAccessPoint, failureOfEnding, failureOfRefusal } from './join-failure.ts'
import { ACTIVE_REASON, DEVICE_REASON } from './names.ts'

function point(security: AccessPoint['security'], strengthPercent = 50): AccessPoint {
  const path = `/${security}/${String(strengthPercent)}`
  return {
    path,
    ssid: Buffer.from('Laundry'),
    name: 'Laundry',
    strengthPercent,
    security,
    saeOnly: false,
    oweOnly: false,
  }
}

const ASKED = { askedForSecrets: true }
const reason = (deviceReason: number, activeReason?: number) => ({
  askedForSecrets: false,
  deviceReason,
  ...(activeReason === undefined ? {} : { activeReason }),
})

test('what the device said, for whoever wanted to join', () => {
  assert.equal(failureOfEnding(ASKED, true), 'wrong-password')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.noSecrets), true), 'wrong-password')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.supplicantDisconnect), true), 'wrong-password')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.supplicantDisconnect), false), 'network-gone')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.supplicantTimeout), true), 'wrong-password')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.ssidNotFound), true), 'network-gone')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.dhcpFailed), true), 'no-address')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.ipConfigUnavailable), false), 'no-address')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.supplicantConfigFailed), true), 'unsupported-security')
  assert.equal(failureOfEnding(reason(DEVICE_REASON.configFailed), true), 'radio-failed')
})

test('where the device gave no reason, what the activation said; else the radio failed', () => {
  assert.equal(
    failureOfEnding(reason(DEVICE_REASON.unknown, ACTIVE_REASON.noSecrets), true),
    'wrong-password',
  )
  assert.equal(failureOfEnding(reason(DEVICE_REASON.unknown, 3), true), 'radio-failed')
  assert.equal(failureOfEnding({ askedForSecrets: false }, true), 'radio-failed')
})

test('what NetworkManager would not begin', () => {
  const refused = (name: string) => failureOfRefusal({ kind: 'refused', name, message: '' })
  assert.equal(failureOfRefusal({ kind: 'gone' }), 'radio-failed')
  assert.equal(refused('org.freedesktop.NetworkManager.Device.SpecificObjectNotFound'), 'network-gone')
  assert.equal(
    refused('org.freedesktop.NetworkManager.Settings.Connection.InvalidProperty'),
    'unsupported-security',
  )
  assert.equal(refused('org.freedesktop.NetworkManager.PermissionDenied'), 'radio-failed')
})

test('the strongest station that fits; a passphrase is never dropped', () => {
  const plan = { ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }
  const open = { ssid: 'Laundry', hidden: false }
  const choose = (points: readonly AccessPoint[], which = plan as typeof open, kept = false) => {
    const choice = chooseAccessPoint(points, which, kept)
    return choice.kind === 'join' ? choice.point.path : choice.kind === 'fail' ? choice.failure : choice.kind
  }
  assert.equal(choose([point('wpa-personal', 20), point('wpa-personal', 60)]), '/wpa-personal/60')
  assert.equal(choose([point('open', 90), point('wpa-personal', 20)]), '/wpa-personal/20')
  assert.equal(choose([point('open')]), 'not-seen')
  assert.equal(choose([point('wep')]), 'unsupported-security')
  assert.equal(choose([point('wpa-enterprise')]), 'unsupported-security')
  assert.equal(choose([point('wpa-enterprise')], open), 'unsupported-security')
  assert.equal(choose([point('wpa-personal')], open), 'wrong-password')
  assert.equal(choose([point('wpa-personal')], open, true), '/wpa-personal/50')
  assert.equal(choose([point('open')], open), '/open/50')
  assert.equal(choose([], open), 'not-seen')
})
