import { readFile } from 'node:fs/promises'
import { connect } from 'mqtt'
import { EVERYTHING, parsePaymentUrl, parsePaymentOrigin } from '#protocol'
import type { RunningHouse } from '#hosting/house.ts'
import type { LogListener } from '#hosting/processes.ts'
import { readKeys, type Sighting, sightLine, sightMessage, type Unnumbered } from './sighting.ts'

export interface Watch {
  /** What was seen lately, oldest first. */
  recent(): readonly Sighting[]
  onSighting(listener: (sighting: Sighting) => void): () => void
  stop(): Promise<void>
}

const SIGHTINGS_KEPT = 400
const RECONNECT_MS = 1_000

/** Log lines from before the watch began: a house already speaks while it starts. */
export interface EarlierLines {
  readonly listener: LogListener
  take(to: LogListener): void
}

export function keepEarlierLines(): EarlierLines {
  let kept: Parameters<LogListener>[] = []
  let taken: LogListener | null = null
  return {
    listener: (process, line) => {
      if (taken) taken(process, line)
      else if (kept.length < SIGHTINGS_KEPT && line['msg'] === 'step') kept.push([process, line])
    },
    take: (to) => {
      taken = to
      for (const [process, line] of kept) to(process, line)
      kept = []
    },
  }
}

/**
 * Watches what passes through a house: listens on the broker as a client that may read everything and say nothing,
 * and reads the logs of the processes. It never makes anything up, and nothing depends on it.
 */
export async function startWatch(house: RunningHouse, earlier: EarlierLines): Promise<Watch> {
  const keys = await readKeys(house)
  const sightings: Sighting[] = []
  const listeners = new Set<(sighting: Sighting) => void>()
  let count = 0
  const take = (seen: Unnumbered | null) => {
    if (!seen) return
    count += 1
    const sighting = { id: count, ...seen }
    sightings.push(sighting)
    if (sightings.length > SIGHTINGS_KEPT) sightings.shift()
    for (const listener of listeners) listener(sighting)
  }
  const { watcher, caFile } = house.provisioned
  const client = connect({
    protocol: 'mqtts',
    host: 'localhost',
    port: house.wiring.brokerPort,
    cert: await readFile(watcher.certificateFile),
    key: await readFile(watcher.keyFile),
    ca: await readFile(caFile),
    clientId: `watcher-stage-${String(process.pid)}`,
    protocolVersion: 4,
    reconnectPeriod: RECONNECT_MS,
  })
  client.on('error', () => {})
  client.on('connect', () => {
    client.subscribe(EVERYTHING, { qos: 0 })
  })
  client.on('message', (_topic, payload) => {
    take(sightMessage(new Uint8Array(payload), keys))
  })
  earlier.take((process, line) => {
    take(sightLine(process, line))
  })
  const forget = watchDisplays(house, (code) => {
    take(sightMessage(code, keys))
  })
  return {
    recent: () => sightings,
    onSighting: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: async () => {
      earlier.take(() => {})
      for (const one of forget) one()
      await client.endAsync(true)
    },
  }
}

/** A code on a display goes to whoever looks at it, not over the broker. */
function watchDisplays(house: RunningHouse, see: (code: Uint8Array) => void): (() => void)[] {
  const origin = parsePaymentOrigin(house.systemUrl)
  return [...house.machines.values()].map(({ thing }) => {
    let last = ''
    const look = () => {
      const { url = '' } = thing.panel.view().screen
      if (url === last || url === '' || !origin.ok) return
      last = url
      const link = parsePaymentUrl(url, origin.value)
      if (link.ok && link.value.kind === 'code') see(link.value.code)
    }
    look()
    return thing.panel.watch(look)
  })
}
