import type { SeenNetwork } from '../radio.ts'
import type { Bus } from './bus.ts'
import { ACCESS_POINT, AP_FLAG, AP_SECURITY, MODE, WIRELESS } from './names.ts'

/** One station of a network; a network may have many of one name. */
export interface AccessPoint {
  readonly path: string
  readonly ssid: Uint8Array
  /** The name as people read it; undefined for one that hides its name, or whose name cannot be shown. */
  readonly name: string | undefined
  readonly strengthPercent: number
  readonly security: SeenNetwork['security']
  /** Knows no passphrase exchange but WPA3's. */
  readonly saeOnly: boolean
  /** Encrypts without a passphrase (OWE), and cannot do without. */
  readonly oweOnly: boolean
}

/** More than any place has; what lies beyond is not looked at. */
const ACCESS_POINTS_MAX = 256
const SSID_BYTES_MAX = 32

/** The access points that a device knows now; undefined where it could not be asked. */
export async function readAccessPoints(
  bus: Bus,
  device: string,
): Promise<readonly AccessPoint[] | undefined> {
  const listed = await bus.call({ path: device, face: WIRELESS, member: 'GetAllAccessPoints' })
  if (!listed.ok) return undefined
  const paths = (listed.value[0] as readonly string[]).slice(0, ACCESS_POINTS_MAX)
  const read = await Promise.all(
    paths.map(async (path) => {
      const got = await bus.properties(path, ACCESS_POINT)
      // One that has gone since it was listed is no error.
      return got.ok ? accessPoint(path, got.value) : undefined
    }),
  )
  return read.filter((point) => point !== undefined)
}

function accessPoint(path: string, seen: Readonly<Record<string, unknown>>): AccessPoint | undefined {
  if (seen.Mode !== MODE.infrastructure || !(seen.Ssid instanceof Uint8Array)) return undefined
  const management = Number(seen.WpaFlags) | Number(seen.RsnFlags)
  return {
    path,
    ssid: seen.Ssid,
    name: nameOf(seen.Ssid),
    strengthPercent: Math.min(100, Number(seen.Strength)),
    security: securityOf(management, Number(seen.Flags)),
    saeOnly: (management & AP_SECURITY.sae) !== 0 && (management & AP_SECURITY.psk) === 0,
    oweOnly: (management & AP_SECURITY.owe) !== 0,
  }
}

/** @param management WpaFlags and RsnFlags together. @param flags the access point's own flags. */
export function securityOf(management: number, flags: number): SeenNetwork['security'] {
  if ((management & (AP_SECURITY.psk | AP_SECURITY.sae)) !== 0) return 'wpa-personal'
  if ((management & (AP_SECURITY.enterprise | AP_SECURITY.enterpriseSuiteB)) !== 0) return 'wpa-enterprise'
  if ((management & (AP_SECURITY.owe | AP_SECURITY.oweTransition)) !== 0) return 'open'
  return (flags & AP_FLAG.privacy) === 0 ? 'open' : 'wep'
}

/**
 * A name is up to 32 bytes in no declared writing (IEEE 802.11, 9.4.2.2). UTF-8 is what nearly all use; older routers in
 * China write GB 18030. A name that is neither, or too long once it is in UTF-8, cannot be chosen on the page.
 */
export function nameOf(ssid: Uint8Array): string | undefined {
  if (ssid.every((byte) => byte === 0)) return undefined
  for (const writing of ['utf-8', 'gb18030']) {
    const name = read(ssid, writing)
    if (name !== undefined && Buffer.byteLength(name) <= SSID_BYTES_MAX) return name
  }
  return undefined
}

function read(bytes: Uint8Array, writing: string): string | undefined {
  try {
    return new TextDecoder(writing, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not in this writing.
    return undefined
  }
}

/**
 * Each name once, strongest first. Where one name is sent with different securities, what stands here is its strongest
 * station's; joining chooses again.
 */
export function networksOf(points: readonly AccessPoint[]): readonly SeenNetwork[] {
  const networks = new Map<string, SeenNetwork>()
  for (const { name, strengthPercent, security } of points) {
    if (name === undefined) continue
    const known = networks.get(name)
    if (known !== undefined && known.strengthPercent >= strengthPercent) continue
    networks.set(name, { ssid: name, strengthPercent, security })
  }
  return [...networks.values()].sort((a, b) => b.strengthPercent - a.strengthPercent)
}
