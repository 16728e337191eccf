import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type Bench, HOME, ORDER, PROOF, startBench } from '../bench.suite.ts'
import { Terminal } from './terminal.ts'

const COMMAND = path.resolve(import.meta.dirname, '../command.ts')
const SECRETS = [HOME.passphrase, PROOF, ORDER.system.claimCode]

let bench: Bench
let folder: string
let child: ChildProcess | undefined
beforeEach(async () => {
  bench = await startBench()
  folder = await mkdtemp(path.join(tmpdir(), 'farthing-command-'))
})
afterEach(async () => {
  child?.kill()
  child = undefined
  await bench.close()
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly code: number | null
  readonly out: string
}

/** Runs the command with what is typed, while the chip's time passes. */
async function farthing(args: readonly string[], typed: readonly string[] = []): Promise<Run> {
  const started = spawn(process.execPath, [COMMAND, ...args], { stdio: 'pipe' })
  child = started
  let out = ''
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (out += String(chunk)))
  const exited = once(started, 'exit')
  started.stdin.on('error', () => {})
  started.stdin.end(typed.map((line) => `${line}\n`).join(''))
  // A process takes long to start: as much time passes for the chip as for it, or set-up mode would close.
  await bench.until('ended', () => started.exitCode !== null, 1)
  await exited
  return { code: started.exitCode, out }
}

const here = () => ['chip', 'setup', '--at', `http://127.0.0.1:${String(bench.setUp.port)}`]

async function fromFile(given: unknown): Promise<Run> {
  const file = path.join(folder, 'set-up.json')
  await writeFile(file, typeof given === 'string' ? given : JSON.stringify(given))
  return farthing([...here(), '--file', file])
}

describe('farthing chip setup', () => {
  test('by questions and answers, with a wrong proof and a wrong password on the way', async () => {
    const first = ['r', '1', 'dirty clothes', ORDER.system.address, ORDER.system.claimCode, 'y']
    const second = ['1', HOME.passphrase, '', ORDER.system.claimCode, 'n']
    const { code, out } = await farthing(here(), ['AAAA-AAAA', PROOF, ...first, ...second])
    assert.equal(code, 0, out)
    assert.match(out, /not the proof/)
    assert.match(out, /1\) Laundry {2}70 % {2}wpa-personal/)
    assert.match(out, /The machine answers: ready/)
    assert.match(out, /The network refused the password/)
    assert.match(out, /done: the system has answered\nDone/)
    assert.equal(bench.system.orders[0]?.claimCode, ORDER.system.claimCode)
    assert.equal(bench.system.orders[0]?.address.host, 'pay.example.org')
    assert.ok(!out.includes('\u001b'), 'no colour and no cursor')
    for (const secret of SECRETS) assert.ok(!out.includes(secret))
  })

  test('a field that the chip does not take is told, and asked for again', async () => {
    const first = ['h', 'x'.repeat(33), '', 'https://pay.example.org/', 'AAAAA-AAAAA', 'n']
    const second = ['1', HOME.passphrase, ORDER.system.address, ORDER.system.claimCode, 'n']
    const { code, out } = await farthing(here(), [PROOF, ...first, ...second])
    assert.equal(code, 0, out)
    assert.match(out, /network\.ssid: This name takes 33 bytes/)
  })

  const script = '/usr/bin/script'
  const without = existsSync(script) ? false : 'needs script(1) for a terminal'
  test('in a real terminal, what is secret is not shown as it is typed', { skip: without }, async () => {
    const command = [process.execPath, COMMAND, ...here()].join(' ')
    const started = spawn(script, ['--quiet', '--return', '--command', command, '/dev/null'], {
      stdio: 'pipe',
    })
    child = started
    let out = ''
    started.stdout.on('data', (chunk) => (out += String(chunk)))
    const answer = async (question: string, typed: string): Promise<void> => {
      await bench.until(question, () => out.trimEnd().endsWith(question), 1)
      started.stdin.write(`${typed}\r`)
    }
    await answer('tries left):', PROOF)
    await answer('Which?', '1')
    await answer('Password of Laundry:', HOME.passphrase)
    await answer('Address of the system:', ORDER.system.address)
    await answer('Claim code:', ORDER.system.claimCode)
    await answer('(y/N)', 'n')
    await bench.until('ended', () => started.exitCode !== null, 1)
    assert.equal(started.exitCode, 0, out)
    assert.match(out, /Address of the system: pay\.example\.org:8443/)
    for (const secret of SECRETS) assert.ok(!out.includes(secret), out)
  })

  test('from a file', async () => {
    const { code, out } = await fromFile({ proof: PROOF, ...ORDER })
    assert.equal(code, 0, out)
    assert.match(out, /done: network joined\n[\s\S]*Done/)
    for (const secret of SECRETS) assert.ok(!out.includes(secret))
  })

  test('from a file, through a cable, where the radio could not hold both', async () => {
    await bench.close()
    bench = await startBench({ holdsBoth: false })
    bench.air.plugCable('internet')
    const { code, out } = await fromFile({ proof: PROOF, ...ORDER, network: { kind: 'ethernet' } })
    assert.equal(code, 0, out)
  })

  test('a file that is wrong: told, without its secrets, and nothing was begun', async () => {
    const network = { ...ORDER.network, ssid: 'x'.repeat(33) }
    const wrong: [unknown, RegExp][] = [
      [`{"proof": "${PROOF}", "passphrase": "${HOME.passphrase}",,`, /this is not JSON/],
      ['[]', /has to be an object/],
      [{ ...ORDER }, /proof: This is needed/],
      [{ proof: 'AAAA-AAAA', ...ORDER }, /not the proof/],
      [{ proof: PROOF, ...ORDER, network }, /network\.ssid/],
      [{ proof: PROOF, network: ORDER.network }, /system: Missing/],
    ]
    for (const [given, words] of wrong) {
      const { code, out } = await fromFile(given)
      assert.equal(code, 1, out)
      assert.match(out, words)
      for (const secret of SECRETS) assert.ok(!out.includes(secret))
    }
    assert.deepEqual(bench.system.asked, [])
  })

  test('what failed is told with what to do', async () => {
    bench.system.fails.set('enrol', 'claim-expired')
    const { code, out } = await fromFile({ proof: PROOF, ...ORDER })
    assert.equal(code, 1)
    assert.match(out, /not done: identity received \(claim-expired\)\nThis claim code has expired/)
  })

  test('closed, or nobody there: the way back is told', async () => {
    bench.clock.advance(600_000)
    const closed = await fromFile({ proof: PROOF, ...ORDER })
    assert.equal(closed.code, 1)
    assert.match(closed.out, /Hold the chip’s button/)
    const nobody = await farthing(['chip', 'setup', '--at', 'http://127.0.0.1:9'])
    assert.equal(nobody.code, 1)
    assert.match(nobody.out, /No chip in set-up mode answers there/)
  })

  test('the keyboard ends: it does too', async () => {
    assert.equal((await farthing(here(), [PROOF, '1'])).code, 1)
  })

  test('help; and what it does not know, a password as an argument among it', async () => {
    const help = await farthing(['help'])
    assert.equal(help.code, 0)
    assert.match(help.out, /farthing chip setup/)
    const passwords = [...here(), '--passphrase', HOME.passphrase]
    for (const args of [[], ['chip'], ['chip', 'boil'], passwords, ['chip', 'setup', '--at', 'ftp://x']])
      assert.equal((await farthing(args)).code, 2, args.join(' '))
  })
})

