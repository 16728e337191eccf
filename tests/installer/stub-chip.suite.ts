import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  type SeenNetworkView,
  SETUP_STEPS,
  type SetupErrorView,
  type SetupFailure,
  type SetupGiven,
  type SetupStep,
  type SetupView,
} from '#chip/setup/setup-view.ts'

/**
 * A chip that only speaks, as `setup-view.ts` has it, and says what a test wants: for screens that a real one shows
 * for a moment, and for a hotspot that goes at the worst time.
 */
export const CHIP = { chipId: '7f3a00112233445d', name: 'Farthing 7F3A' }
export const PROOF = 'K7QM-2X9D'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export const NETWORKS: readonly SeenNetworkView[] = [
  { ssid: 'Laundry', strengthPercent: 82, security: 'wpa-personal' },
  { ssid: 'Lindenhof guests', strengthPercent: 55, security: 'open' },
  { ssid: 'Office', strengthPercent: 48, security: 'wpa-enterprise' },
  { ssid: 'Flat 12', strengthPercent: 20, security: 'wpa-personal' },
  { ssid: 'AncientRouter', strengthPercent: 18, security: 'wep' },
]

export const DRIVERS: SetupView['drivers'] = [
  {
    id: 'relay',
    name: 'Relay contact (coin pulse)',
    wiring: [
      { id: 'a', name: 'Terminals 1 and 2' },
      { id: 'b', name: 'Terminals 3 and 4' },
    ],
  },
  { id: 'wire', name: 'Serial line', wiring: [{ id: 'tcp', name: 'Plug J4' }] },
]

type Posted = { readonly path: string; readonly body: Record<string, unknown> }

export class StubChip {
  readonly posts: Posted[] = []
  readonly reads: string[] = []
  networks: readonly SeenNetworkView[] = NETWORKS
  tried: object = { ok: true, state: 'ready' }
  /** False: too many phones watch. */
  hasEvents = true
  /** Takes the next set-up and goes away before it answers. */
  swallowsSetUp = false
  /** What the next set-up is refused with. */
  refusal: { status: number; body: SetupErrorView } | null = null
  #view: SetupView
  #isAway = false
  readonly #folder: string
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  private constructor(folder: string, view: Partial<SetupView>) {
    this.#folder = folder
    this.#view = { ...viewOf('locked'), ...view }
  }

  static async start(folder: string, view: Partial<SetupView> = {}): Promise<StubChip> {
    const stub = new StubChip(folder, view)
    stub.#server.listen(0, '127.0.0.1')
    await once(stub.#server, 'listening')
    return stub
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${String(port)}`
  }

  get view(): SetupView {
    return this.#view
  }

  show(change: Partial<SetupView>): void {
    this.#view = { ...this.#view, ...change }
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify(this.#view)}\n\n`)
  }

  /** As far as this step; the rest waits. */
  reach(step: SetupStep): void {
    this.show({ phase: 'working', steps: stepsTo(step, 'working') })
  }

  fail(step: SetupStep, code: SetupFailure): void {
    this.show({ phase: 'failed', steps: stepsTo(step, 'failed'), failure: { step, code } })
  }

  /** The hotspot goes: whatever is asked gets no answer, and open lines die without a word. */
  goAway(): void {
    this.#isAway = true
    for (const stream of this.#streams) stream.destroy()
  }

  comeBack(): void {
    this.#isAway = false
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url)
    if (this.#isAway) return void request.destroy()
    this.reads.push(`${request.method ?? ''} ${pathname}`)
    if (pathname === '/api/events' && !this.hasEvents)
      return json(response, 503, { code: 'too-many-phones', message: '' })
    if (pathname === '/api/events') return this.#stream(response)
    if (pathname === '/api/state') return json(response, 200, this.#view)
    if (pathname === '/api/networks') return json(response, 200, { networks: this.networks })
    if (request.method === 'POST') return this.#take(pathname, await bodyOf(request), response)
    await this.#file(pathname === '/' ? '/index.html' : pathname, response)
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify(this.#view)}\n\n`)
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  #take(pathname: string, body: Record<string, unknown>, response: ServerResponse): void {
    this.posts.push({ path: pathname, body })
    if (pathname === '/api/proof') {
      if (body['proof'] === PROOF) {
        this.#view = { ...this.#view, phase: 'open' }
        return json(response, 200, this.#view)
      }
      const triesLeft = this.#view.triesLeft - 1
      this.#view = { ...this.#view, triesLeft, ...(triesLeft === 0 ? { phase: 'closed' as const } : {}) }
      if (triesLeft === 0) return json(response, 423, { code: 'closed', message: '' })
      return json(response, 403, { code: 'proof-wrong', message: '', triesLeft })
    }
    if (pathname === '/api/machine-try') return json(response, 200, this.tried)
    if (this.refusal !== null) return json(response, this.refusal.status, this.refusal.body)
    if (this.swallowsSetUp) {
      this.goAway()
      return void response.destroy()
    }
    const { failure: _, ...view } = this.#view
    this.#view = { ...view, phase: 'working', steps: stepsTo('joined', 'working'), given: givenIn(body) }
    json(response, 202, this.#view)
  }

  async #file(pathname: string, response: ServerResponse): Promise<void> {
    const file = path.join(this.#folder, path.normalize(pathname))
    const bytes = await readFile(file).catch(() => null)
    if (bytes === null) return json(response, 404, { code: 'not-found', message: '' })
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' })
    response.end(gzipSync(bytes, { level: 9 }))
  }
}

export function viewOf(phase: SetupView['phase']): SetupView {
  return {
    chip: CHIP,
    phase,
    owned: false,
    triesLeft: 5,
    closesInS: 590,
    holdsBoth: true,
    ethernet: false,
    steps: SETUP_STEPS.map((step) => ({ step, status: 'waiting' })),
    drivers: DRIVERS,
  }
}

export function stepsTo(reached: SetupStep, status: 'working' | 'failed'): SetupView['steps'] {
  const at = SETUP_STEPS.indexOf(reached)
  return SETUP_STEPS.map((step, index) => {
    if (index === at) return { step, status }
    return { step, status: index < at ? 'done' : 'waiting' }
  })
}

function givenIn(body: Partial<SetupGiven>): NonNullable<SetupView['given']> {
  const { network, system, machine } = body
  return {
    ...(network?.kind === 'wifi' ? { ssid: network.ssid, hidden: network.hidden } : {}),
    ...(system === undefined ? {} : { systemAddress: system.address }),
    ...(machine === undefined ? {} : { driver: machine.driver }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString() || '{}')
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
