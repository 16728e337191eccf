import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { openAuthority, type Authority, type CertificateFiles } from '#hosting/certificate.ts'
import { revocationList } from '#hosting/revocation-list.ts'
import { REVOCATIONS } from '#protocol/topic.ts'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { startBroker, type RunningBroker } from './broker.ts'

export const LIMIT_MS = 5_000

/** Resolves with what the event carries, within the limit. */
export function happens(
  emitter: {
    once(event: string, listener: (...values: unknown[]) => void): unknown
  },
  event: string,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`no "${event}" within ${String(LIMIT_MS)} ms`))
    }, LIMIT_MS)
    emitter.once(event, (...values) => {
      clearTimeout(limit)
      resolve(values)
    })
  })
}

/** One line of the broker's log. */
export type LogLine = Readonly<Record<string, unknown>>

/** A broker with an authority of its own, and whoever wants to connect to it. */
export interface BrokerWorld {
  readonly folder: string
  readonly authority: Authority
  readonly broker: RunningBroker
  readonly log: readonly LogLine[]
  /** Connecting; it may be refused. Without files it has those of its common name. */
  open(commonName: string, options?: IClientOptions, files?: CertificateFiles): Promise<MqttClient>
  /** Connected. */
  opened(commonName: string, clientId?: string): Promise<MqttClient>
  /** Revokes, as the system does; returns once the broker says that it took the list. */
  revoke(certificateFiles: readonly string[], issuing?: CertificateFiles): Promise<void>
  stop(): Promise<void>
}

/** With so many issuing authorities, of which the newest issues. */
export async function startBrokerWorld({ issuers = 1 } = {}): Promise<BrokerWorld> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-broker-'))
  const authority = await openAuthority(path.join(folder, 'ours'))
  while (authority.issuing().length < issuers) await authority.newIssuing()
  const log: LogLine[] = []
  const lines = new Writable({
    write(line: Buffer, _encoding, written) {
      log.push(JSON.parse(String(line)) as LogLine)
      written()
    },
  })
  const broker = await startBroker(
    {
      listen: { host: '127.0.0.1', port: 0 },
      caFile: authority.caFile,
      issuerFiles: authority.issuing().map(({ certificateFile }) => certificateFile),
      ...(await authority.server('broker')),
    },
    pino({ level: 'debug' }, lines),
  )
  const clients = new Set<MqttClient>()
  const open: BrokerWorld['open'] = async (commonName, options = {}, files) => {
    const own = files ?? (await authority.client(commonName))
    const client = connect({
      protocol: 'mqtts',
      host: 'localhost',
      port: broker.port,
      cert: await readFile(own.certificateFile),
      key: await readFile(own.keyFile),
      ca: await readFile(authority.caFile),
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: LIMIT_MS,
      clientId: commonName,
      ...options,
    })
    client.on('error', () => {})
    clients.add(client)
    client.once('close', () => clients.delete(client))
    return client
  }
  const opened: BrokerWorld['opened'] = async (commonName, clientId = commonName) => {
    const client = await open(commonName, { clientId })
    await happens(client, 'connect')
    return client
  }
  let number = 0
  return {
    folder,
    authority,
    broker,
    log,
    open,
    opened,
    async revoke(certificateFiles, issuing = authority.issuing().at(-1)) {
      if (!issuing) throw new Error('nobody issues')
      number += 1
      const system = await opened('system', `system-revokes-${String(number)}`)
      const list = await revocationList(issuing, { number, certificateFiles })
      await system.publishAsync(REVOCATIONS, list, { qos: 1 })
      await system.endAsync()
    },
    async stop() {
      for (const client of clients) client.end(true)
      await broker.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
