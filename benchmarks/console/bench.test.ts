import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchConsole } from './bench.ts'
import { QUERIES } from './queries.ts'

const PAYMENTS = 3000

/** That the command works and asks everything; how fast is what `npm run bench:console` says. */
test('every query of the console is asked of both fleets', async () => {
  const lines: string[] = []
  const benched = await benchConsole({ payments: PAYMENTS, repetitions: 1, tell: (line) => lines.push(line) })
  assert.equal(benched.payments, PAYMENTS)
  assert.deepEqual(
    benched.measured.map(({ name, asker }) => `${asker}: ${name}`),
    QUERIES.map(({ name, asker }) => `${asker}: ${name}`),
  )
  assert.ok(QUERIES.every(({ name }) => lines.some((line) => line.includes(name))))
})
