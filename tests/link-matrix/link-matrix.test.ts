import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const LIMIT_MS = 120_000
const ATTEMPTS_AT_LEAST = 80

test('no way in which chip A acts as chip B is accepted, and none is refused silently', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['tests/link-matrix/main.ts', '--json'], {
    timeout: LIMIT_MS,
  })
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>
  const { attempts = 0 } = result
  assert.ok(attempts >= ATTEMPTS_AT_LEAST)
  assert.deepEqual(result, { attempts, refused: attempts, accepted: 0, silent: 0 })
})
