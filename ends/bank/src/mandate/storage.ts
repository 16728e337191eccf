import { randomUUID } from 'node:crypto'
import type { PendingQuery, Row } from 'postgres'
import type { Money } from '#protocol/money.ts'
import type { Sql, Transaction } from '../database/connect.ts'
import { type Mandate, type MandateRow, type RecurringLimits, rowToMandate } from './mandate.ts'

export interface NewMandate {
  readonly mandateId: string
  readonly bodySha256: string
  readonly creditorName: string
  readonly redirectUri: string
  readonly language: string
  readonly once: { readonly money: Money; readonly endToEndId: string } | null
  readonly recurring: (RecurringLimits & { readonly currency: string }) | null
}

/** Records a mandate once; the same body again finds it, another body under its id is a conflict. */
export async function createMandate(
  sql: Sql,
  wanted: NewMandate,
  approvalS: number,
): Promise<{ kind: 'created' | 'repeated'; mandate: Mandate } | { kind: 'conflict' }> {
  const currency = wanted.once?.money.currency ?? wanted.recurring?.currency ?? ''
  const rows = await sql`
    INSERT INTO mandate (
      mandate_id, body_sha256, creditor_name, redirect_uri, language, currency,
      offered_once_end_to_end_id, offered_once_minor,
      offered_per_payment_minor, offered_per_day_minor, offered_valid_until, status, approve_until
    ) VALUES (
      ${wanted.mandateId}, ${wanted.bodySha256}, ${wanted.creditorName}, ${wanted.redirectUri},
      ${wanted.language}, ${currency},
      ${wanted.once?.endToEndId ?? null}, ${wanted.once?.money.amountMinor ?? null},
      ${wanted.recurring?.perPaymentMinor ?? null}, ${wanted.recurring?.perDayMinor ?? null},
      ${wanted.recurring === null ? null : new Date(wanted.recurring.validUntilMs)},
      'received', now() + make_interval(secs => ${approvalS})
    ) ON CONFLICT (mandate_id) DO NOTHING RETURNING mandate_id`
  const known = await sql<{ body_sha256: string }[]>`
    SELECT body_sha256 FROM mandate WHERE mandate_id = ${wanted.mandateId}`
  const mandate = await findMandate(sql, wanted.mandateId)
  if (mandate === null || known[0]?.body_sha256 !== wanted.bodySha256) return { kind: 'conflict' }
  return { kind: rows.length === 1 ? 'created' : 'repeated', mandate }
}

/** A mandate by id; one whose time is over reads as expired even before the sweep has marked it. */
export async function findMandate(sql: Sql, mandateId: string): Promise<Mandate | null> {
  const rows = await selectMandates(sql, sql`mandate_id = ${mandateId}`)
  return rows[0] ?? null
}

/** Mandates that a customer once agreed to, newest first. */
export async function listMandates(sql: Sql, customerId: bigint): Promise<Mandate[]> {
  const condition = sql`m.account_id IN (SELECT account_id FROM account WHERE customer_id = ${customerId})`
  return selectMandates(sql, condition)
}

const LISTED_MAX = 50

type Fragment = PendingQuery<Row[]>

async function selectMandates(sql: Sql, condition: Fragment): Promise<Mandate[]> {
  const rows = await sql<MandateRow[]>`
    SELECT m.*, c.pseudonym,
      CASE WHEN m.status IN ('received', 'valid') AND coalesce(m.valid_until, m.approve_until) <= now()
        THEN 'expired' ELSE m.status END AS status
    FROM mandate AS m LEFT JOIN account AS a USING (account_id) LEFT JOIN customer AS c USING (customer_id)
    WHERE ${condition} ORDER BY m.created_at DESC LIMIT ${LISTED_MAX}`
  return rows.map(rowToMandate)
}

export type Decision =
  | { readonly kind: 'approve-once'; readonly accountId: bigint; readonly validS: number }
  | { readonly kind: 'approve-mandate'; readonly accountId: bigint; readonly limits: RecurringLimits }
  | { readonly kind: 'refuse' }

/** The customer's decision, once: false where the mandate no longer waits for one. Limits above the offer fail. */
export async function decideMandate(sql: Sql, mandateId: string, decision: Decision): Promise<boolean> {
  return sql.begin(async (transaction) => {
    const rows = await updateDecided(transaction, mandateId, decision)
    if (rows.length === 0) return false
    await notifyMandates(transaction, [mandateId])
    return true
  })
}

