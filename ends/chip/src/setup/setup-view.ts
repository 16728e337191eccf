/**
 * What set-up mode tells: to the page, to `farthing chip setup`, to tests. Types and names alone, without imports, so
 * that the page can take them as they are. No password, proof or claim code is ever in it.
 */

/** How far a set-up gets, in this order. */
export const SETUP_STEPS = Object.freeze([
  'joined',
  'address',
  'clock',
  'name',
  'tls',
  'enrolled',
  'connected',
  'heartbeat',
] as const)

export type SetupStep = (typeof SETUP_STEPS)[number]

export type SetupFailure =
  | 'wrong-password'
  | 'network-gone'
  | 'no-cable'
  | 'unsupported-security'
  | 'no-address'
  | 'portal'
  | 'no-route'
  | 'wrong-clock'
  | 'name-unknown'
  | 'system-unreachable'
  | 'system-untrusted'
  | 'claim-unknown'
  | 'claim-used'
  | 'claim-expired'
  | 'claim-other-chip'
  | 'chip-owned'
  | 'chip-refused'
  | 'too-many-tries'
  | 'broker-unreachable'
  | 'radio-failed'

/** `locked`: this phone has not given the label's proof. `closed`: set-up mode is over until opened again. */
export type SetupPhase = 'locked' | 'open' | 'working' | 'failed' | 'done' | 'closed'

export interface SetupStepView {
  readonly step: SetupStep
  readonly status: 'waiting' | 'working' | 'done' | 'failed'
}

export interface DriverView {
  readonly id: string
  readonly name: string
  readonly wiring: readonly { readonly id: string; readonly name: string }[]
}

export interface SetupView {
  readonly chip: { readonly chipId: string; readonly name: string }
  readonly phase: SetupPhase
  /** The chip has an owner: no claim code is needed to give it another network. */
  readonly owned: boolean
  readonly triesLeft: number
  readonly closesInS: number
  /** False: the hotspot goes while the chip tries a network. */
  readonly holdsBoth: boolean
  readonly ethernet: boolean
  readonly steps: readonly SetupStepView[]
  readonly failure?: { readonly step: SetupStep; readonly code: SetupFailure }
  /** What was given last, to begin from; never a password or a claim code. */
  readonly given?: {
    readonly ssid?: string
    readonly hidden?: boolean
    readonly systemAddress?: string
    readonly driver?: string
  }
  readonly drivers: readonly DriverView[]
}

export interface SeenNetworkView {
  readonly ssid: string
  readonly strengthPercent: number
  readonly security: 'open' | 'wpa-personal' | 'wpa-enterprise' | 'wep'
}

export type NetworkGiven =
  | { readonly kind: 'wifi'; readonly ssid: string; readonly hidden: boolean; readonly passphrase?: string }
  | { readonly kind: 'ethernet' }

/** Body of `POST /api/set-up`. `system` may be left out by a chip that has an owner. */
export interface SetupGiven {
  readonly network: NetworkGiven
  readonly system?: { readonly address: string; readonly claimCode: string }
  readonly machine: { readonly driver: string; readonly wiring: string }
}

/** What `POST /api/machine-try` can find. */
export type MachineTryFailure = 'driver-unknown' | 'wiring-unknown' | 'machine-silent' | 'busy'

export type SetupErrorCode =
  | 'field-missing'
  | 'field-malformed'
  | 'ssid-too-long'
  | 'passphrase-characters'
  | 'passphrase-length'
  | 'address-malformed'
  | 'claim-code-malformed'
  | 'driver-unknown'
  | 'wiring-unknown'
  | 'proof-wrong'
  | 'proof-needed'
  | 'closed'
  | 'busy'
  | 'payment-on'
  | 'body-malformed'
  | 'body-too-large'
  | 'content-type'
  | 'cross-site'
  | 'wrong-host'
  | 'not-found'
  | 'method'
  | 'radio-failed'
  | 'too-many-phones'

/** Every refusal's body. `field` is a path such as `network.ssid`; `message` says what was wrong and what is accepted. */
export interface SetupErrorView {
  readonly code: SetupErrorCode
  readonly message: string
  readonly field?: string
  readonly triesLeft?: number
}
