import type { SetupErrorView, SetupView } from '#chip/setup/setup-view.ts'

/** What the chip tells and takes, by the chip's own types; only types, so that nothing of the chip is in the page. */
export type {
  NetworkGiven,
  SeenNetworkView as SeenNetwork,
  SetupFailure,
  SetupGiven,
  SetupStep,
  SetupView,
} from '#chip/setup/setup-view.ts'

/** What the wired machine says of itself when it is tried; the machine's own words. */
export type MachineState = 'ready' | 'busy' | 'fault' | 'unpowered' | 'in-use' | 'empty'

/** A refusal of the chip, or one that the page found out itself: `offline` is no answer, or none of this chip. */
export type Problem = Omit<SetupErrorView, 'code' | 'message'> & {
  readonly code: SetupErrorView['code'] | 'offline' | 'answer-unclear'
}

/**
 * Whether an answer is this page's own chip speaking. A phone that lost the hotspot may be in another network, where
 * somebody else answers at the same address.
 */
export function isViewOf(chipId: string | null, answer: unknown): answer is SetupView {
  if (typeof answer !== 'object' || answer === null) return false
  const { chip, phase, steps }: { chip?: Partial<SetupView['chip']>; phase?: unknown; steps?: unknown } =
    answer
  if (typeof phase !== 'string' || !Array.isArray(steps)) return false
  return typeof chip?.chipId === 'string' && (chipId === null || chip.chipId === chipId)
}
