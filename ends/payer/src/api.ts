import type { Problem } from './payment.ts'
import { freshKey } from './storage.ts'

export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem }

interface Ask {
  readonly body?: unknown
  /** Made before the first try and the same for all of them. */
  readonly idempotencyKey?: string
  /** What is known of the money when no answer comes at all: before a confirmation was sent, nothing moves. */
  readonly chargedIfLost?: Problem['charged']
  /** Only once: whoever asks has a rhythm of its own. */
  readonly once?: boolean
}

const ANSWER_TIMEOUT_MS = 20_000
const RETRY_PAUSES_MS = [400, 1_200, 3_000]
const GATEWAY_STATUSES = new Set([502, 503, 504])

let clockOffsetMs = 0

/** Now, by the system's clock as its last answer told it (to the second); the phone's may be wrong. */
export function systemNowMs(): number {
  return Date.now() + clockOffsetMs
}

export function get<Value>(path: string, ask: Ask = {}): Promise<Answer<Value>> {
  return request(path, { method: 'GET', headers: { accept: 'application/json' } }, ask)
}

/** One intended action. A lost answer is asked for again under the same key, a bounded number of times. */
export function post<Value>(path: string, ask: Ask): Promise<Answer<Value>> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': ask.idempotencyKey ?? freshKey(),
  }
  return request(path, { method: 'POST', headers, body: JSON.stringify(ask.body ?? {}) }, ask)
}

async function request<Value>(path: string, init: RequestInit, ask: Ask): Promise<Answer<Value>> {
  const pausesMs = ask.once === true ? [] : RETRY_PAUSES_MS
  for (let tries = 0; ; tries += 1) {
    const response = await fetch(path, {
      ...init,
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    }).catch(() => null)
    const isLost = response === null || (GATEWAY_STATUSES.has(response.status) && !isProblem(response))
    const answer = response === null || isLost ? lost(ask) : await answerOf<Value>(response, ask)
    const isUnanswered = isLost || (!answer.ok && answer.problem.code === 'idempotency-in-progress')
    const pauseMs = pausesMs[tries]
    if (!isUnanswered || pauseMs === undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.includes('problem+json') ?? false
}

async function answerOf<Value>(response: Response, ask: Ask): Promise<Answer<Value>> {
  const saidMs = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(saidMs) && Math.abs(saidMs - Date.now()) > 2_000) clockOffsetMs = saidMs - Date.now()
  const body = await response.json().catch(() => null)
  if (response.ok && body !== null) return { ok: true, value: body }
  return { ok: false, problem: problemOf(body, ask.chargedIfLost ?? 'unknown') }
}

function lost(ask: Ask): Answer<never> {
  return { ok: false, problem: { code: 'offline', charged: ask.chargedIfLost ?? 'unknown', retryable: true } }
}

/** Reads problem details (RFC 9457); what is missing there is not assumed in anyone's favour. */
export function problemOf(body: object | null, chargedIfSilent: Problem['charged']): Problem {
  const said: { readonly [Name in keyof Problem]?: unknown } = body ?? {}
  const { code, charged, retryAtMs, triesLeft } = said
  return {
    code: typeof code === 'string' ? code : 'answer-unclear',
    charged: charged === 'no' || charged === 'yes' ? charged : chargedIfSilent,
    retryable: said.retryable === true,
    ...(typeof retryAtMs === 'number' ? { retryAtMs } : {}),
    ...(typeof triesLeft === 'number' ? { triesLeft } : {}),
  }
}
