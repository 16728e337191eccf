import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownName } from './network-name.ts'
import { arranged, isUsable, strengthOf } from './networks.ts'
import type { SeenNetwork } from './setup.ts'

const seen = (ssid: string, strengthPercent: number, security: SeenNetwork['security'] = 'wpa-personal') => ({
  ssid,
  strengthPercent,
  security,
})

test('usable networks first, strongest first, each once', () => {
  const names = arranged([
    seen('Office', 90, 'wpa-enterprise'),
    seen('Flat', 20),
    seen('Laundry', 40),
    seen('Laundry', 80),
    seen('Laundry', 85, 'open'),
    seen('', 99),
    seen('Old', 95, 'wep'),
  ]).map(({ ssid, strengthPercent }) => `${ssid} ${String(strengthPercent)}`)
  assert.deepEqual(names, ['Laundry 85', 'Laundry 80', 'Flat 20', 'Old 95', 'Office 90'])
})

test('what asks for more than a password, or is broken, is not usable', () => {
  assert.deepEqual(
    (['open', 'wpa-personal', 'wpa-enterprise', 'wep'] as const).map((security) =>
      isUsable(seen('x', 1, security)),
    ),
    [true, true, false, false],
  )
})

test('strength in words', () => {
  assert.deepEqual([100, 60, 59, 35, 34, 0].map(strengthOf), [
    'strong',
    'strong',
    'fair',
    'fair',
    'weak',
    'weak',
  ])
})

test('a name that hides or turns things shows that it does', () => {
  assert.equal(shownName('Laundry 洗衣房'), '\u2068Laundry 洗衣房\u2069')
  assert.equal(shownName('a\u202eb\u200bc\nd\u0000e'), '\u2068a□b□c□d□e\u2069')
  assert.equal(shownName('\u2069 out'), '\u2068□ out\u2069')
  assert.equal(shownName('<img src=x onerror=alert(1)>'), '\u2068<img src=x onerror=alert(1)>\u2069')
})
