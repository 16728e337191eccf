import type { SetupView } from '../setup-view.ts'
import type { SetupClient } from './client.ts'
import { FAILURE_WORDS, STEP_WORDS } from './words.ts'

const LOOK_MS = 300
/** The chip may be away while it tries a network; longer than all its steps together, it is gone. */
const AWAY_MS_MAX = 600_000

/** Tells each step as it is done, until the set-up ended one way or the other. */
export async function follow(client: SetupClient, say: (line: string) => void): Promise<'done' | 'failed'> {
  const told = new Set<string>()
  let seenMs = Date.now()
  while (Date.now() - seenMs < AWAY_MS_MAX) {
    const state = await client.state()
    if (state.ok) {
      seenMs = Date.now()
      for (const { step, status } of state.value.steps) {
        if (status !== 'done' || told.has(step)) continue
        told.add(step)
        say(`  done: ${STEP_WORDS[step]}`)
      }
      const end = endOf(state.value)
      if (end !== undefined) {
        say(end.words)
        return end.how
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  say('The chip does not answer any more.')
  return 'failed'
}

function endOf({ phase, failure, steps }: SetupView): { how: 'done' | 'failed'; words: string } | undefined {
  // It closes by itself soon after it is done.
  if (phase === 'done' || (phase === 'closed' && steps.every(({ status }) => status === 'done')))
    return { how: 'done', words: 'Done: the machine can be paid at.' }
  if (phase === 'working') return undefined
  if (failure === undefined) return { how: 'failed', words: CLOSED_WORDS }
  const words = `  not done: ${STEP_WORDS[failure.step]} (${failure.code})\n${FAILURE_WORDS[failure.code]}`
  return { how: 'failed', words: phase === 'closed' ? `${words}\n${CLOSED_WORDS}` : words }
}

export const CLOSED_WORDS =
  'Set-up mode is closed. Hold the chip’s button, or switch it off and on, to open it again.'
