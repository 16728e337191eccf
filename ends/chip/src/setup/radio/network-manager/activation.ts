import { fail, ok, type Result } from '#protocol/result.ts'
import type { Bus, BusFailure } from './bus.ts'
import type { Ending } from './join-failure.ts'
import {
  ACTIVE,
  ACTIVE_STATE,
  DEVICE,
  DEVICE_STATE,
  IP4,
  IP6,
  MANAGER,
  MANAGER_PATH,
  NO_PATH,
  PROFILE,
  SETTINGS,
  SETTINGS_PATH,
} from './names.ts'
import type { Profile } from './profile.ts'
import type { NetworkManagerTimes } from './times.ts'
import { waitFor } from './waiting.ts'

/** A profile being used by a device. */
export interface Activation {
  readonly profile: string
  readonly active: string
}

/** `refused`: it was not begun. `ended`: begun, and not brought to its end. */
export type ActivationFailure =
  | { readonly kind: 'refused'; readonly failure: BusFailure }
  | { readonly kind: 'ended'; readonly ending: Ending; readonly active: string }

export type Begin = () => Promise<Result<Activation, BusFailure>>

export interface ActivationNeeds {
  readonly device: string
  readonly begin: Begin
  readonly limitMs: number
  readonly times: NetworkManagerTimes
}

/**
 * Begins an activation and follows it to its end. The reasons of a failure are in signals of the device alone (the
 * activation itself only says that its device was disconnected), so they are heard from before it begins.
 */
export async function activate(
  bus: Bus,
  needs: ActivationNeeds,
): Promise<Result<Activation, ActivationFailure>> {
  const heard = new Heard(bus, needs.device)
  try {
    const begun = await needs.begin()
    if (!begun.ok) return fail({ kind: 'refused', failure: begun.error })
    const outcome = await waitFor(bus, {
      look: () => look(bus, { needs, heard, active: begun.value.active }),
      limitMs: needs.limitMs,
      rereadMs: needs.times.rereadMs,
    })
    if (outcome === 'activated') return ok(begun.value)
    const ending = outcome ?? { askedForSecrets: false }
    return fail({ kind: 'ended', ending, active: begun.value.active })
  } finally {
    heard.stop()
  }
}

interface Looking {
  readonly needs: ActivationNeeds
  readonly heard: Heard
  readonly active: string
}

async function look(bus: Bus, { needs, heard, active }: Looking): Promise<'activated' | Ending | undefined> {
  if (heard.gone) return { askedForSecrets: false }
  const state = await bus.property(active, ACTIVE, 'State')
  if (state.ok && state.value === ACTIVE_STATE.activated) return 'activated'
  const ending = heard.ending(active)
  // Nobody here answers a question for secrets, so it need not be waited for.
  if (ending.askedForSecrets || (!state.ok && state.error.kind === 'gone')) return ending
  // The device's own word once more, for what no signal told.
  const device = await bus.property(needs.device, DEVICE, 'StateReason')
  const [deviceState, deviceReason] = device.ok ? (device.value as readonly number[]) : []
  if (state.ok && state.value !== ACTIVE_STATE.deactivated)
    return deviceState === DEVICE_STATE.needAuth ? { askedForSecrets: true } : undefined
  if (ending.deviceReason !== undefined || deviceState !== DEVICE_STATE.failed) return ending
  return { ...ending, ...(deviceReason === undefined ? {} : { deviceReason }) }
}

interface HeardState {
  readonly of: 'device' | 'active'
  readonly path: string
  readonly state: number
  readonly reason: number
}

/** More signals than any one activation has. */
const HEARD_MAX = 512

/**
 * What the signals of a device and of the activations on it said, in their order. NetworkManager may try another profile on
 * the device before, and the same one again after: each activation begins with the device's state `prepare`.
 */
class Heard {
  gone = false
  private readonly states: HeardState[] = []
  readonly stop: () => void

  constructor(bus: Bus, device: string) {
    this.stop = bus.listen((heard) => {
      if (heard === 'gone') {
        this.gone = true
        return
      }
      if (heard.member !== 'StateChanged' || this.states.length >= HEARD_MAX) return
      const { path } = heard
      const [state = 0, second = 0, third = 0] = heard.body as readonly number[]
      if (heard.face === DEVICE && path === device)
        this.states.push({ of: 'device', path, state, reason: third })
      if (heard.face === ACTIVE) this.states.push({ of: 'active', path, state, reason: second })
    })
  }

