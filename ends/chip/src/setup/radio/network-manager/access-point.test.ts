import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessPoint, nameOf, networksOf, securityOf } from './access-point.ts'
import { announced, type MockNetwork } from './mock-air.suite.ts'

function point(
  name: string | undefined,
  strengthPercent: number,
  security: AccessPoint['security'] = 'open',
): AccessPoint {
  const ssid = Buffer.from(name ?? '')
  return { path: '/', ssid, name, strengthPercent, security, saeOnly: false, oweOnly: false }
}

for (const [security, seen] of [
  ['open', 'open'],
  ['owe', 'open'],
  ['wep', 'wep'],
  ['wpa-personal', 'wpa-personal'],
  ['wpa2-wpa3', 'wpa-personal'],
  ['wpa3-personal', 'wpa-personal'],
  ['wpa-enterprise', 'wpa-enterprise'],
] as const satisfies readonly (readonly [MockNetwork['security'], AccessPoint['security']])[]) {
  test(`what ${security} announces is ${seen}`, () => {
    const { flags, wpa, rsn } = announced({ ssid: 'x', security })
    assert.equal(securityOf(wpa | rsn, flags), seen)
  })
}

test('many stations of one name are one network, with the strength of the strongest; strongest first', () => {
  assert.deepEqual(
    networksOf([
      point('Laundry', 30, 'wpa-personal'),
      point('Café', 50),
      point('Laundry', 80, 'wpa-personal'),
    ]),
    [
      { ssid: 'Laundry', strengthPercent: 80, security: 'wpa-personal' },
      { ssid: 'Café', strengthPercent: 50, security: 'open' },
    ],
  )
})

test('a station without a name is in no list', () => {
  assert.deepEqual(networksOf([point(undefined, 90)]), [])
  assert.equal(nameOf(Buffer.alloc(0)), undefined)
  assert.equal(nameOf(Buffer.alloc(7)), undefined)
})

test('names in UTF-8, in GB 18030, and in nothing that can be shown', () => {
  assert.equal(nameOf(Buffer.from('洗衣店')), '洗衣店')
  // 洗衣店 in GB 18030
  assert.equal(nameOf(Buffer.from('cfb4d2c2b5ea', 'hex')), '洗衣店')
  assert.equal(nameOf(Buffer.from('ff00fe', 'hex')), undefined)
  assert.equal(nameOf(Buffer.from('b5ea'.repeat(16), 'hex')), undefined, '48 bytes once it is in UTF-8')
})
