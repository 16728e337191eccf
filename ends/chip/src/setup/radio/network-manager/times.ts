/** How long the radio waits for NetworkManager, at most. Each can be set; a test sets them shorter. */
export interface NetworkManagerTimes {
  /** One method call. */
  readonly callMsMax: number
  /** Until the interface can be used: at boot, and after NetworkManager has been started again. */
  readonly deviceMsMax: number
  /** One scan; drivers take up to ten seconds over all bands. */
  readonly scanMsMax: number
  /** Until the hotspot is up. */
  readonly hotspotMsMax: number
  /** Until a network is joined: association (25 s in NetworkManager) and DHCP (45 s). */
  readonly joinMsMax: number
  /** Until the network is really left. */
  readonly leaveMsMax: number
  /** NetworkManager's own check whether the internet can be reached. */
  readonly connectivityMsMax: number
  /** Signals can be missed, so properties are read again this often while something is awaited. */
  readonly rereadMs: number
}

export const NETWORK_MANAGER_TIMES: NetworkManagerTimes = Object.freeze({
  callMsMax: 10_000,
  deviceMsMax: 20_000,
  scanMsMax: 12_000,
  hotspotMsMax: 30_000,
  joinMsMax: 100_000,
  leaveMsMax: 10_000,
  connectivityMsMax: 25_000,
  rereadMs: 1_000,
})
