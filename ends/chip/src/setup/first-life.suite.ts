/**
 * The world of a chip out of its box: an air with a phone in it, a machine on its wire, an enrolment service, a real
 * broker, and somebody who answers greetings as the system does. The chip is a process of its own.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { startBroker } from '#broker/broker.ts'
import { openAuthority, openFactory } from '#hosting/certificate.ts'
import { freePort } from '#hosting/port.ts'
import { revocationList } from '#hosting/revocation-list.ts'
import { connectBoard } from '#machine/simulated/board.ts'
import { Thing } from '#machine/simulated/thing.ts'
import { startWireServer } from '#machine/simulated/wire-server.ts'
import {
  ChipId,
  currencyOf,
  type DownMessage,
  EVERY_CHIP_UP,
  type Message,
  openVerified,
  seal,
  topicOf,
} from '#protocol'
import { isMessage } from '#protocol/message/registry.ts'
import { generateNodeKeys, nodeSigner, nodeVerifier, spkiOfPem } from '#protocol/node-keys.ts'
import { REVOCATIONS } from '#protocol/topic.ts'
import { connect } from 'mqtt'
import { pino } from 'pino'
import { hostClock } from '../node-ports.ts'
import { Browser, PROOF } from './bench.suite.ts'
import type { Configuration } from './identity/configuration.ts'
import { startEstStandIn } from './identity/est-stand-in.suite.ts'
import { airNetwork, startAir } from './radio/air.ts'
import type { SetupView } from './setup-view.ts'

export const CHIP = ChipId.of('00000000000000c1')
export const CLAIM = '7K2QF-9XM4D'
export const HOME = { ssid: 'Laundry', passphrase: 'clean clothes' }
const NAME = 'Farthing 00C1'
const LABEL_PASSPHRASE = 'label-passphrase'
const MAIN = path.resolve(import.meta.dirname, '../main.ts')
const LIMIT_MS = 60_000
const LOOK_MS = 20

export async function until<Value>(what: string, look: () => Value | undefined | false): Promise<Value> {
  const endMs = Date.now() + LIMIT_MS
  for (;;) {
    const seen = look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** A chip's process, and what it says. */
export interface RunningChip {
  readonly lines: Record<string, unknown>[]
  readonly exitCode: () => number | null
  readonly said: (msg: string) => Record<string, unknown> | undefined
  kill(signal?: NodeJS.Signals): Promise<number | null>
}

export type World = Awaited<ReturnType<typeof startWorld>>

