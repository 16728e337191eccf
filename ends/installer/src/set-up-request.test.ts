import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SetupView, SETUP_STEPS } from '#chip/setup/setup-view.ts'
import {
  type Draft,
  EMPTY_DRAFT,
  withCable,
  withDriver,
  withKnown,
  withLink,
  withNetwork,
  withSeen,
} from './draft.ts'
import { fieldOfPath, requestOf } from './set-up-request.ts'

const VIEW: SetupView = {
  chip: { chipId: '7f3a00112233445d', name: 'Farthing 7F3A' },
  phase: 'open',
  owned: false,
  triesLeft: 5,
  closesInS: 600,
  holdsBoth: true,
  ethernet: false,
  steps: SETUP_STEPS.map((step) => ({ step, status: 'waiting' })),
  drivers: [
    {
      id: 'relay',
      name: 'Relay',
      wiring: [
        { id: 'a', name: 'A' },
        { id: 'b', name: 'B' },
      ],
    },
    { id: 'wire', name: 'Wire', wiring: [{ id: 'tcp', name: 'J4' }] },
  ],
}

const WHOLE: Draft = {
  ...EMPTY_DRAFT,
  network: { kind: 'seen', ssid: 'Laundry', security: 'wpa-personal' },
  passphrase: 'warm water',
  address: 'https://Pay.example.org/',
  claimCode: '4k7qm2x9dt',
  driver: 'relay',
  wiring: 'b',
}

const faultsOf = (change: Partial<Draft>, view: Partial<SetupView> = {}) => {
  const request = requestOf({ ...WHOLE, ...change }, { ...VIEW, ...view })
  return request.ok
    ? []
    : Object.entries(request.faults).map(([field, line]) => `${field}: ${line?.key ?? ''}`)
}

test('what is whole is sent as the chip takes it', () => {
  assert.deepEqual(requestOf(WHOLE, VIEW), {
    ok: true,
    given: {
      network: { kind: 'wifi', ssid: 'Laundry', hidden: false, passphrase: 'warm water' },
      system: { address: 'pay.example.org', claimCode: '4K7QM-2X9DT' },
      machine: { driver: 'relay', wiring: 'b' },
    },
  })
})

test('open, hidden and cabled networks', () => {
  const networkOf = (change: Partial<Draft>) => {
    const request = requestOf({ ...WHOLE, ...change }, VIEW)
    return request.ok ? request.given.network : request.faults
  }
  assert.deepEqual(
    networkOf({ network: { kind: 'seen', ssid: 'Guests', security: 'open' }, passphrase: 'left over' }),
    { kind: 'wifi', ssid: 'Guests', hidden: false },
  )
  assert.deepEqual(networkOf({ network: { kind: 'other' }, otherSsid: ' Hidden ', passphrase: '' }), {
    kind: 'wifi',
    ssid: ' Hidden ',
    hidden: true,
  })
  assert.deepEqual(networkOf({ network: { kind: 'ethernet' } }), { kind: 'ethernet' })
})

test('every fault is told at its field, all at once', () => {
  assert.deepEqual(faultsOf({ ...EMPTY_DRAFT }), [
    'network: networkMissing',
    'address: addressMissing',
    'claimCode: claimMissing',
    'driver: driverMissing',
  ])
  assert.deepEqual(faultsOf({ passphrase: '' }), ['passphrase: passwordMissing'])
  assert.deepEqual(faultsOf({ passphrase: 'short' }), ['passphrase: passwordShort'])
  assert.deepEqual(faultsOf({ passphrase: 'x'.repeat(70) }), ['passphrase: passwordLong'])
  assert.deepEqual(faultsOf({ passphrase: 'with 🧼 in it' }), ['passphrase: passwordSign'])
  assert.deepEqual(faultsOf({ network: { kind: 'other' }, otherSsid: '' }), ['ssid: ssidMissing'])
  assert.deepEqual(faultsOf({ network: { kind: 'other' }, otherSsid: '洗'.repeat(11) }), ['ssid: ssidLong'])
  assert.deepEqual(faultsOf({ address: 'pay example' }), ['address: addressShape'])
  assert.deepEqual(faultsOf({ claimCode: '4K7QM' }), ['claimCode: claimLength'])
  assert.deepEqual(faultsOf({ claimCode: '4K7QM-2X9DU' }), ['claimCode: claimSign'])
  assert.deepEqual(faultsOf({ wiring: 'tcp' }), ['wiring: wiringMissing'])
})

test('a chip that keeps its owner needs no claim code, and sends none', () => {
  const request = requestOf({ ...WHOLE, address: '', claimCode: '' }, { ...VIEW, owned: true })
  assert.ok(request.ok && !('system' in request.given))
})

test('what is known goes in where nothing was typed', () => {
  const given = { ssid: 'Laundry', hidden: false, systemAddress: 'pay.example.org', driver: 'wire' }
  const known = withKnown(EMPTY_DRAFT, { ...VIEW, given })
  assert.deepEqual(known.network, { kind: 'seen', ssid: 'Laundry', security: 'wpa-personal' })
  assert.deepEqual([known.address, known.driver, known.wiring], ['pay.example.org', 'wire', 'tcp'])
  assert.deepEqual(withKnown(WHOLE, { ...VIEW, given }), WHOLE)
  const hidden = withKnown(EMPTY_DRAFT, { ...VIEW, given: { ssid: 'Hidden', hidden: true } })
  assert.deepEqual([hidden.network.kind, hidden.otherSsid], ['other', 'Hidden'])
  assert.equal(withCable(EMPTY_DRAFT, { ...VIEW, ethernet: true }).network.kind, 'ethernet')
  assert.equal(withCable(WHOLE, { ...VIEW, ethernet: true }), WHOLE)
})

test('a network chosen by name alone is the one that is seen', () => {
  const chosen = {
    ...EMPTY_DRAFT,
    network: { kind: 'seen', ssid: 'Guests', security: 'wpa-personal' } as const,
  }
  const guests = { ssid: 'Guests', strengthPercent: 50, security: 'open' as const }
  assert.deepEqual(withSeen(chosen, [guests]).network, { kind: 'seen', ssid: 'Guests', security: 'open' })
  assert.equal(withSeen(chosen, []), chosen)
})

test('a password stays with its network, a wiring with its driver', () => {
  assert.equal(withNetwork(WHOLE, { kind: 'seen', ssid: 'Laundry', security: 'wpa-personal' }), WHOLE)
  assert.equal(withNetwork(WHOLE, { kind: 'other' }).passphrase, '')
  assert.deepEqual(
    [withDriver(WHOLE, VIEW, 'wire').wiring, withDriver(WHOLE, VIEW, 'relay').wiring],
    ['tcp', ''],
  )
})

test('a link fills in both, to be looked at', () => {
  const linked = withLink(EMPTY_DRAFT, { address: 'pay.example.org', claimCode: '4K7QM-2X9DT' })
  assert.deepEqual(
    [linked.address, linked.claimCode, linked.isScanned],
    ['pay.example.org', '4K7QM-2X9DT', true],
  )
})

test('a refusal of the chip finds its field', () => {
  assert.equal(fieldOfPath('network.ssid'), 'ssid')
  assert.equal(fieldOfPath('toString'), null)
  assert.equal(fieldOfPath(undefined), null)
})
