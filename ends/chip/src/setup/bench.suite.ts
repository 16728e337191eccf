/** A chip in set-up mode on a laboratory bench: a simulated air around it, a phone beside it, a system by script. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { VirtualClock } from '#machine/simulated/virtual-clock.ts'
import { ok, type Result } from '#protocol/result.ts'
import type { Joining, SetUpOrder, SystemAddress } from './joining.ts'
import { type Air, airNetwork, startAir } from './radio/air.ts'
import type { Phone } from './radio/air-phone.ts'
import type { Radio } from './radio/radio.ts'
import { connectSimulatedRadio } from './radio/simulated-radio.ts'
import { startSetup } from './set-up.ts'
import type { SetUp, SetUpParts } from './set-up-parts.ts'
import type { SetupFailure, SetupView } from './setup-view.ts'

export const PROOF = 'K7QF-93MD'
export const NAME = 'Farthing 7F3A'
export const LABEL_PASSPHRASE = 'label-passphrase'
export const HOME = { ssid: 'Laundry', passphrase: 'clean clothes' }
export const ORDER = {
  network: { kind: 'wifi', ...HOME, hidden: false },
  system: { address: 'pay.example.org:8443', claimCode: '7K2QF-9XM4D' },
  machine: { driver: 'simulated', wiring: 'wire' },
} as const
export const OPEN_MS = 600_000
const LIMIT_MS = 30_000
const LOOK_MS = 2
const PASS_MS = 50

export type ScriptedStep = Exclude<keyof Joining, 'owner' | 'release'>

export interface Bench {
  readonly setUp: SetUp
  readonly air: Air
  readonly phone: Phone
  readonly clock: VirtualClock
  readonly system: ScriptedSystem
  readonly events: string[]
  readonly logged: unknown[]
  /** A payment is on. */
  paying: boolean
  /** Lets time pass until it is so: `passMs` each time it has looked. */
  until(what: string, look: () => boolean | Promise<boolean>, passMs?: number): Promise<void>
  close(): Promise<void>
}

/** A system that does with each step what it is told to; unless told, everything succeeds. */
export class ScriptedSystem implements Joining {
  readonly asked: (ScriptedStep | 'release')[] = []
  readonly orders: SetUpOrder[] = []
  readonly fails = new Map<ScriptedStep, SetupFailure>()
  readonly hangs = new Set<ScriptedStep>()
  /** A step that waits until it is let go. */
  readonly holds = new Map<ScriptedStep, Promise<void>>()
  address: SystemAddress | undefined

  owner = (): SystemAddress | undefined => this.address
  checkClock: Joining['checkClock'] = (order) => this.step('checkClock', order)
  resolveName: Joining['resolveName'] = (order) => this.step('resolveName', order)
  reachTls: Joining['reachTls'] = (order) => this.step('reachTls', order)
  enrol: Joining['enrol'] = (order) => this.step('enrol', order)
  connect: Joining['connect'] = (order) => this.step('connect', order)
  heartbeat: Joining['heartbeat'] = (order) => this.step('heartbeat', order)
  release = async (): Promise<void> => void this.asked.push('release')

  private async step(step: ScriptedStep, order: SetUpOrder): Promise<Result<void, SetupFailure>> {
    this.asked.push(step)
    this.orders.push(order)
    if (this.hangs.has(step)) return new Promise(() => {})
    await this.holds.get(step)
    const error = this.fails.get(step)
    return error === undefined ? ok(undefined) : { ok: false, error }
  }
}

export async function startBench(
  given: Partial<SetUpParts> & {
    readonly holdsBoth?: boolean
    /** Puts something between the chip and its radio. */
    readonly around?: (radio: Radio) => Radio
  } = {},
): Promise<Bench> {
  const air = await startAir({ holdsBoth: given.holdsBoth ?? true, networks: [airNetwork(HOME)] })
  const phone = await air.phone()
  const clock = new VirtualClock()
  const system = new ScriptedSystem()
  const events: string[] = []
  const logged: unknown[] = []
  const page = { host: '127.0.0.1', port: 0 }
  const connected = await connectSimulatedRadio({ host: air.host, port: air.port, page })
  assert.ok(connected.ok)
  const radio = connected.value
  const bench: { paying: boolean } = { paying: false }
  const setUp = await startSetup({
    chip: { chipId: '00000000000000c1', name: NAME },
    label: {
      hotspotPassphrase: LABEL_PASSPHRASE,
      proofHash: createHash('sha256').update(PROOF.replace('-', '')).digest('hex'),
    },
    listen: { host: '127.0.0.1', port: 0, publicUrl: `http://127.0.0.1:${String(phone.port)}`, dnsPort: 0 },
    radio: given.around?.(radio) ?? radio,
    joining: system,
    drivers: {
      list: () => [{ id: 'simulated', name: 'Simulated', wiring: [{ id: 'wire', name: 'Wire' }] }],
      tryOut: async () => ok('ready'),
    },
    host: {
      mayOpen: () => !bench.paying,
      opened: async () => void events.push('opened'),
      ended: (how) => void events.push(how),
    },
    clock,
    log: (entry) => logged.push(entry),
    openAtStart: true,
    ...given,
  })
  page.port = setUp.port
  return Object.assign(bench, {
    setUp,
    air,
    phone,
    clock,
    system,
    events,
    logged,
    until: async (what: string, look: () => boolean | Promise<boolean>, passMs = PASS_MS) => {
      const endMs = Date.now() + LIMIT_MS
      while (!(await look())) {
        if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
        clock.advance(passMs)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    close: async () => {
      await setUp.close()
      await radio.close()
      await air.close()
    },
  })
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** One request, as raw as Node lets it be: no cookie, no origin, no host but what is given. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body))
  })
}

/** A browser on a phone: keeps the cookie, sends what a page's own script sends. */
export class Browser {
  /** What it got for the proof. */
  cookie = ''
  private readonly port: number

  constructor(port: number) {
    this.port = port
  }

  get(path: string): Promise<Answer> {
    return ask(this.port, path, { headers: { cookie: this.cookie } })
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.postText(path, JSON.stringify(body))
  }

  /** What is no JSON, too. */
  async postText(path: string, body: string): Promise<Answer> {
    const origin = `http://127.0.0.1:${String(this.port)}`
    const headers = { cookie: this.cookie, origin, 'content-type': 'application/json' }
    const answer = await ask(this.port, path, { method: 'POST', headers, body })
    const [cookie] = answer.headers['set-cookie'] ?? []
    if (cookie !== undefined) this.cookie = cookie.split(';', 1)[0] ?? ''
    return answer
  }

  async state(): Promise<SetupView> {
    return JSON.parse((await this.get('/api/state')).text)
  }

  async prove(proof = PROOF): Promise<void> {
    assert.equal((await this.post('/api/proof', { proof })).status, 200)
  }
}

/** The phone is in the hotspot and has given the proof. */
export async function enter(bench: Bench): Promise<Browser> {
  await bench.until('hotspot', () => bench.phone.join(NAME, LABEL_PASSPHRASE) === 'joined')
  const browser = new Browser(bench.phone.port)
  await browser.prove()
  return browser
}

export async function begin(browser: Browser, order: object = ORDER): Promise<void> {
  assert.equal((await browser.post('/api/set-up', order)).status, 202)
}

/** Once a set-up that has begun is over, in whatever way. */
export async function settle(bench: Bench, browser: Browser): Promise<SetupView> {
  let state: SetupView | undefined
  await bench.until('settled', async () => {
    state = await browser.state().catch(() => undefined)
    return state !== undefined && state.phase !== 'working'
  })
  assert.ok(state)
  return state
}
