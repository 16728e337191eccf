import assert from 'node:assert/strict'
import test from 'node:test'
import { checkSettings, SettingsError } from './settings.ts'

const GOOD = {
  listen: { host: '127.0.0.1', port: 0 },
  publicOrigin: 'http://localhost:8080',
  database: {
    host: '127.0.0.1',
    port: 5432,
    user: 'farthing',
    passwordFile: 'password',
    database: 'farthing_system',
  },
  broker: { url: 'mqtts://localhost:8883', caFile: 'ca.pem', certificateFile: 'c.pem', keyFile: 'k.pem' },
  commandKeyFile: 'command.pem',
  pseudonymSecretFile: 'pseudonym.secret',
  bank: {
    url: 'http://localhost:9000',
    tokenFile: 'token',
    publicKeyFile: 'bank.pem',
  },
  payerPageFolder: 'page',
}

test('settings are completed with defaults, made absolute and frozen', () => {
  const settings = checkSettings(GOOD, '/srv/farthing')
  assert.equal(settings.commandKeyFile, '/srv/farthing/command.pem')
  assert.equal(settings.times.chipAnswerMs, 5000)
  assert.equal(settings.limits.claimsPerMinutePerChip, 12)
  assert.throws(() => {
    Object.assign(settings.times, { chipAnswerMs: 1 })
  }, TypeError)
})

test('times can be shortened one by one', () => {
  const settings = checkSettings({ ...GOOD, times: { silenceRefundMs: 10 } }, '/')
  assert.equal(settings.times.silenceRefundMs, 10)
  assert.equal(settings.times.chipAnswerMs, 5000)
})

const EST = { listen: { host: '127.0.0.1', port: 9443 }, certificateFile: 'est.pem', keyFile: 'est.key' }
const IDENTITY = {
  issuers: [{ certificateFile: 'issuing.pem', keyFile: 'issuing.key' }, { certificateFile: 'earlier.pem' }],
  factoryCaFiles: ['factory.pem'],
  commandCertificateFiles: ['command.pem'],
}

test('enrolment may be left out; its defaults are where it listens, and our own way to the broker', () => {
  assert.equal(checkSettings(GOOD, '/').est, undefined)
  const { est, identity } = checkSettings({ ...GOOD, est: EST, identity: IDENTITY }, '/srv')
  assert.equal(est?.publicAddress, '127.0.0.1:9443')
  assert.equal(est.brokerUrl, GOOD.broker.url)
  assert.deepEqual(identity?.issuers, [
    { certificateFile: '/srv/issuing.pem', keyFile: '/srv/issuing.key' },
    { certificateFile: '/srv/earlier.pem' },
  ])
  assert.deepEqual([identity.certificateDays, identity.renewalGraceDays], [90, 30])
})

const refused: readonly [string, object, RegExp][] = [
  ['an unknown setting', { ...GOOD, speed: 3 }, /must not have additional properties \(speed\)/],
  ['a missing setting', { ...GOOD, commandKeyFile: undefined }, /commandKeyFile/],
  [
    'a port that is no port',
    { ...GOOD, listen: { host: 'x', port: 70_000 } },
    /listen\.port: is 70000; it must be <= 65535/,
  ],
  [
    'an address too long for the QR code',
    { ...GOOD, publicOrigin: `https://${'a'.repeat(50)}.example` },
    /publicOrigin .*at most 45/,
  ],
  [
    'plain http',
    { ...GOOD, publicOrigin: 'http://example.org' },
    /publicOrigin is "http:\/\/example.org"; accepted is https/,
  ],
  ['a frame with a path', { ...GOOD, frameOrigins: ['https://example.org/x'] }, /frameOrigins/],
  ['a time in words', { ...GOOD, times: { chipAnswerMs: '5s' } }, /times\.chipAnswerMs: is "5s"/],
  ['enrolment without anybody who issues', { ...GOOD, est: EST }, /^est needs identity/],
  ['no issuer', { ...GOOD, identity: { ...IDENTITY, issuers: [] } }, /identity\.issuers/],
  [
    'a certificate for no day',
    { ...GOOD, identity: { ...IDENTITY, certificateDays: 0 } },
    /identity\.certificateDays: is 0/,
  ],
  [
    'an enrolment address with a path',
    { ...GOOD, identity: IDENTITY, est: { ...EST, publicAddress: 'example.org/est' } },
    /est\.publicAddress: is "example\.org\/est"/,
  ],
  ['an unknown time', { ...GOOD, times: { chipAnswer: 5 } }, /chipAnswer/],
]
for (const [name, settings, message] of refused) {
  test(`${name} stops the start and is named`, () => {
    assert.throws(
      () => checkSettings(settings, '/'),
      (error) => error instanceof SettingsError && message.test(error.message),
    )
  })
}
