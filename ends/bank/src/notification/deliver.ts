import { Pool } from 'undici'
import type { Sql } from '../database/connect.ts'
import type { NotificationSigner } from './sign.ts'

const CONNECTIONS_MAX = 8
const CLAIMED_MAX = 64
/** Without a nudge the table is looked at this often: what staff's commands wrote, and what is due again. */
const LOOK_INTERVAL_MS = 500
/** A claim outlives the request by this; should the process die, another look finds the row due again. */
const CLAIM_GRACE_MS = 5000

export interface NotificationTimes {
  readonly timeoutMs: number
  readonly pauseFirstMs: number
  readonly pauseMaxMs: number
  readonly triesMax: number
}

interface Notice {
  notification_id: string
  kind: string
  end_to_end_id: string | null
  mandate_id: string | null
  at: Date
  tries: number
}

/** Sends what is due until the receiver says 2xx, with growing pauses, at most `triesMax` times. */
export function startDelivery(parts: {
  sql: Sql
  url: string
  signer: NotificationSigner
  times: NotificationTimes
  onFault: (error: unknown) => void
}): { nudge: () => void; close: () => Promise<void> } {
  const url = new URL(parts.url)
  const pool = new Pool(url.origin, {
    connections: CONNECTIONS_MAX,
    headersTimeout: parts.times.timeoutMs,
    bodyTimeout: parts.times.timeoutMs,
    connect: { timeout: parts.times.timeoutMs },
  })
  let running: Promise<void> | null = null
  let again = false
  let closed = false
  // While the receiver answers nothing well, one notification at a time finds out when it does again.
  let failing = false

  const post = (notice: Notice) => postNotice(pool, { ...parts, url, notice })

  async function look(): Promise<void> {
    do {
      again = false
      const claimMs = parts.times.timeoutMs + CLAIM_GRACE_MS
      const notices = await claimDue(parts.sql, { claimMs, noticesMax: failing ? 1 : CLAIMED_MAX })
      if (notices.length === 0) continue
      const answers = await Promise.all(notices.map(post))
      await recordAnswers(parts.sql, parts.times, {
        answered: notices.filter((_, index) => answers[index]),
        failed: notices.filter((_, index) => !answers[index]),
      })
      const wasFailing = failing
      failing = answers.every((answer) => !answer)
      if (!failing && (wasFailing || notices.length === CLAIMED_MAX)) again = true
      if (closed) return
    } while (again)
  }

  function nudge(): void {
    if (!failing) lookNow()
  }

  function lookNow(): void {
    again = true
    if (closed || running !== null) return
    running = look()
      .catch(parts.onFault)
      .finally(() => {
        running = null
      })
  }

  const timer = setInterval(lookNow, LOOK_INTERVAL_MS)
  nudge()
  return {
    nudge,
    async close() {
      closed = true
      clearInterval(timer)
      await running
      await pool.destroy()
    },
  }
}

/** True: the receiver has taken it. Whatever else happens, it comes again. */
async function postNotice(
  pool: Pool,
  wanted: { url: URL; signer: NotificationSigner; times: NotificationTimes; notice: Notice },
): Promise<boolean> {
  const { url, signer, times, notice } = wanted
  const body = noticeBody(notice)
  try {
    const response = await pool.request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: { 'content-type': 'application/json', 'x-jws-signature': signer.sign(body) },
      body,
      signal: AbortSignal.timeout(times.timeoutMs),
    })
    await response.body.dump()
    return response.statusCode >= 200 && response.statusCode < 300
  } catch {
    return false
  }
}

function noticeBody(notice: Notice): string {
  const about =
    notice.mandate_id === null
      ? { endToEndIdentification: notice.end_to_end_id }
      : { mandateId: notice.mandate_id }
  return JSON.stringify({
    notificationId: notice.notification_id,
    ...about,
    kind: notice.kind,
    at: notice.at.toISOString(),
  })
}

/** Claims by moving the next try beyond the request: a process that dies in between loses nothing. */
async function claimDue(sql: Sql, wanted: { claimMs: number; noticesMax: number }): Promise<Notice[]> {
  return sql<Notice[]>`
    UPDATE notification SET tries = tries + 1, next_try_at = now() + make_interval(secs => ${wanted.claimMs / 1000})
    WHERE notification_id IN (
      SELECT notification_id FROM notification WHERE next_try_at <= now()
      ORDER BY next_try_at LIMIT ${wanted.noticesMax} FOR UPDATE SKIP LOCKED
    ) RETURNING notification_id, kind, end_to_end_id, mandate_id, at, tries`
}

async function recordAnswers(
  sql: Sql,
  times: NotificationTimes,
  results: { answered: Notice[]; failed: Notice[] },
): Promise<void> {
  const answeredIds = results.answered.map((notice) => notice.notification_id)
  if (answeredIds.length > 0) {
    await sql`
      UPDATE notification SET delivered_at = now(), next_try_at = NULL
      WHERE notification_id = ANY (${answeredIds}::uuid[])`
  }
  if (results.failed.length === 0) return
  const ids = results.failed.map((notice) => notice.notification_id)
  const pausesS = results.failed.map((notice) => pauseMs(times, notice.tries) / 1000)
  await sql`
    UPDATE notification AS n SET
      next_try_at = CASE WHEN tries < ${times.triesMax} THEN now() + make_interval(secs => f.pause_s) END,
      given_up_at = CASE WHEN tries >= ${times.triesMax} THEN now() END
    FROM unnest(${ids}::uuid[], ${pausesS}::float8[]) AS f (notification_id, pause_s)
    WHERE n.notification_id = f.notification_id AND delivered_at IS NULL`
}

/** Doubles from the first pause to the longest. */
export function pauseMs(times: NotificationTimes, tries: number): number {
  return Math.min(times.pauseFirstMs * 2 ** Math.min(tries - 1, 30), times.pauseMaxMs)
}
