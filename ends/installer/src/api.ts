import { type Problem, type SetupView, isViewOf } from './setup.ts'

export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem }

/** The chip is two metres away: what takes longer than this is not coming, and a lost hotspot tells nothing. */
export const QUICK_TIMEOUT_MS = 5_000
/** A look around for networks, or the machine being asked. */
export const SLOW_TIMEOUT_MS = 25_000

let chipId: string | null = null

export interface Ask {
  readonly timeoutMs: number
  /** With a body it is a POST. */
  readonly body?: object
}

/** One question to the chip, asked once: whether to ask again is for those to say who know what it does. */
export async function ask<Value>(path: string, { timeoutMs, body }: Ask): Promise<Answer<Value>> {
  const response = await fetch(path, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    cache: 'no-store',
    // The venue's sign-in page answers everything with a way to itself.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => null)
  if (response === null) return refused({ code: 'offline' })
  const said: unknown = await response.json().catch(() => null)
  if (said === null) return refused({ code: 'offline' })
  if (response.ok) return { ok: true, value: said as Value }
  return refused(problemOf(said))
}

/** As `ask`, for what is answered with the whole state; an answer that is not of this very chip is none. */
export async function askView(path: string, question: Ask): Promise<Answer<SetupView>> {
  const answer = await ask<unknown>(path, question)
  if (!answer.ok) return answer
  return isOurs(answer.value) ? { ok: true, value: answer.value } : refused({ code: 'offline' })
}

/** The first chip that answers is the one that this page belongs to, for as long as it is open. */
export function isOurs(said: unknown): said is SetupView {
  if (!isViewOf(chipId, said)) return false
  chipId = said.chip.chipId
  return true
}

function refused(problem: Problem): Answer<never> {
  return { ok: false, problem }
}

function problemOf(said: unknown): Problem {
  const { code, field, triesLeft }: { code?: unknown; field?: unknown; triesLeft?: unknown } = said ?? {}
  return {
    code: typeof code === 'string' ? (code as Problem['code']) : 'answer-unclear',
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof triesLeft === 'number' ? { triesLeft } : {}),
  }
}
