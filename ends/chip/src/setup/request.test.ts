import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readMachineTry, readProof, readSetUp } from './request.ts'
import { formatSystemAddress, parseSystemAddress } from './system-address.ts'

const DRIVERS = [{ id: 'simulated', name: 'Simulated machine', wiring: [{ id: 'wire', name: 'Wire' }] }]
const AROUND = { drivers: DRIVERS, owner: undefined }
const OWNED = { drivers: DRIVERS, owner: { host: 'pay.example.org', port: 443 } }
const WIFI = { kind: 'wifi', ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }
const SYSTEM = { address: 'pay.example.org:8443', claimCode: '7K2QF-9XM4D' }
const MACHINE = { driver: 'simulated', wiring: 'wire' }
const SECRET = 'sécret-📶-password'

const network = (change: object) => ({ network: { ...WIFI, ...change }, system: SYSTEM, machine: MACHINE })
const system = (change: object) => ({ network: WIFI, system: { ...SYSTEM, ...change }, machine: MACHINE })
const machine = (change: object) => ({ network: WIFI, system: SYSTEM, machine: { ...MACHINE, ...change } })

describe('what a set-up asks for', () => {
  const accepted: Record<string, [unknown, object]> = {
    'a network with a password': [network({}), WIFI],
    'an open network': [network({ passphrase: undefined }), { kind: 'wifi', ssid: 'Laundry', hidden: false }],
    'an empty password is none': [
      network({ passphrase: '' }),
      { kind: 'wifi', ssid: 'Laundry', hidden: false },
    ],
    'a cable': [{ ...network({}), network: { kind: 'ethernet' } }, { kind: 'ethernet' }],
    'a name of 32 bytes': [network({ ssid: 'é'.repeat(16) }), { ...WIFI, ssid: 'é'.repeat(16) }],
    'a name of blanks': [network({ ssid: '  ' }), { ...WIFI, ssid: '  ' }],
    'a password of 8': [network({ passphrase: '12345678' }), { ...WIFI, passphrase: '12345678' }],
    'a password of 63': [network({ passphrase: '~'.repeat(63) }), { ...WIFI, passphrase: '~'.repeat(63) }],
    'a key of 64 hex digits': [
      network({ passphrase: 'Ab'.repeat(32) }),
      { ...WIFI, passphrase: 'Ab'.repeat(32) },
    ],
  }
  for (const [name, [body, expected]] of Object.entries(accepted)) {
    test(`${name}: accepted`, () => {
      assert.deepEqual(readSetUp(body, AROUND), {
        ok: true,
        value: {
          network: expected,
          address: { host: 'pay.example.org', port: 8443 },
          claimCode: '7K2QF-9XM4D',
          machine: MACHINE,
        },
      })
    })
  }

  const refused: Record<string, [unknown, string, string | undefined]> = {
    nothing: [undefined, 'field-missing', undefined],
    'a list': [[], 'field-malformed', undefined],
    'an empty object': [{}, 'field-missing', 'network'],
    'a field too many': [{ ...network({}), more: 1 }, 'field-malformed', 'more'],
    'a field too many inside': [network({ more: 1 }), 'field-malformed', 'network.more'],
    'another kind of network': [network({ kind: 'lora' }), 'field-malformed', 'network.kind'],
    'a cable with a password': [
      { ...network({}), network: { kind: 'ethernet', passphrase: SECRET } },
      'field-malformed',
      'network.passphrase',
    ],
    'no name': [network({ ssid: '' }), 'field-missing', 'network.ssid'],
    'a name that is a number': [network({ ssid: 7 }), 'field-malformed', 'network.ssid'],
    'a name of 33 bytes': [network({ ssid: 'x'.repeat(33) }), 'ssid-too-long', 'network.ssid'],
    'a name of 33 bytes in 11 characters': [
      network({ ssid: '店'.repeat(11) }),
      'ssid-too-long',
      'network.ssid',
    ],
    'half a character': [network({ ssid: '\ud83d' }), 'field-malformed', 'network.ssid'],
    'a name with a zero': [network({ ssid: 'a\0b' }), 'field-malformed', 'network.ssid'],
    'hidden, in words': [network({ hidden: 'yes' }), 'field-malformed', 'network.hidden'],
    'a password with an emoji': [
      network({ passphrase: SECRET }),
      'passphrase-characters',
      'network.passphrase',
    ],
    'a password with a new line': [
      network({ passphrase: '12345678\n' }),
      'passphrase-characters',
      'network.passphrase',
    ],
    'a password of 7': [network({ passphrase: '1234567' }), 'passphrase-length', 'network.passphrase'],
    'a password of 64 that is no key': [
      network({ passphrase: 'g'.repeat(64) }),
      'passphrase-length',
      'network.passphrase',
    ],
    'a password that is a number': [
      network({ passphrase: 12345678 }),
      'field-malformed',
      'network.passphrase',
    ],
    'no system': [{ network: WIFI, machine: MACHINE }, 'field-missing', 'system'],
    'no address': [system({ address: undefined }), 'field-missing', 'system.address'],
    'no claim code': [system({ claimCode: undefined }), 'field-missing', 'system.claimCode'],
    'another driver': [machine({ driver: 'steam' }), 'driver-unknown', 'machine.driver'],
    'another wiring': [machine({ wiring: 'rope' }), 'wiring-unknown', 'machine.wiring'],
    'no wiring': [machine({ wiring: undefined }), 'field-missing', 'machine.wiring'],
  }
  for (const [name, [body, code, field]] of Object.entries(refused)) {
    test(`${name}: ${code}`, () => {
      const read = readSetUp(body, AROUND)
      assert.ok(!read.ok)
      assert.equal(read.error.code, code)
      assert.equal(read.error.field, field)
      assert.ok(read.error.message.length > 0)
      assert.ok(!JSON.stringify(read.error).includes(SECRET))
    })
  }

  const paths = [
    'https://pay.example.org',
    'pay.example.org/path',
    'me@pay.example.org',
    'pay.example.org?x',
    'pay example',
    ':8443',
    'pay.example.org:',
    'pay.example.org:0',
    'pay.example.org:65536',
    'pay..org',
    '-pay.org',
    'pay-.org',
    `${'x'.repeat(64)}.org`,
    '10.0.0',
    '10.0.0.256',
    '0x7f.1',
    '[::1',
    '::1',
    '[fe80::1%eth0]',
    'pay.example.org#x',
    'pay.example.org\\x',
    `${'x.'.repeat(127)}example`,
    '例え。テスト/',
  ]
  for (const address of paths) {
    test(`the address ${address.slice(0, 40)}: refused`, () => {
      const read = readSetUp(system({ address }), AROUND)
      assert.ok(!read.ok)
      assert.equal(read.error.code, 'address-malformed')
    })
  }

  test('addresses that are accepted', () => {
    const good: [string, string, number][] = [
      ['pay.example.org', 'pay.example.org', 443],
      [' Pay.Example.ORG:8443 ', 'pay.example.org', 8443],
      ['localhost:8443', 'localhost', 8443],
      ['10.0.0.7:1', '10.0.0.7', 1],
      ['[2001:db8::1]:8443', '2001:db8::1', 8443],
      ['münchen.example', 'xn--mnchen-3ya.example', 443],
    ]
    for (const [given, host, port] of good) {
      assert.deepEqual(parseSystemAddress(given), { ok: true, value: { host, port } }, given)
      assert.deepEqual(parseSystemAddress(formatSystemAddress({ host, port })), {
        ok: true,
        value: { host, port },
      })
    }
  })

  test('claim codes as people write them', () => {
    for (const claimCode of ['7k2qf9xm4d', '7K2QF 9XM4D', '7k2qf–9xm4d', ' 7K2-QF9-XM4D ']) {
      const read = readSetUp(system({ claimCode }), AROUND)
      assert.ok(read.ok)
      assert.equal(read.value.claimCode, '7K2QF-9XM4D')
    }
    const alike = readSetUp(system({ claimCode: 'oOiIlL00II' }), AROUND)
    assert.ok(alike.ok)
    assert.equal(alike.value.claimCode, '00111-10011')
    for (const claimCode of ['7K2QF-9XM4', '7K2QF-9XM4DD', '7K2QF-9XM4U', '7K2QF-9XM4é', '-'.repeat(200)]) {
      const read = readSetUp(system({ claimCode }), AROUND)
      assert.ok(!read.ok)
      assert.equal(read.error.code, 'claim-code-malformed')
    }
  })

  test('a chip with an owner needs no claim code, and may be given one', () => {
    const kept = readSetUp({ network: WIFI, machine: MACHINE }, OWNED)
    assert.ok(kept.ok)
    assert.deepEqual(kept.value, { network: WIFI, address: OWNED.owner, machine: MACHINE })
    const claimed = readSetUp(network({}), OWNED)
    assert.ok(claimed.ok)
    assert.equal(claimed.value.claimCode, '7K2QF-9XM4D')
  })

  test('whatever is sent is accepted or told to be wrong, and never thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ network: fc.anything(), system: fc.anything(), machine: fc.anything() }),
          fc.string().map((address) => system({ address })),
          fc.string().map((passphrase) => network({ passphrase })),
        ),
        (body) => {
          for (const read of [readSetUp(body, AROUND), readMachineTry(body, DRIVERS), readProof(body)]) {
            if (!read.ok) assert.ok(read.error.message.length > 0)
          }
        },
      ),
    )
  })
})
