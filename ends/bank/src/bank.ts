import { connect, learnArrayTypes } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { forgetOldSessions } from './customer/session.ts'
import { faultOf, type Logger } from './log.ts'
import { expireMandates } from './mandate/storage.ts'
import { startDelivery } from './notification/deliver.ts'
import { readSigner } from './notification/sign.ts'
import { findExpiredHolds } from './order/find.ts'
import { createOrderWriter, type OrderWriter } from './order/writer.ts'
import { applySeed } from './seed.ts'
import { createServer } from './server.ts'
import type { Settings } from './settings.ts'
import type { Sql } from './database/connect.ts'

const CONNECTIONS_MAX = 8

export interface Bank {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts the bank: schema, seed, clockwork, notifications, server. What a kill left undone is found and finished. */
export async function startBank(settings: Settings, log: Logger): Promise<Bank> {
  const signer = readSigner(settings.signingKeyFile)
  const sql = connect(settings.database, { name: 'reader', connectionsMax: CONNECTIONS_MAX, pinned: false })
  const onFault = (error: unknown) => log.error(faultOf(error), 'fault')
  const connectSql = () => {
    const writing = connect(settings.database, { name: 'writer', connectionsMax: 1, pinned: true })
    learnArrayTypes(writing).catch(onFault)
    return writing
  }
  await migrate(sql)
  await learnArrayTypes(sql)
  if (settings.seedFile !== undefined) await applySeed(sql, settings.seedFile, settings.timeZone)
  const { times } = settings
  const delivery = startDelivery({
    sql,
    url: settings.notificationUrl,
    signer,
    onFault,
    times: {
      timeoutMs: times.notificationTimeoutMs,
      pauseFirstMs: times.notificationPauseFirstMs,
      pauseMaxMs: times.notificationPauseMaxMs,
      triesMax: settings.notificationTriesMax,
    },
  })
  const { timeZone } = settings
  const writer = createOrderWriter({ connectSql, timeZone, onBooked: delivery.nudge, onFault })
  const stopSweep = startSweep({ sql, writer, settings, onNotice: delivery.nudge, onFault })
  const app = await createServer({ settings, sql, writer, signer, log, onNotice: delivery.nudge })
  const url = await app.listen({ host: settings.listen.host, port: settings.listen.port })
  return {
    url,
    async close() {
      await app.close()
      await stopSweep()
      await writer.close()
      await delivery.close()
      await sql.end({ timeout: 5 })
    },
  }
}

/** Releases expired holds, marks expired mandates, forgets old sessions; one sweep at a time. */
function startSweep(parts: {
  sql: Sql
  writer: OrderWriter
  settings: Settings
  onNotice: () => void
  onFault: (error: unknown) => void
}): () => Promise<void> {
  const { sql, writer, settings } = parts
  let running: Promise<void> | null = null

  async function sweep(): Promise<void> {
    const holds = await findExpiredHolds(sql)
    await Promise.all(holds.map((holdEndToEndId) => writer.submit({ kind: 'hold-expiry', holdEndToEndId })))
    if ((await expireMandates(sql)) > 0) parts.onNotice()
    await forgetOldSessions(sql, settings.times)
  }

  const timer = setInterval(() => {
    running ??= sweep()
      .catch(parts.onFault)
      .finally(() => {
        running = null
      })
  }, settings.times.expirySweepMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}