export async function startWorld() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'farthing-first-life-'))
  const at = (name: string): string => path.join(folder, name)
  const authority = await openAuthority(at('ours'))
  const factory = await openFactory(at('factory'))
  const idevid = await factory.idevid(CHIP, 'ES256')
  const broker = await startBroker(
    {
      listen: { host: '127.0.0.1', port: 0 },
      caFile: authority.caFile,
      issuerFiles: authority.issuing().map(({ certificateFile }) => certificateFile),
      ...(await authority.server('broker')),
    },
    pino({ level: 'silent' }),
  )
  const newCommandKey = async (name: string) => {
    const { privateKeyPem } = generateNodeKeys('EdDSA')
    writeFileSync(at(`${name}.key.pem`), privateKeyPem)
    const certificateFile = await authority.commandCertificate(at(`${name}.key.pem`))
    return {
      certificatePem: readFileSync(certificateFile, 'utf8'),
      signer: nodeSigner(privateKeyPem, { withKid: true }),
    }
  }
  const command = await newCommandKey('command')
  const est = await startEstStandIn({
    folder,
    authority,
    factoryCaFile: factory.caFile,
    brokerUrl: `mqtts://localhost:${String(broker.port)}`,
    commandCertificates: [command.certificatePem],
  })
  est.claims.set(CLAIM, undefined)
  const air = await startAir({ networks: [airNetwork(HOME)] })
  const phone = await air.phone()
  const wire = await startWireServer(0)
  const thing = new Thing(
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

  const system = { signer: command.signer, tariffVersion: 7, answers: true, heard: [] as Message[] }
  const systemFiles = await authority.client('system')
  const client = connect({
    protocol: 'mqtts',
    host: 'localhost',
    port: broker.port,
    cert: readFileSync(systemFiles.certificateFile),
    key: readFileSync(systemFiles.keyFile),
    ca: readFileSync(authority.caFile),
    protocolVersion: 4,
    clientId: 'system-1',
    reconnectPeriod: 0,
  })
  await new Promise((resolve) => client.once('connect', resolve))
  let lists = 0
  const publishList = async (certificateFiles: readonly string[]): Promise<void> => {
    const [issuing] = authority.issuing()
    assert.ok(issuing)
    lists += 1
    const list = await revocationList(issuing, { number: lists, certificateFiles })
    await client.publishAsync(REVOCATIONS, list, { qos: 1 })
  }
  /** As the system does once a chip has left it: its connection is closed at once. */
  const revoke = async (certificatePem: string): Promise<void> => {
    writeFileSync(at('revoked.pem'), certificatePem)
    await publishList([at('revoked.pem')])
  }
  await publishList([])
  await client.subscribeAsync(EVERY_CHIP_UP, { qos: 1 })
  const say = (message: DownMessage): void => {
    client.publish(topicOf(CHIP, 'down'), Buffer.from(seal(message, system.signer)), { qos: 1 })
  }
  const tariff = (): DownMessage => ({
    name: 'tariff',
    chipId: CHIP,
    tariffVersion: system.tariffVersion,
    currency: currencyOf('EUR'),
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

  let dataFolder = at('data')
  let running: RunningChip | undefined
  const configuration = (): Configuration | undefined => {
    const file = path.join(dataFolder, 'configuration.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }
  client.on('message', (_topic, bytes) => {
    const identity = configuration()?.identity
    if (identity === undefined) return
    // What the chip signs is signed by the key that it was certified for.
    const verifier = nodeVerifier(spkiOfPem(identity.certificatePem))
    const opened = openVerified(new Uint8Array(bytes), () => [verifier])
    if (!opened.ok) return
    system.heard.push(opened.value)
    const { value } = opened
    if (isMessage(value, 'retired')) void revoke(identity.certificatePem)
    if (isMessage(value, 'hello') && system.answers && value.tariffVersion !== system.tariffVersion) {
      say(tariff())
    }
  })

  const setupPort = await freePort()
  const start = async (): Promise<RunningChip> => {
    const factoryFile = at('factory.json')
    writeFileSync(
      factoryFile,
      JSON.stringify({
        chipId: CHIP,
        name: NAME,
        dataFolder,
        idevid,
        rootFile: authority.caFile,
        label: {
          hotspotPassphrase: LABEL_PASSPHRASE,
          proofHash: createHash('sha256').update(PROOF.replace('-', '')).digest('hex'),
        },
        radio: { kind: 'simulated', host: air.host, port: air.port },
        setup: {
          host: '127.0.0.1',
          port: setupPort,
          publicUrl: `http://127.0.0.1:${String(phone.port)}`,
          dnsPort: 0,
        },
        wire: { host: '127.0.0.1', port: wire.port },
        linkTimes: { firstPauseMs: 50, longestPauseMs: 500 },
        setupTimes: { hotspotGoesAfterMs: 50, resultShownMs: 500, resultSeenMs: 100 },
      }),
    )
    const child = spawn(process.execPath, [MAIN, '--factory', factoryFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const chip = watch(child)
    running = chip
    await until('the process is ready', () => chip.said('ready') ?? chip.exitCode() !== null)
    return chip
  }

  return {
    folder,
    air,
    phone,
    est,
    system,
    thing,
    say,
    tariff,
    newCommandKey,
    configuration,
    start,
    /** The chip was off for so long that its certificate is over: written into what it keeps. */
    lapse: async (): Promise<void> => {
      const day = 86_400_000
      const validity = { notBefore: new Date(Date.now() - 90 * day), notAfter: new Date(Date.now() - day) }
      const over = await authority.client(CHIP, { file: 'over', validity })
      const before = configuration()
      assert.ok(before)
      const identity = { ...before.identity, certificatePem: readFileSync(over.certificateFile, 'utf8') }
      writeFileSync(path.join(dataFolder, identity.keyFile), readFileSync(over.keyFile))
      writeFileSync(path.join(dataFolder, 'configuration.json'), JSON.stringify({ ...before, identity }))
    },
    /** Another chip of the same id, still in its box. */
    unpack: (name: string): void => {
      dataFolder = at(name)
      est.claims.set(CLAIM, undefined)
      system.heard.length = 0
    },
    dataFolder: () => dataFolder,
    /** The installer's phone is in the hotspot, and has given the proof. */
    enter: async (): Promise<Browser> => {
      await until('hotspot', () => phone.join(NAME, LABEL_PASSPHRASE) === 'joined')
      const browser = new Browser(phone.port)
      await browser.prove()
      return browser
    },
    order: {
      network: { kind: 'wifi', ...HOME, hidden: false },
      system: { address: `localhost:${String(est.port)}`, claimCode: CLAIM },
      machine: { driver: 'simulated', wiring: 'wire' },
    },
    close: async () => {
      await running?.kill()
      client.end(true)
      await est.close()
      await broker.stop()
      await wire.close()
      await air.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function watch(child: ChildProcess): RunningChip {
  const lines: Record<string, unknown>[] = []
  assert.ok(child.stdout)
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const exited = once(child, 'exit')
  return {
    lines,
    exitCode: () => child.exitCode,
    said: (msg) => lines.find((line) => line['msg'] === msg),
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}

/** Everything that set-up mode tells live, until `stop`. */
export function follow(port: number, browser: Browser, hear: (view: SetupView) => void): () => void {
  const cookie = Reflect.get(browser, 'cookie')
  const asked = request({ host: '127.0.0.1', port, path: '/api/events', headers: { cookie } }, (response) => {
    createInterface({ input: response })
      .on('line', (line) => {
        if (line.startsWith('data:')) hear(JSON.parse(line.slice('data:'.length)))
      })
      .on('error', () => {})
    response.on('error', () => {})
  })
  asked.on('error', () => {})
  asked.end()
  return () => asked.destroy()
}
