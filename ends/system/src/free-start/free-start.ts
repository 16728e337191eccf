import type { ChipId, CommandId, PaymentId } from '#protocol/identifier.ts'
import type { UpMessage } from '#protocol/message/registry.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { RandomHex } from '../clock.ts'
import type { Sql } from '../database.ts'
import { type MachineRecord, productOf, refusalOf } from '../machine/record.ts'

/** A free start, as its row keeps it. */
export interface FreeStart {
  readonly startId: PaymentId
  readonly commandId: CommandId
  readonly chipId: ChipId
  readonly productId: number
  readonly units: number
  readonly maxDurationS: number
  readonly state: 'authorised' | 'commanded' | 'started' | 'finished' | 'refused'
  readonly boot: string | null
  readonly deadlineMs: number | null
  readonly authorisedAtMs: number
  readonly outcome: {
    readonly result: string
    readonly deliveredMin: number
    readonly ordered: number
  } | null
  readonly refusedBecause: string | null
}

interface Row {
  start_id: PaymentId
  command_id: CommandId
  chip_id: ChipId
  product_id: string
  units: number
  max_duration_s: number
  state: FreeStart['state']
  boot: string | null
  deadline_ms: string | null
  authorised_at_ms: string
  outcome: FreeStart['outcome']
  refused_because: string | null
}

const ID_BYTES = 16

/** Staff allow it: recorded, with who and why, before anything is sent. */
export async function authoriseFreeStart(
  sql: Sql,
  asked: { readonly record: MachineRecord; readonly productId: number; readonly reason: string },
  by: { readonly actor: string; readonly atMs: number; readonly random: RandomHex },
): Promise<Result<PaymentId, string>> {
  const { record, productId, reason } = asked
  const refusal = refusalOf(record)
  if (refusal) return fail(refusal)
  const product = productOf(record, productId)
  if (!product) return fail('product-unknown')
  const startId = by.random(ID_BYTES) as PaymentId
  await sql.begin(async (transaction) => {
    await transaction`
      INSERT INTO free_start (start_id, command_id, merchant_id, machine_id, chip_id, product_id, units, max_duration_s,
        authorised_by, reason, state, authorised_at_ms, changed_at_ms)
      VALUES (${startId}, ${by.random(ID_BYTES)}, ${record.merchant.merchantId}, ${record.machineId}, ${record.chipId},
        ${product.id}, ${product.units}, ${product.maxDurationS}, ${by.actor}, ${reason}, 'authorised', ${by.atMs}, ${by.atMs})`
    await recordStaffAction(transaction, {
      actor: by.actor,
      atMs: by.atMs,
      action: 'free-start',
      target: `machine ${record.machineId}`,
      merchantId: record.merchant.merchantId,
      detail: { startId, productId, reason },
    })
  })
  return ok(startId)
}

export async function readFreeStart(sql: Sql, startId: string): Promise<FreeStart | undefined> {
  const [row] = await sql<Row[]>`SELECT * FROM free_start WHERE start_id = ${startId}`
  return row && fromRow(row)
}

/** Those that still wait for something, the oldest first. */
export async function openFreeStarts(sql: Sql, limit: number): Promise<readonly FreeStart[]> {
  const rows = await sql<Row[]>`
    SELECT * FROM free_start WHERE state IN ('authorised', 'commanded', 'started')
    ORDER BY authorised_at_ms LIMIT ${limit}`
  return rows.map(fromRow)
}

/** The command's boot and deadline, stored before it is sent; false when another node was first. */
export async function commandFreeStart(
  sql: Sql,
  startId: string,
  command: { readonly boot: string; readonly deadlineMs: number; readonly atMs: number },
): Promise<boolean> {
  const rows = await sql`
    UPDATE free_start SET state = 'commanded', boot = ${command.boot}, deadline_ms = ${command.deadlineMs},
      changed_at_ms = ${command.atMs}
    WHERE start_id = ${startId} AND state = 'authorised'
      AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.chip_id = free_start.chip_id AND p.holds_slot)
    RETURNING start_id`
  return rows.length === 1
}

export async function refuseFreeStart(
  sql: Sql,
  startId: string,
  why: { because: string; atMs: number },
): Promise<void> {
  await sql`
    UPDATE free_start SET state = 'refused', refused_because = ${why.because}, changed_at_ms = ${why.atMs}
    WHERE start_id = ${startId} AND state IN ('authorised', 'commanded')`
}

/** What the chip says of it. False when this is no free start of that chip. */
export async function noteFreeStart(
  sql: Sql,
  record: MachineRecord,
  said: { readonly message: Extract<UpMessage, { name: 'started' | 'outcome' }>; readonly atMs: number },
): Promise<boolean> {
  const { message, atMs } = said
  const rows =
    message.name === 'started'
      ? await sql`
          UPDATE free_start SET state = CASE state WHEN 'finished' THEN state ELSE 'started' END, changed_at_ms = ${atMs}
          WHERE start_id = ${message.paymentId} AND command_id = ${message.commandId} AND chip_id = ${record.chipId}
          RETURNING start_id`
      : await sql`
          UPDATE free_start SET state = 'finished', changed_at_ms = ${atMs}, outcome = coalesce(outcome, ${sql.json(
            {
              result: message.result,
              deliveredMin: message.deliveredMin,
              deliveredMax: message.deliveredMax,
              ordered: message.ordered,
              evidence: message.evidence,
              reason: message.reason,
            },
          )})
          WHERE start_id = ${message.paymentId} AND command_id = ${message.commandId} AND chip_id = ${record.chipId}
          RETURNING start_id`
  return rows.length === 1
}

function fromRow(row: Row): FreeStart {
  return {
    startId: row.start_id,
    commandId: row.command_id,
    chipId: row.chip_id,
    productId: Number(row.product_id),
    units: row.units,
    maxDurationS: row.max_duration_s,
    state: row.state,
    boot: row.boot,
    deadlineMs: row.deadline_ms === null ? null : Number(row.deadline_ms),
    authorisedAtMs: Number(row.authorised_at_ms),
    outcome: row.outcome,
    refusedBecause: row.refused_because,
  }
}
