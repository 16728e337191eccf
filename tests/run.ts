import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

/**
 * `npm test`: all tests. Those beside the code first, two files at a time; then those that start a whole house of
 * processes or a browser, one file after the other, since they use the machine fully. Names given on the
 * command line choose: `npm test -- transition` runs the files whose path has that in it.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
/** Of every other folder the tests need not have the machine for themselves. */
const WHOLE_HOUSE = [
  'tests/smoke/',
  'tests/faults/',
  'tests/est/',
  'tests/evidence/',
  'tests/installer/',
  'tests/kill/',
  'tests/rotation/',
  'tests/browser/',
]
const FILES_AT_ONCE = 2

const wanted = process.argv.slice(2)
const files = globSync('**/*.test.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] })
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .sort()
const needsAll = (file: string): boolean => WHOLE_HOUSE.some((folder) => file.startsWith(folder))

async function run(some: readonly string[], atOnce: number): Promise<boolean> {
  if (some.length === 0) return true
  const args = ['hosting/src/test-run.ts', `--test-concurrency=${String(atOnce)}`, ...some]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  await once(child, 'exit')
  return child.exitCode === 0
}

if (files.length === 0) {
  console.error(`no test file has ${wanted.join(' or ')} in its path`)
  process.exit(1)
}
const beside = files.filter((file) => !needsAll(file))
const whole = WHOLE_HOUSE.flatMap((folder) => files.filter((file) => file.startsWith(folder)))
const results = [await run(beside, FILES_AT_ONCE), await run(whole, 1)]
process.exitCode = results.every(Boolean) ? 0 : 1
