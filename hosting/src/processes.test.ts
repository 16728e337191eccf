import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openProcesses, type LogLine, type Processes } from './processes.ts'
import { isRunning } from './process-table.ts'

const LIMIT_MS = 10_000
const POLL_MS = 20

/** A process like those of Farthing: says ready, counts, stops on SIGTERM. */
const GOOD = `
process.on('SIGTERM', () => { console.log(JSON.stringify({ msg: 'bye' })); process.exit(0) })
console.log(JSON.stringify({ msg: 'ready', url: 'here', pid: process.pid }))
setInterval(() => {}, 1000)`
const BAD = `console.error('setting "port" is 0: not accepted'); process.exit(2)`

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += POLL_MS) {
    if (condition()) return
    await pause(POLL_MS)
  }
  assert.fail('did not happen in time')
}

describe('processes under watch', () => {
  let folder: string
  let processes: Processes
  const lines: [string, LogLine][] = []

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-processes-'))
    await writeFile(path.join(folder, 'good.mjs'), GOOD)
    await writeFile(path.join(folder, 'bad.mjs'), BAD)
    processes = await openProcesses(folder)
    processes.onLine((name, line) => lines.push([name, line]))
  })
  after(async () => {
    await processes.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const plan = (name: string, script: string, restart = false) => ({
    name,
    script: path.join(folder, script),
    settingsFile: path.join(folder, `${name}.json`),
    restart,
  })

  test('waits for the ready line, and stops cleanly', async () => {
    const one = await processes.start(plan('one', 'good.mjs'))
    assert.equal(one.ready()['url'], 'here')
    const pid = one.pid() ?? 0
    assert.ok(isRunning(pid))
    assert.deepEqual(await readdir(path.join(folder, 'pid')), ['one'])
    await one.stop()
    assert.ok(!isRunning(pid))
    await until(() => lines.some(([name, line]) => name === 'one' && line['msg'] === 'bye'))
  })

  test('a killed one stays down until it is started', async () => {
    const one = await processes.start(plan('killed', 'good.mjs', true))
    const pid = one.pid()
    await one.kill()
    assert.equal(one.isRunning(), false)
    await one.start()
    assert.notEqual(one.pid(), pid)
    await one.stop()
  })

  test('one that ends by itself is started again', async () => {
    const one = await processes.start(plan('again', 'good.mjs', true))
    const pid = one.pid() ?? 0
    process.kill(pid, 'SIGKILL')
    await until(() => one.pid() !== null && one.pid() !== pid)
    assert.ok(lines.some(([name, line]) => name === 'again' && line['msg'] === 'ended unexpectedly'))
    await one.stop()
  })

  test('one that does not start is told with its own last words', async () => {
    await assert.rejects(processes.start(plan('bad', 'bad.mjs')), /bad did not start: setting "port" is 0/)
  })

  test('a suspended one still stops', async () => {
    const one = await processes.start(plan('suspended', 'good.mjs'))
    one.suspend()
    await one.stop()
    assert.equal(one.isRunning(), false)
  })

  test('what a killed house left behind is swept up by the next', async () => {
    const one = await processes.start(plan('left', 'good.mjs'))
    const pid = one.pid() ?? 0
    await openProcesses(folder)
    assert.ok(!isRunning(pid))
  })
})
