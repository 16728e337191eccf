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
const BESIDE_CODE = [
  'protocol',
  'ends',
  'hosting',
  'stage',
  'simulation',
  'benchmarks',
  'tests/boundaries',
  'tests/smoke',
]
const WHOLE_HOUSE = ['tests/smoke', 'tests/faults', 'tests/kill', 'tests/browser', 'tests/installer']
const FILES_AT_ONCE = 2

function filesIn(folders: readonly string[], wanted: readonly string[]): string[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: ROOT }))
  return files
    .filter((file) => !file.includes('node_modules'))
    .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
    .sort()
}

async function run(files: readonly string[], atOnce: number): Promise<boolean> {
  if (files.length === 0) return true
  const args = ['hosting/src/test-run.ts', `--test-concurrency=${String(atOnce)}`, ...files]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
  await once(child, 'exit')
  return child.exitCode === 0
}

const wanted = process.argv.slice(2)
const beside = filesIn(BESIDE_CODE, wanted)
const whole = filesIn(WHOLE_HOUSE, wanted)
if (beside.length + whole.length === 0) {
  console.error(`no test file has ${wanted.join(' or ')} in its path`)
  process.exit(1)
}
const results = [await run(beside, FILES_AT_ONCE), await run(whole, 1)]
process.exitCode = results.every(Boolean) ? 0 : 1
