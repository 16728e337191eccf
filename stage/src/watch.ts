import { readFile } from 'node:fs/promises'
import { connect } from 'mqtt'
import { EVERYTHING } from '#protocol'
import type { RunningHouse } from '#hosting/house.ts'
import { readKeys, type Sighting, sightLine, sightMessage, type Unnumbered } from './sighting.ts'

export interface Watch {
  /** What was seen lately, oldest first. */
  recent(): readonly Sighting[]
  onSighting(listener: (sighting: Sighting) => void): () => void
  stop(): Promise<void>
}

const SIGHTINGS_KEPT = 400
const RECONNECT_MS = 1_000

/**
 * Watches what passes through a house: listens on the broker as a client that may read everything and say nothing,
 * and reads the logs of the processes. It never makes anything up, and nothing depends on it.
 */
export async function startWatch(house: RunningHouse): Promise<Watch> {
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
  const forget = house.onLine((process, line) => {
    take(sightLine(process, line))
  })
  return {
    recent: () => sightings,
    onSighting: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: async () => {
      forget()
      await client.endAsync(true)
    },
  }
}
