import type { SeenNetwork } from './setup.ts'

/** A cellar has few; a house of flats has dozens. The first ones are shown, the rest on demand. */
export const SHOWN_AT_FIRST = 6
const STRONG_PERCENT = 60
const FAIR_PERCENT = 35

export type Strength = 'strong' | 'fair' | 'weak'

export function strengthOf(percent: number): Strength {
  if (percent >= STRONG_PERCENT) return 'strong'
  return percent >= FAIR_PERCENT ? 'fair' : 'weak'
}

/** Whether this chip can join it at all. */
export function isUsable({ security }: SeenNetwork): boolean {
  return security === 'open' || security === 'wpa-personal'
}

/** One row a network, however many stations it has; those of use first, the strongest of them at the top. */
export function arranged(networks: readonly SeenNetwork[]): SeenNetwork[] {
  const best = new Map<string, SeenNetwork>()
  for (const network of networks) {
    if (network.ssid === '') continue
    const key = networkKey(network)
    const known = best.get(key)
    if (known === undefined || known.strengthPercent < network.strengthPercent) best.set(key, network)
  }
  return [...best.values()].sort(
    (one, other) =>
      Number(isUsable(other)) - Number(isUsable(one)) ||
      other.strengthPercent - one.strengthPercent ||
      (one.ssid < other.ssid ? -1 : 1),
  )
}

export function networkKey({ ssid, security }: Pick<SeenNetwork, 'ssid' | 'security'>): string {
  return `${security}:${ssid}`
}
