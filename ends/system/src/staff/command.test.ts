import assert from 'node:assert/strict'
import test from 'node:test'
import { parseStaffCommand } from './command.ts'

const CHIP = '00112233445566aa'
const good: readonly [string, object][] = [
  ['fleet apply fleet.json', { kind: 'fleet-apply', file: 'fleet.json' }],
  ['cases', { kind: 'cases' }],
  ['audit verify', { kind: 'audit-verify' }],
  [`payment ${'ab'.repeat(16)}`, { kind: 'payment', paymentId: 'ab'.repeat(16) }],
  [
    `free-start ${CHIP} 2 it ate the coin`,
    { kind: 'free-start', chipId: CHIP, productId: 2, reason: 'it ate the coin' },
  ],
  ['disable all', { kind: 'switch', enabled: false, target: { kind: 'all' } }],
  ['enable machine washer-1', { kind: 'switch', enabled: true, target: { kind: 'machine', id: 'washer-1' } }],
  ['disable merchant wash', { kind: 'switch', enabled: false, target: { kind: 'merchant', id: 'wash' } }],
  ['invite-owner ada@example.org', { kind: 'invite-owner', email: 'ada@example.org' }],
  [`revoke-chip ${CHIP}`, { kind: 'revoke-chip', chipId: CHIP }],
  [`release-chip ${CHIP}`, { kind: 'release-chip', chipId: CHIP, insist: false }],
  [`release-chip --insist ${CHIP}`, { kind: 'release-chip', chipId: CHIP, insist: true }],
  [`quarantine-lift ${CHIP}`, { kind: 'quarantine-lift', chipId: CHIP }],
  ['claim washer', { kind: 'claim', machineId: 'washer', replaces: false }],
  [
    `claim --chip ${CHIP} washer --replace`,
    { kind: 'claim', machineId: 'washer', replaces: true, chipId: CHIP },
  ],
]
for (const [line, command] of good) {
  test(`staff: ${line}`, () => {
    const parsed = parseStaffCommand(['--settings', 'system.json', ...line.split(' '), '--json'])
    assert.deepEqual(parsed, { ok: true, value: { settingsFile: 'system.json', json: true, command } })
  })
}

const bad = [
  '',
  'dance',
  'fleet',
  'fleet apply',
  'audit',
  'payment xyz',
  'free-start',
  `free-start ${CHIP} two`,
  'disable',
  'disable machine',
  'revoke-chip 1',
  'invite-owner',
  'invite-owner ada',
  'release-chip',
  'release-chip --insist',
  `release-chip ${CHIP} --force`,
  'claim',
  'claim a b',
  'claim washer --chip',
  'claim washer --chip 12',
  'claim --replace',
  'claim washer --force',
]
for (const line of bad) {
  test(`staff: "${line}" is misunderstood, in a sentence`, () => {
    const parsed = parseStaffCommand(['--settings', 'system.json', ...line.split(' ').filter(Boolean)])
    assert.equal(parsed.ok, false)
  })
}

test('staff: without settings nothing is done', () => {
  assert.deepEqual(parseStaffCommand(['cases']), { ok: false, error: 'Say which settings: --settings FILE.' })
})
