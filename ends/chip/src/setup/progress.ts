import type { Clock } from '#machine/machine.ts'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { Joining, SetUpOrder, Way } from './joining.ts'
import type { JoinFailure, Radio } from './radio/radio.ts'
import type { SetupFailure, SetupStep } from './setup-view.ts'

export interface ProgressParts {
  readonly radio: Radio
  readonly joining: Joining
  readonly clock: Clock
  readonly stepMs: number
  /** The process ends: whatever is under way is given up. */
  readonly ending: AbortSignal
}

export interface StepFailure {
  readonly step: SetupStep
  readonly code: SetupFailure
}

type Tell = (step: SetupStep, status: 'working' | 'done') => void
type Done = Promise<Result<void, SetupFailure>>

/** What a step's own silence means, once its time is over. */
const TOOK_TOO_LONG: Readonly<Record<SetupStep, SetupFailure>> = {
  joined: 'radio-failed',
  address: 'no-address',
  clock: 'system-unreachable',
  name: 'name-unknown',
  tls: 'system-unreachable',
  enrolled: 'system-unreachable',
  connected: 'broker-unreachable',
  heartbeat: 'broker-unreachable',
}

/** Failures whose reason may be nearer than the system: a sign-in page in the way, or no way at all. */
const MAY_BE_THE_NETWORK: ReadonlySet<SetupFailure> = new Set([
  'name-unknown',
  'system-unreachable',
  'system-untrusted',
])

/**
 * One set-up, step by step, each told as it begins and as it is done; the first that fails ends it. Whether the
 * network has a way out is not asked beforehand: a network that reaches nothing but the system is good enough.
 */
export async function goThrough(
  order: SetUpOrder,
  parts: ProgressParts,
  tell: Tell,
): Promise<Result<void, StepFailure>> {
  const joined = await join(order, parts, tell)
  if (!joined.ok) return joined
  const { joining } = parts
  const steps: readonly [SetupStep, (way: Way) => Done][] = [
    ['clock', (way) => joining.checkClock(order, way)],
    ['name', (way) => joining.resolveName(order, way)],
    ['tls', (way) => joining.reachTls(order, way)],
    ['enrolled', (way) => joining.enrol(order, way)],
    ['connected', (way) => joining.connect(order, way)],
    ['heartbeat', (way) => joining.heartbeat(order, way)],
  ]
  for (const [step, go] of steps) {
    tell(step, 'working')
    const done = await withinTime(step, parts, go)
    if (!done.ok) return fail({ step, code: await explain(done.error, parts.radio) })
    tell(step, 'done')
  }
  return ok(undefined)
}

async function join(order: SetUpOrder, parts: ProgressParts, tell: Tell): Promise<Result<void, StepFailure>> {
  tell('joined', 'working')
  const joined = await withinTime('joined', parts, () => enterNetwork(order, parts.radio))
  if (!joined.ok && joined.error !== 'no-address') return fail({ step: 'joined', code: joined.error })
  tell('joined', 'done')
  tell('address', 'working')
  if (!joined.ok) return fail({ step: 'address', code: joined.error })
  tell('address', 'done')
  return ok(undefined)
}

async function enterNetwork({ network }: SetUpOrder, radio: Radio): Done {
  if (network.kind === 'wifi') {
    const { kind: _, ...plan } = network
    const joined: Result<unknown, JoinFailure> = await radio.join(plan)
    return joined.ok ? ok(undefined) : joined
  }
  if (!(await radio.ethernet())) return fail('no-cable')
  return (await radio.connectivity()) === 'none' ? fail('no-address') : ok(undefined)
}

async function explain(code: SetupFailure, radio: Radio): Promise<SetupFailure> {
  if (!MAY_BE_THE_NETWORK.has(code)) return code
  const connectivity = await radio.connectivity()
  if (connectivity === 'portal') return 'portal'
  return connectivity === 'full' ? code : 'no-route'
}

/** A step that takes too long is aborted and gone on without; so is every step when the process ends. */
async function withinTime(step: SetupStep, parts: ProgressParts, go: (way: Way) => Done): Done {
  const patience = new AbortController()
  const signal = AbortSignal.any([patience.signal, parts.ending])
  const limit = new Promise<Result<void, SetupFailure>>((resolve) => {
    const giveUp = (): void => resolve(fail(TOOK_TOO_LONG[step]))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
  })
  const cancel = parts.clock.setTimer(parts.stepMs, () => patience.abort())
  const done = await Promise.race([go({ via: parts.radio.via, signal }), limit])
  cancel()
  return done
}