function updateDecided(transaction: Transaction, mandateId: string, decision: Decision) {
  switch (decision.kind) {
    case 'refuse':
      return transaction`
        UPDATE mandate SET status = 'rejected', decided_at = now()
        WHERE mandate_id = ${mandateId} AND status = 'received' AND approve_until > now() RETURNING 1`
    case 'approve-once':
      return transaction`
        UPDATE mandate SET status = 'valid', scope = 'one-payment', account_id = ${decision.accountId},
          decided_at = now(), valid_until = now() + make_interval(secs => ${decision.validS})
        WHERE mandate_id = ${mandateId} AND status = 'received' AND approve_until > now()
          AND offered_once_minor IS NOT NULL RETURNING 1`
    case 'approve-mandate':
    default:
      return transaction`
        UPDATE mandate SET status = 'valid', scope = 'recurring', account_id = ${decision.accountId},
          decided_at = now(), valid_until = ${new Date(decision.limits.validUntilMs)},
          per_payment_minor = ${decision.limits.perPaymentMinor}, per_day_minor = ${decision.limits.perDayMinor}
        WHERE mandate_id = ${mandateId} AND status = 'received' AND approve_until > now()
          AND offered_per_payment_minor IS NOT NULL
          AND offered_valid_until >= ${new Date(decision.limits.validUntilMs)} RETURNING 1`
  }
}

/** The customer takes a mandate back; orders decided after this commit are refused. */
export async function revokeMandate(
  sql: Sql,
  wanted: { mandateId: string; customerId: bigint },
): Promise<boolean> {
  return sql.begin(async (transaction) => {
    const rows = await transaction`
      UPDATE mandate SET status = 'revokedByPsu', decided_at = now()
      WHERE mandate_id = ${wanted.mandateId} AND status = 'valid'
        AND account_id IN (SELECT account_id FROM account WHERE customer_id = ${wanted.customerId}) RETURNING 1`
    if (rows.length === 0) return false
    await notifyMandates(transaction, [wanted.mandateId])
    return true
  })
}

/** The customer lowers what a mandate allows; raising needs a new mandate, so a limit above the present one is false. */
export async function lowerMandate(
  sql: Sql,
  wanted: { mandateId: string; customerId: bigint; perPaymentMinor: bigint; perDayMinor: bigint },
): Promise<boolean> {
  return sql.begin(async (transaction) => {
    const rows = await transaction`
      UPDATE mandate SET per_payment_minor = ${wanted.perPaymentMinor}, per_day_minor = ${wanted.perDayMinor}
      WHERE mandate_id = ${wanted.mandateId} AND status = 'valid' AND scope = 'recurring'
        AND per_payment_minor >= ${wanted.perPaymentMinor} AND per_day_minor >= ${wanted.perDayMinor}
        AND account_id IN (SELECT account_id FROM account WHERE customer_id = ${wanted.customerId}) RETURNING 1`
    if (rows.length === 0) return false
    await notifyMandates(transaction, [wanted.mandateId])
    return true
  })
}

/** The TPP gives a mandate up; asked again, it stays as it is. */
export async function terminateMandate(sql: Sql, mandateId: string): Promise<Mandate | null> {
  await sql.begin(async (transaction) => {
    const rows = await transaction`
      UPDATE mandate SET status = 'terminatedByTpp', decided_at = now()
      WHERE mandate_id = ${mandateId} AND status IN ('received', 'valid')
        AND coalesce(valid_until, approve_until) > now() RETURNING 1`
    if (rows.length > 0) await notifyMandates(transaction, [mandateId])
  })
  return findMandate(sql, mandateId)
}

const EXPIRED_PER_SWEEP_MAX = 500

/** Marks mandates whose time is over, and tells the TPP; returns how many. */
export async function expireMandates(sql: Sql): Promise<number> {
  return sql.begin(async (transaction) => {
    const rows = await transaction<{ mandate_id: string }[]>`
      UPDATE mandate SET status = 'expired' WHERE mandate_id IN (
        SELECT mandate_id FROM mandate
        WHERE status IN ('received', 'valid') AND coalesce(valid_until, approve_until) <= now()
        ORDER BY coalesce(valid_until, approve_until) LIMIT ${EXPIRED_PER_SWEEP_MAX} FOR UPDATE SKIP LOCKED
      ) RETURNING mandate_id`
    await notifyMandates(
      transaction,
      rows.map((row) => row.mandate_id),
    )
    return rows.length
  })
}

async function notifyMandates(transaction: Transaction, mandateIds: string[]): Promise<void> {
  if (mandateIds.length === 0) return
  const notificationIds = mandateIds.map(() => randomUUID())
  await transaction`
    INSERT INTO notification (notification_id, kind, mandate_id, at, next_try_at)
    SELECT notification_id, 'mandate', mandate_id, now(), now()
    FROM unnest(${notificationIds}::uuid[], ${mandateIds}::text[]) AS n (notification_id, mandate_id)`
}
