import { fail, ok, type Result } from '#protocol/result.ts'
import type { SeenNetworkView, SetupErrorView, SetupGiven, SetupView } from '../setup-view.ts'

/** What can go wrong with asking the chip: its refusal, or nobody is there. */
export type ClientFailure = SetupErrorView | 'unreachable'
type Answered<Value> = Promise<Result<Value, ClientFailure>>

export interface MachineTry {
  readonly ok: boolean
  readonly state?: string
  readonly code?: string
}

const ANSWER_TIMEOUT_MS = 30_000

/** The set-up API of a running chip, as the page uses it. `at` is its origin, such as `http://127.0.0.1:8090`. */
export class SetupClient {
  private readonly at: string
  private cookie = ''

  constructor(at: string) {
    this.at = at
  }

  state(): Answered<SetupView> {
    return this.ask('/api/state')
  }

  prove(proof: string): Answered<SetupView> {
    return this.ask('/api/proof', { proof })
  }

  async networks(): Answered<readonly SeenNetworkView[]> {
    const answer = await this.ask<{ networks: readonly SeenNetworkView[] }>('/api/networks')
    return answer.ok ? ok(answer.value.networks) : answer
  }

  tryMachine(machine: SetupGiven['machine']): Answered<MachineTry> {
    return this.ask('/api/machine-try', machine)
  }

  begin(given: unknown): Answered<SetupView> {
    return this.ask('/api/set-up', given)
  }

  private async ask<Value>(path: string, body?: unknown): Answered<Value> {
    const headers = { cookie: this.cookie, origin: this.at, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const sent =
      body === undefined
        ? { headers, signal }
        : { headers, signal, method: 'POST', body: JSON.stringify(body) }
    try {
      const response = await fetch(new URL(path, this.at), { redirect: 'error', ...sent })
      const cookie = response.headers.get('set-cookie')
      if (cookie !== null) this.cookie = cookie.split(';', 1)[0] ?? ''
      // The chip is ours; what it answers has the shape that it was built with.
      const answer: unknown = await response.json()
      return response.ok ? ok(answer as Value) : fail(answer as SetupErrorView)
    } catch {
      return fail('unreachable')
    }
  }
}
