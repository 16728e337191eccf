import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { type RunningBroker, startBroker } from '#broker/broker.ts'
import { type Authority, openAuthority } from '#hosting/certificate.ts'
import { revocationList } from '#hosting/revocation-list.ts'
import { connectBoard } from '#machine/simulated/board.ts'
import { Thing } from '#machine/simulated/thing.ts'
import { startWireServer, type WireServer } from '#machine/simulated/wire-server.ts'
import {
  ChipId,
  type Command,
  CommandId,
  currencyOf,
  type DownMessage,
  EVERY_CHIP_UP,
  hashCode,
  type Message,
  MESSAGES,
  Nonce,
  open,
  openAs,
  parsePaymentOrigin,
  parsePaymentUrl,
  PaymentId,
  seal,
  topicOf,
  type UpMessage,
} from '#protocol'
import { generateNodeKeys, nodeSigner, nodeVerifier, sha256 } from '#protocol/node-keys.ts'
import { REVOCATIONS } from '#protocol/topic.ts'
import { connect, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { readJournal } from './journal-file.ts'
import { hostClock } from './node-ports.ts'

const CHIP = ChipId.of('00000000000000c1')
const LIMIT_MS = 15_000
const LOOK_MS = 10
const KILLS = 12
const KILL_STEP_MS = 20
const MAIN = path.join(import.meta.dirname, 'main.ts')
const EUR = currencyOf('EUR')

async function until<Value>(what: string, look: () => Value | undefined): Promise<Value> {
  const endMs = Date.now() + LIMIT_MS
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function parseObject(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json)
  assert.ok(typeof value === 'object' && value !== null)
  return { ...value }
}

function isUp(message: Message): message is UpMessage {
  return MESSAGES[message.name].direction === 'up' && message.name !== 'payment-code'
}

describe('the process of a chip, on a real broker and a real wire', () => {
  const systemKeys = generateNodeKeys('EdDSA')
  const chipKeys = generateNodeKeys('ES256')
  const system = nodeSigner(systemKeys.privateKeyPem, { withKid: true })
  const chipKey = nodeVerifier(chipKeys.spki)
  const heard: UpMessage[] = []
  const lines: Record<string, unknown>[] = []
  let folder: string
  let settingsFile: string
  let authority: Authority
  let broker: RunningBroker
  let wire: WireServer
  let thing: Thing
  let client: MqttClient
  let chip: ChildProcess | undefined

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-chip-'))
    authority = await openAuthority(path.join(folder, 'ca'))
    const server = await authority.server('broker')
    broker = await startBroker(
      {
        listen: { host: '127.0.0.1', port: 0 },
        caFile: authority.caFile,
        issuerFiles: authority.issuing().map(({ certificateFile }) => certificateFile),
        ...server,
      },
      pino({ level: 'silent' }),
    )
    wire = await startWireServer(0)
    thing = new Thing(
      {
        metered: false,
        evidence: 'sensor',
        resumesByItself: false,
        display: true,
        button: false,
        lamp: false,
        engravedNumber: '',
        unitDurationMs: 50,
        stockUnits: null,
        coinUnits: 0,
      },
      { clock: hostClock(), random: Math.random },
    )
    connectBoard(thing, wire.end)
    const own = await authority.client(CHIP)
    const at = (name: string): string => path.join(folder, name)
    await writeFile(at('chip-key.pem'), chipKeys.privateKeyPem)
    const spki = Buffer.from(systemKeys.spki).toString('base64')
    await writeFile(at('system.pem'), `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`)
    settingsFile = at('settings.json')
    await writeFile(
      settingsFile,
      JSON.stringify({
        chipId: CHIP,
        keyFile: at('chip-key.pem'),
        certificateFile: own.certificateFile,
        tlsKeyFile: own.keyFile,
        caFile: authority.caFile,
        systemKeyFiles: [at('system.pem')],
        brokerUrl: `mqtts://localhost:${String(broker.port)}`,
        journalFolder: at('journal'),
        wire: { host: '127.0.0.1', port: wire.port },
        paymentOrigin: 'http://localhost:8080',
        codes: 'displayed',
        times: { endScreenMs: 100, outcomeFirstPauseMs: 200 },
        linkTimes: { firstPauseMs: 50, longestPauseMs: 500 },
      }),
    )
    await connectSystem()
  })

  after(async () => {
    await killChip()
    client.end(true)
    await wire.close()
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function dial(commonName: string, clientId: string): Promise<MqttClient> {
    const files = await authority.client(commonName)
    return connect({
      protocol: 'mqtts',
      host: 'localhost',
      port: broker.port,
      cert: await readFile(files.certificateFile),
      key: await readFile(files.keyFile),
      ca: await readFile(authority.caFile),
      protocolVersion: 4,
      clientId,
      reconnectPeriod: 0,
    })
  }

  async function connectSystem(): Promise<void> {
    client = await dial('system', 'system-1')
    await new Promise((resolve) => client.once('connect', resolve))
    await client.subscribeAsync(EVERY_CHIP_UP, { qos: 1 })
    const [issuing] = authority.issuing()
    assert.ok(issuing)
    await client.publishAsync(REVOCATIONS, await revocationList(issuing, { number: 1 }), { qos: 1 })
    client.on('message', (_topic, bytes) => {
      const opened = open(new Uint8Array(bytes))
      assert.ok(opened.ok)
      const verified = opened.value.verify([chipKey])
      assert.ok(verified.ok && opened.value.claim.direction === 'up')
      if (isUp(verified.value)) heard.push(verified.value)
    })
  }

  function start(): void {
    const child = spawn(process.execPath, [MAIN, '--settings', settingsFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    chip = child
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(parseObject(line))
    })
  }

  async function killChip(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = chip
    chip = undefined
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null
    child.kill(signal)
    await once(child, 'exit')
    return child.exitCode
  }

  const say = (message: DownMessage): void => {
    client.publish(topicOf(CHIP, 'down'), Buffer.from(seal(message, system)), { qos: 1 })
  }
  const hears = <Name extends UpMessage['name']>(name: Name, from = 0) =>
    until(name, () => heard.slice(from).find((m): m is Extract<UpMessage, { name: Name }> => m.name === name))
  const shows = (kind: string) =>
    until(`screen ${kind}`, () =>
      thing.panel.view().screen.kind === kind ? thing.panel.view().screen : undefined,
    )

  /** Claims a code, and returns the command that payment would bring. */
  async function claim(url: string): Promise<Command> {
    const origin = parsePaymentOrigin('http://localhost:8080')
    assert.ok(origin.ok)
    const link = parsePaymentUrl(url, origin.value)
    assert.ok(link.ok && link.value.kind === 'code')
    const code = openAs('payment-code', link.value.code, () => [chipKey])
    assert.ok(code.ok)
    const paymentId = PaymentId.fromBytes(randomBytes(16))
    const commandId = CommandId.fromBytes(randomBytes(16))
    const from = heard.length
    say({
      name: 'check',
      chipId: CHIP,
      paymentId,
      nonce: Nonce.fromBytes(randomBytes(16)),
      round: 1,
      codeHash: hashCode(link.value.code, sha256),
      counter: code.value.counter,
      amountMinor: code.value.amountMinor,
      currency: code.value.currency,
      tariffVersion: code.value.tariffVersion,
      units: 3,
      reserveMs: 20_000,
      presence: 'words',
      presenceText: 'amber fox',
    })
    const answer = await hears('check-answer', from)
    assert.equal(answer.verdict, 'ready')
    assert.equal((await shows('words')).text, 'amber fox')
    return {
      name: 'command',
      chipId: CHIP,
      commandId,
      paymentId,
      boot: answer.boot,
      deadlineMs: answer.monotonicMs + 10_000,
      grant: 'paid',
      productId: 1,
      units: 3,
      maxDurationS: 30,
    }
  }

  async function payFor(url: string): Promise<Command> {
    const command = await claim(url)
    const from = heard.length
    say(command)
    await hears('started', from)
    return command
  }

  test('sells, runs, is killed in mid-run, and tells what was delivered', async () => {
    start()
    const hello = await hears('hello')
    assert.equal(hello.tariffVersion, 0)
    say({
      name: 'tariff',
      chipId: CHIP,
      tariffVersion: 7,
      currency: EUR,
      validFromS: 0,
      products: [
        {
          id: 1,
          name: 'Wash',
          mode: 'sale',
          priceMinor: 250n,
          units: 3,
          unit: 'minute',
          holdMinor: 0n,
          maxDurationS: 30,
        },
      ],
    })

    const first = await shows('code')
    const before = heard.length
    const paid = await payFor(first.url ?? '')
    const outcome = await hears('outcome', before)
    assert.deepEqual(
      [outcome.result, outcome.deliveredMin, outcome.deliveredMax, outcome.evidence],
      ['delivered', 3, 3, 'sensor'],
    )
    say({ name: 'outcome-ack', chipId: CHIP, commandId: paid.commandId, sequence: outcome.sequence })
    await until('acknowledged', () => lines.find((line) => line['msg'] === 'outcome acknowledged'))

    const second = await shows('code')
    assert.notEqual(second.url, first.url)
    const later = heard.length
    const cut = await payFor(second.url ?? '')
    await until('one unit', () => thing.history().at(-1)?.deliveredUnits)
    await killChip()
    thing.losePower()
    thing.restorePower()
    start()
    const interrupted = await hears('outcome', later)
    const { deliveredUnits } = thing.history().at(-1) ?? { deliveredUnits: -1 }
    assert.equal(interrupted.paymentId, cut.paymentId)
    assert.deepEqual(
      [interrupted.result, interrupted.deliveredMin, interrupted.deliveredMax],
      ['interrupted', deliveredUnits, deliveredUnits],
    )
    assert.equal(thing.history().length, 2)

    const steps = lines.flatMap((line) => (typeof line['step'] === 'string' ? [line['step']] : []))
    for (const step of ['S1', 'S3', 'S8', 'S9', 'S10', 'S11']) assert.ok(steps.includes(step), step)
    assert.equal(await killChip('SIGTERM'), 0)
    const journal = readJournal(await readFile(path.join(folder, 'journal', 'journal.log')))
    assert.equal(journal.records.filter(({ kind }) => kind === 'boot').length, 2)
    assert.equal(journal.records.filter(({ kind }) => kind === 'started').length, 2)
  })

  test('killed at moments spread over a run: started once, and always told', async () => {
    start()
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { url } = await shows('code')
      const command = await claim(url ?? '')
      const { paymentId, commandId } = command
      say(command)
      await new Promise((resolve) => setTimeout(resolve, kill * KILL_STEP_MS))
      await killChip()
      start()
      // As the system does: the command again, and in the end the question.
      say(command)
      await until('an outcome', () => {
        if (heard.some((m) => m.name === 'outcome' && m.paymentId === paymentId)) return true
        say({ name: 'query', chipId: CHIP, commandId, paymentId })
        return undefined
      })
      const runs = thing.history().filter(({ runId }) => runId === paymentId)
      assert.ok(runs.length <= 1)
      const outcomes = heard.filter((m) => m.name === 'outcome').filter((m) => m.paymentId === paymentId)
      for (const outcome of outcomes) {
        assert.deepEqual(outcome, outcomes[0])
        const delivered = runs[0]?.deliveredUnits ?? 0
        assert.deepEqual([outcome.deliveredMin, outcome.deliveredMax], [delivered, delivered])
        say({ name: 'outcome-ack', chipId: CHIP, commandId, sequence: outcome.sequence })
      }
    }
    await killChip()
  })

  test('finds its way back to the system when the broker cuts it off', async () => {
    start()
    await until('connected', () => lines.findLast((line) => line['msg'] === 'link connected'))
    const before = heard.length
    const boots = new Set(heard.flatMap((m) => (m.name === 'hello' ? [m.boot] : [])))
    const hello = await until('a hello of the new boot', () =>
      heard.findLast((m) => m.name === 'hello' && (!boots.has(m.boot) || heard.length > before)),
    )
    assert.ok(hello)
    // The same chip id connects elsewhere: the broker drops the older connection.
    const rival = await dial(CHIP, CHIP)
    rival.on('error', () => {})
    const lost = lines.length
    await until('link lost', () => lines.slice(lost).find((line) => line['msg'] === 'link lost'))
    rival.end(true)
    await until('connected again', () => lines.slice(lost).find((line) => line['msg'] === 'link connected'))
    assert.equal(await killChip('SIGTERM'), 0)
  })
})