describe('a terminal', () => {
  function terminal(isTTY: boolean) {
    const raw: boolean[] = []
    const output = new PassThrough()
    // Too late once the question stands there.
    const setRawMode = (on: boolean) => raw.push(on && output.readableLength === 0)
    const input = Object.assign(new PassThrough(), { isTTY, setRawMode })
    return { input, output, raw, terminal: new Terminal(input, output) }
  }

  test('does not show what is hidden, and lets it be mended', async () => {
    const { input, output, raw, terminal: one } = terminal(true)
    const answer = one.askHidden('Password: ')
    input.write('cleaner\u007f\u007fn clothes\r')
    assert.equal(await answer, 'cleann clothes')
    assert.deepEqual(raw, [true, false])
    assert.equal(String(output.read()), 'Password: \n')
  })

  test('characters that come in pieces', async () => {
    const { input, terminal: one } = terminal(false)
    const answer = one.ask('Name: ')
    const bytes = Buffer.from('洗衣店☕\nnext\r\n')
    for (const byte of bytes) input.write(Buffer.from([byte]))
    assert.equal(await answer, '洗衣店☕')
    assert.equal(await one.ask('And: '), 'next')
  })

  test('an interrupt and the end of input end it', async () => {
    const interrupted = terminal(true)
    const answer = interrupted.terminal.askHidden('Password: ')
    interrupted.input.write('abc\u0003')
    assert.equal(await answer, undefined)
    assert.deepEqual(interrupted.raw, [true, false])
    const ended = terminal(false)
    const last = ended.terminal.ask('Name: ')
    ended.input.end('no new line')
    assert.equal(await last, 'no new line')
    assert.equal(await ended.terminal.ask('More: '), undefined)
  })
})
