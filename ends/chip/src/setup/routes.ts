import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorView, sendError, sendJson } from './answer.ts'
import type { Joining } from './joining.ts'
import type { SetUpMode } from './mode.ts'
import { readMachineTry, readProof, readSetUp } from './request.ts'
import type { MachineDrivers } from './set-up-parts.ts'

/** A request that was let in; `body` is whatever JSON came. */
interface Visit {
  readonly mode: SetUpMode
  readonly drivers: MachineDrivers
  readonly joining: Joining
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly proven: boolean
  readonly body: unknown
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly needsProof: boolean
  readonly go: (visit: Visit) => void | Promise<void>
}

export const ROUTES: Readonly<Record<string, Route>> = {
  '/api/state': { method: 'GET', needsProof: false, go: tellState },
  '/api/events': { method: 'GET', needsProof: false, go: tellChanges },
  '/api/networks': { method: 'GET', needsProof: true, go: tellNetworks },
  '/api/proof': { method: 'POST', needsProof: false, go: takeProof },
  '/api/machine-try': { method: 'POST', needsProof: true, go: tryMachine },
  '/api/set-up': { method: 'POST', needsProof: true, go: setUp },
}

const COOKIE = 'farthing_setup'
const COOKIE_LIFE_S = 900
const MAX_WATCHING = 16
/** A stream that says nothing looks like a broken one; and this often it is looked whether a cable is plugged. */
const STREAM_BEAT_MS = 5_000

/** What the phone got for the right proof. */
export function cookieOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

async function tellState({ mode, response, proven }: Visit): Promise<void> {
  await mode.look()
  sendJson(response, 200, mode.view(proven))
  if (proven) mode.told()
}

/** Server-sent events (HTML standard section 9.2): the view now, and at each change. */
function tellChanges({ mode, request, response }: Visit): void {
  if (mode.watching() >= MAX_WATCHING) return sendError(response, 'too-many-phones')
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  const tell = (): void => {
    const proven = mode.sessions.has(cookieOf(request))
    response.write(`data: ${JSON.stringify(mode.view(proven))}\n\n`)
    if (proven) mode.told()
  }
  const unwatch = mode.watch(tell)
  const beat = setInterval(() => {
    response.write(':\n\n')
    void mode.look()
  }, STREAM_BEAT_MS)
  response.on('error', () => response.destroy())
  response.once('close', () => {
    clearInterval(beat)
    unwatch()
  })
  tell()
}

async function tellNetworks({ mode, response }: Visit): Promise<void> {
  const networks = await mode.networks()
  if (networks.ok) sendJson(response, 200, { networks: networks.value })
  else sendError(response, networks.error)
}

function takeProof({ mode, response, body }: Visit): void {
  const proof = readProof(body)
  if (!proof.ok) return sendError(response, proof.error)
  const token = mode.prove(proof.value)
  if (token.ok) {
    const cookie = `${COOKIE}=${token.value}; Path=/; Max-Age=${String(COOKIE_LIFE_S)}; HttpOnly; SameSite=Strict`
    response.setHeader('set-cookie', cookie)
    return sendJson(response, 200, mode.view(true))
  }
  if (token.error !== 'proof-wrong') return sendError(response, token.error)
  sendError(response, { ...errorView('proof-wrong'), triesLeft: mode.view(false).triesLeft })
}

async function tryMachine({ mode, drivers, response, body }: Visit): Promise<void> {
  const machine = readMachineTry(body, drivers.list())
  if (!machine.ok) return sendError(response, machine.error)
  const tried = await mode.tryMachine(machine.value)
  sendJson(response, 200, tried.ok ? { ok: true, state: tried.value } : { ok: false, code: tried.error })
}

function setUp({ mode, drivers, joining, response, body }: Visit): void {
  const order = readSetUp(body, { drivers: drivers.list(), owner: joining.owner() })
  if (!order.ok) return sendError(response, order.error)
  const begun = mode.begin(order.value)
  if (begun.ok) sendJson(response, 202, mode.view(true))
  else sendError(response, begun.error)
}
