import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '#hosting/port.ts'
import { isRunning } from '#hosting/process-table.ts'
import { makeTemporaryFolder, type TemporaryFolder } from '#hosting/temporary-folder.ts'

const START_LIMIT_MS = 90_000
const POLL_MS = 50
const MAIN = path.join(import.meta.dirname, 'main.ts')

interface Started {
  readonly child: ChildProcess
  output(): string
}

function start(args: readonly string[], environment: Record<string, string>): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  return { child, output: () => output }
}

async function said(started: Started, words: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += POLL_MS) {
    if (started.output().includes(words)) return
    assert.ok(started.child.exitCode === null, `ended early: ${started.output()}`)
    await pause(POLL_MS)
  }
  assert.fail(`did not say "${words}": ${started.output()}`)
}

async function ended({ child }: Started): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit', { signal: AbortSignal.timeout(START_LIMIT_MS) })
  return child.exitCode
}

/** The first value of an event of the stage's stream that satisfies the condition. */
async function event(url: string, name: string, accepts: (data: string) => boolean): Promise<string> {
  const stream = await fetch(`${url}/events`, { signal: AbortSignal.timeout(START_LIMIT_MS) })
  assert.ok(stream.body)
  let text = ''
  for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (const [, found, data] of text.matchAll(/event: (\S+)\ndata: (.*)\n\n/g)) {
      if (found === name && data !== undefined && accepts(data)) return data
    }
  }
  return assert.fail('the stream ended')
}

describe('npm start', () => {
  let temporary: TemporaryFolder
  let environment: Record<string, string>
  let url: string

  before(async () => {
    temporary = await makeTemporaryFolder('stage')
    environment = { FARTHING_FOLDER: path.join(temporary.folder, 'house') }
    for (const name of ['STAGE', 'SYSTEM', 'BANK', 'BROKER', 'EST', 'POSTGRES']) {
      environment[`FARTHING_${name}_PORT`] = String(await freePort())
    }
    url = `http://localhost:${environment['FARTHING_STAGE_PORT'] ?? ''}`
  })
  after(() => temporary.remove())

  test('shows machines, acts on them from outside, stops cleanly and goes on afterwards', async () => {
    const first = start([], environment)
    try {
      await said(first, 'Ctrl-C stops everything')
      assert.match(first.output(), /A payment code of Washing machine 4/)
      const about = await (await fetch(`${url}/stage.json`)).text()
      assert.match(about, /"username":"ada"/)

      const act = (way: string, headers: Record<string, string> = {}) =>
        fetch(`${url}${way}`, { method: 'POST', headers: { origin: url, ...headers } })
      assert.equal(
        (await act('/machines/washer/unplug', { origin: 'https://elsewhere.example' })).status,
        403,
      )
      assert.equal((await act('/machines/washer/explode')).status, 404)
      assert.equal((await act('/machines/toaster/jam')).status, 404)
      assert.equal((await act('/machines/washer/unplug')).status, 200)
      await event(
        url,
        'machines',
        (data) => data.includes('"powered":false') && data.includes('"chipRuns":false'),
      )
      assert.equal((await act('/machines/washer/plug')).status, 200)
      await event(url, 'machines', (data) => data.includes('"kind":"code"'))
      assert.equal((await act('/machines/snacks/paste')).status, 200)
      await event(url, 'machines', (data) => data.includes('"pastedFrom":"chair"'))
      assert.equal((await act('/bank/silent')).status, 200)
      await event(url, 'bank', (data) => data === '"silent"')
      const history = await event(url, 'history', (data) => data.includes('"payment-code"'))
      assert.match(history, /"verified":true/)
    } finally {
      first.child.kill('SIGINT')
    }
    assert.equal(await ended(first), 0)
    assert.ok(first.child.pid !== undefined && !isRunning(first.child.pid))

    const second = start([], environment)
    await said(second, 'Ctrl-C stops everything')
    const password = (output: string) => /user ada, password (\S+)/.exec(output)?.[1]
    assert.equal(password(second.output()), password(first.output()))
    const third = start([], { ...environment, FARTHING_STAGE_PORT: '1' })
    assert.equal(await ended(third), 1)
    second.child.kill('SIGTERM')
    assert.equal(await ended(second), 0)

    const reset = start(['--reset'], environment)
    await said(reset, 'Ctrl-C stops everything')
    assert.notEqual(password(reset.output()), password(first.output()))
    reset.child.kill('SIGINT')
    assert.equal(await ended(reset), 0)
  })

  test('a port in use, a folder that cannot be written, a wrong port: one sentence', async () => {
    const holder = net.createServer()
    await new Promise<void>((resolve) => {
      holder.listen(Number(environment['FARTHING_BANK_PORT']), '127.0.0.1', resolve)
    })
    const taken = start([], environment)
    assert.equal(await ended(taken), 1)
    assert.match(taken.output(), /^Port \d+, for the bank, is in use: .*FARTHING_BANK_PORT\.\n$/)
    holder.close()

    const unwritable = start(['--folder', path.join(MAIN, 'below-a-file')], environment)
    assert.equal(await ended(unwritable), 1)
    assert.match(unwritable.output(), /cannot be written \(ENOTDIR\): name another folder\.\n$/)

    const wrong = start([], { ...environment, FARTHING_BANK_PORT: 'eighty' })
    assert.equal(await ended(wrong), 1)
    assert.match(wrong.output(), /^FARTHING_BANK_PORT is "eighty"; accepted is a port from 1 to 65535\.\n$/)
  })
})
