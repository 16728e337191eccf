import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const MAIN = path.join(import.meta.dirname, 'main.ts')
const LIMIT_MS = 240_000

test('a short smoke run: payers side by side, a third of them in trouble, and no invariant broken', {
  timeout: LIMIT_MS,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--payments', '24', '--json'], {
    timeout: LIMIT_MS,
  })
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>
  assert.equal(result['violations'], 0)
  assert.equal(result['open'], 0)
  assert.equal(result['payments'], 24)
  assert.ok((result['delivered'] ?? 0) > 0, 'something was delivered')
  assert.ok((result['refunded'] ?? 0) + (result['partlyRefunded'] ?? 0) > 0, 'something went back')
})

test('a number of payments that is none is told in one sentence', async () => {
  const run = promisify(execFile)(process.execPath, [MAIN, '--payments', 'many'])
  await assert.rejects(run, (error: { code?: number; stderr?: string }) => {
    assert.equal(error.code, 2)
    assert.match(error.stderr ?? '', /^--payments is many; accepted is a whole number from 1 to 100000\.\n$/)
    return true
  })
})
