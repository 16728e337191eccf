import type { ClaimLink } from './fragment.ts'
import { networkKey } from './networks.ts'
import type { SeenNetwork, SetupView } from './setup.ts'
import { tidyClaimCode } from './typed.ts'

export type NetworkChoice =
  | { readonly kind: 'none' | 'ethernet' | 'other' }
  | { readonly kind: 'seen'; readonly ssid: string; readonly security: SeenNetwork['security'] }

/** What was typed and chosen. Lives in the page's memory only: no password and no claim code is ever stored. */
export interface Draft {
  readonly proof: string
  readonly network: NetworkChoice
  readonly otherSsid: string
  readonly passphrase: string
  readonly isPassphraseShown: boolean
  readonly address: string
  readonly claimCode: string
  /** Address and claim code came in the link of the console's code, and only have to be looked at. */
  readonly isScanned: boolean
  readonly driver: string
  readonly wiring: string
}

export const EMPTY_DRAFT: Draft = {
  proof: '',
  network: { kind: 'none' },
  otherSsid: '',
  passphrase: '',
  isPassphraseShown: false,
  address: '',
  claimCode: '',
  isScanned: false,
  driver: '',
  wiring: '',
}

export function withLink(draft: Draft, { address, claimCode }: ClaimLink): Draft {
  return { ...draft, address, claimCode: tidyClaimCode(claimCode), isScanned: true }
}

/** A password belongs to its network: another choice begins without one. */
export function withNetwork(draft: Draft, network: NetworkChoice): Draft {
  const isSame = choiceKey(network) === choiceKey(draft.network)
  return isSame ? draft : { ...draft, network, passphrase: '', isPassphraseShown: false }
}

export function withDriver(draft: Draft, view: SetupView, driver: string): Draft {
  const wirings = view.drivers.find(({ id }) => id === driver)?.wiring ?? []
  const [first] = wirings
  return { ...draft, driver, wiring: wirings.length === 1 && first !== undefined ? first.id : '' }
}

/** What the page knows by itself goes in where nothing was typed: what was given before, and the only choice. */
export function withKnown(draft: Draft, view: SetupView): Draft {
  let next = draft
  const { given } = view
  if (next.network.kind === 'none' && given?.ssid !== undefined)
    next =
      given.hidden === true
        ? { ...next, network: { kind: 'other' }, otherSsid: given.ssid }
        : { ...next, network: { kind: 'seen', ssid: given.ssid, security: 'wpa-personal' } }
  if (next.address === '' && given?.systemAddress !== undefined)
    next = { ...next, address: given.systemAddress }
  const [first] = view.drivers
  const driver = given?.driver ?? (view.drivers.length === 1 ? first?.id : undefined)
  if (next.driver === '' && driver !== undefined) next = withDriver(next, view, driver)
  return next
}

/** Where nothing is chosen yet and a cable is plugged in, the cable is. */
export function withCable(draft: Draft, view: SetupView): Draft {
  return view.ethernet && draft.network.kind === 'none' ? { ...draft, network: { kind: 'ethernet' } } : draft
}

/** A network chosen before a look around is the one of its name that was seen, whatever protects it. */
export function withSeen(draft: Draft, networks: readonly SeenNetwork[]): Draft {
  const { network } = draft
  if (network.kind !== 'seen' || networks.some((seen) => networkKey(seen) === networkKey(network)))
    return draft
  const seen = networks.find(({ ssid }) => ssid === network.ssid)
  return seen === undefined ? draft : { ...draft, network: { ...network, security: seen.security } }
}

export function choiceKey(choice: NetworkChoice): string {
  return choice.kind === 'seen' ? `seen:${networkKey(choice)}` : choice.kind
}

/** The name of the network that is chosen; null without Wi-Fi. */
export function chosenSsid({ network, otherSsid }: Draft): string | null {
  if (network.kind === 'seen') return network.ssid
  return network.kind === 'other' ? otherSsid : null
}