  ending(active: string): Ending {
    const { states } = this
    const isEnd = ({ path, state }: HeardState): boolean =>
      path === active && state === ACTIVE_STATE.deactivated
    const isBegin = ({ of, state }: HeardState): boolean => of === 'device' && state === DEVICE_STATE.prepare
    const end = states.findIndex(isEnd)
    const reached = end === -1 ? states.length : end
    const begin = Math.max(0, states.slice(0, reached).findLastIndex(isBegin))
    const again = states.findIndex((state, at) => at > reached && isBegin(state))
    const ours = states.slice(begin, again === -1 ? states.length : again).filter(({ of }) => of === 'device')
    const failed = ours.find(({ state }) => state === DEVICE_STATE.failed)
    return {
      askedForSecrets: ours.some(({ state }) => state === DEVICE_STATE.needAuth),
      ...(failed === undefined ? {} : { deviceReason: failed.reason }),
      ...(end === -1 ? {} : { activeReason: states[end]?.reason ?? 0 }),
    }
  }
}

export interface AddAndActivate {
  readonly profile: Profile
  readonly device: string
  /** The access point to use; `/` for none in particular. */
  readonly point: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Makes a profile and begins to use it. */
export async function addAndActivate(
  bus: Bus,
  wish: AddAndActivate,
): Promise<Result<Activation, BusFailure>> {
  const made = await bus.call({
    path: MANAGER_PATH,
    face: MANAGER,
    member: 'AddAndActivateConnection2',
    signature: 'a{sa{sv}}ooa{sv}',
    body: [wish.profile, wish.device, wish.point, wish.options],
  })
  if (!made.ok) return made
  const [profile, active] = made.value as readonly [string, string]
  return ok({ profile, active })
}

/** Begins to use a profile that NetworkManager holds. */
export async function activateKept(
  bus: Bus,
  wish: { readonly profile: string; readonly device: string; readonly point: string },
): Promise<Result<Activation, BusFailure>> {
  const begun = await bus.call({
    path: MANAGER_PATH,
    face: MANAGER,
    member: 'ActivateConnection',
    signature: 'ooo',
    body: [wish.profile, wish.device, wish.point],
  })
  return begun.ok ? ok({ profile: wish.profile, active: begun.value[0] as string }) : begun
}

/** Ends the use of a profile, which stays. One that has ended is left so. */
export async function deactivate(bus: Bus, active: string): Promise<void> {
  await bus.call({
    path: MANAGER_PATH,
    face: MANAGER,
    member: 'DeactivateConnection',
    signature: 'o',
    body: [active],
  })
}

/** Deletes a profile, which also ends its use, and waits until that has really ended. */
export async function removeProfile(bus: Bus, profile: string, times: NetworkManagerTimes): Promise<void> {
  await bus.call({ path: profile, face: PROFILE, member: 'Delete' })
  await waitFor(bus, {
    look: async () => ((await isUsed(bus, profile)) ? undefined : true),
    limitMs: times.leaveMsMax,
    rereadMs: times.rereadMs,
  })
}

async function isUsed(bus: Bus, profile: string): Promise<boolean> {
  const listed = await bus.property(MANAGER_PATH, MANAGER, 'ActiveConnections')
  if (!listed.ok) return false
  for (const active of listed.value as readonly string[]) {
    const got = await bus.properties(active, ACTIVE)
    if (got.ok && got.value.Connection === profile && got.value.State !== ACTIVE_STATE.deactivated)
      return true
  }
  const known = await bus.call({ path: SETTINGS_PATH, face: SETTINGS, member: 'ListConnections' })
  return known.ok && (known.value[0] as readonly string[]).includes(profile)
}

/** The address of an activation: IPv4 where it has one, else IPv6. Undefined: none yet. */
export async function addressOf(bus: Bus, active: string): Promise<string | undefined> {
  const got = await bus.properties(active, ACTIVE)
  if (!got.ok) return undefined
  return (
    (await firstAddress(bus, got.value.Ip4Config, IP4)) ?? (await firstAddress(bus, got.value.Ip6Config, IP6))
  )
}

async function firstAddress(bus: Bus, config: unknown, face: string): Promise<string | undefined> {
  if (typeof config !== 'string' || config === NO_PATH) return undefined
  const got = await bus.property(config, face, 'AddressData')
  if (!got.ok) return undefined
  const data = got.value as readonly Readonly<Record<string, unknown>>[]
  const addresses = data.map(({ address }) => address).filter((address) => typeof address === 'string')
  // A link-local address leads nowhere beyond the link.
  return addresses.find((address) => !address.startsWith('fe80:') && !address.startsWith('169.254.'))
}
