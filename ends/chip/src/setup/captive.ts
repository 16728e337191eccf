/**
 * How phones and computers look whether a network leads into the internet: each asks for a page of its maker's and
 * knows what it must say. Whoever is led elsewhere opens that page by itself.
 */
const PROBES: ReadonlySet<string> = new Set([
  // Android, ChromeOS
  '/generate_204',
  '/gen_204',
  // iOS, macOS
  '/hotspot-detect.html',
  '/library/test/success.html',
  // Windows
  '/connecttest.txt',
  '/ncsi.txt',
  '/redirect',
  // Firefox
  '/canonical.html',
  '/success.txt',
  // NetworkManager
  '/check_network_status.txt',
])

export function isProbe(path: string): boolean {
  return PROBES.has(path)
}
