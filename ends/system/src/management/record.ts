import type postgres from 'postgres'
import { type Result, ok } from '#protocol/result.ts'
import { type Caller, type Reach, fieldRefused, isNowhere, may, reachOf } from '../access/reach.ts'
import type { Action } from '../access/table.ts'
import { within } from '../access/within.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { type By, actorOf } from './by.ts'
import type { ManagedRecord, RecordKind } from './kind.ts'
import { type Refused, refuse } from './refused.ts'

type Fragment = postgres.PendingQuery<postgres.Row[]>
type Fields = Readonly<Record<string, string | number | boolean | null>>

/** Rows after `after` (the last one's key), in the order of their keys. */
export async function listRecords(
  sql: AnySql,
  kind: RecordKind,
  query: {
    readonly reach: Reach
    readonly where: Fragment
    readonly after: readonly string[] | null
    readonly limit: number
  },
): Promise<readonly ManagedRecord[]> {
  const columns = kind.key.map((field) => kind.columns[field] ?? field)
  const key = sql(columns)
  const [first = '', second = ''] = query.after ?? []
  const after =
    query.after === null
      ? sql`true`
      : columns.length === 1
        ? sql`${key} > ${first}`
        : sql`(${key}) > (${first}, ${second})`
  return await sql<ManagedRecord[]>`
    SELECT ${kind.select(sql)} FROM ${sql(kind.noun)}
    WHERE ${within(sql, reachFor(query.reach, kind), kind.places)} AND ${query.where} AND ${after}
    ORDER BY ${key} LIMIT ${query.limit}`
}

/** A merchant is read by whoever works at one of its sites. */
function reachFor(reach: Reach, kind: RecordKind): Reach {
  if (kind.noun !== 'merchant') return reach
  const merchantIds = [...new Set([...reach.merchantIds, ...reach.sites.map((site) => site.merchantId)])]
  return { ...reach, merchantIds }
}

/** Null for what is not there and for what the caller may not read: the two cannot be told apart (I14). */
export async function readRecord(
  sql: AnySql,
  kind: RecordKind,
  of: { readonly caller: Caller; readonly key: readonly string[]; readonly lock?: true },
): Promise<ManagedRecord | null> {
  const reach = reachOf(of.caller, `${kind.noun}.read`)
  const conditions = kind.key.map(
    (field, index) => sql`${sql(kind.columns[field] ?? field)} = ${of.key[index] ?? ''}`,
  )
  const [first = sql`false`, second = sql`true`] = conditions
  const [row] = await sql<ManagedRecord[]>`
    SELECT ${kind.select(sql)} FROM ${sql(kind.noun)}
    WHERE ${first} AND ${second} AND ${within(sql, reachFor(reach, kind), kind.places)}
    ${of.lock ? sql`FOR UPDATE OF ${sql(kind.noun)}` : sql``}`
  return row ?? null
}

/**
 * The record for an action on it, locked: 404 for whom it is not there, 403 for whom it is there but not to do this, or set
 * these fields, with; and 412 when somebody else changed it since `revision`.
 */
async function recordFor(
  sql: AnySql,
  kind: RecordKind,
  of: {
    readonly caller: Caller
    readonly action: Action
    readonly key: readonly string[]
    readonly revision: number
    readonly fields?: Fields
  },
): Promise<Result<ManagedRecord, Refused>> {
  const { caller, action, revision, fields = {} } = of
  const record = await readRecord(sql, kind, { ...of, lock: true })
  if (record === null) return refuse('record-unknown')
  const place = kind.placeOf(record)
  if (!may(caller, action, place)) return refuse('role-refused')
  const field = fieldRefused(caller, { noun: kind.noun, place, names: Object.keys(fields) })
  if (field !== null) return refuse('field-refused', { field })
  if (record.revision !== revision) {
    return refuse('version-passed', { versions: { yours: revision, current: record.revision } })
  }
  return record.retiredAtMs === null ? ok(record) : refuse('record-retired')
}

export interface Change {
  readonly caller: Caller
  readonly key: readonly string[]
  readonly revision: number
  readonly fields: Fields
  readonly by: By
  /** What is wrong with the record as it would become. */
  readonly check: (sql: AnySql, after: ManagedRecord) => Promise<Result<null, Refused>>
}

/** Sets fields; all of them or none. The audit trail says each from what to what. */
export async function changeRecord(
  sql: Sql,
  kind: RecordKind,
  change: Change,
): Promise<Result<ManagedRecord, Refused>> {
  const { caller, key, fields, by } = change
  return await sql.begin(async (transaction) => {
    const found = await recordFor(transaction, kind, { ...change, action: `${kind.noun}.change` })
    if (!found.ok) return found
    const before = found.value
    const checked = await change.check(transaction, { ...before, ...fields })
    if (!checked.ok) return checked
    const changed = Object.entries(fields).filter(([name, value]) => before[name] !== value)
    if (changed.length === 0) return ok(before)
    const columns = Object.fromEntries(changed.map(([name, value]) => [kind.columns[name] ?? name, value]))
    await transaction`
      UPDATE ${transaction(kind.noun)} SET ${transaction(columns)} WHERE ${keyIs(transaction, kind, key)}`
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: `${kind.noun}-changed`,
      target: `${kind.noun} ${key.join('/')}`,
      merchantId: before.merchantId,
      detail: {
        from: Object.fromEntries(changed.map(([name]) => [name, before[name] ?? null])),
        to: Object.fromEntries(changed),
        ...(by.reason === undefined ? {} : { why: by.reason }),
      },
    })
    const after = await readRecord(transaction, kind, { caller, key })
    return after === null ? refuse('record-unknown') : ok(after)
  })
}

/** Retired: gone from use, and never from the books. What is in use is refused, with what uses it. */
export async function retireRecord(
  sql: Sql,
  kind: RecordKind,
  of: {
    readonly caller: Caller
    readonly key: readonly string[]
    readonly revision: number
    readonly by: By
  },
): Promise<Result<ManagedRecord, Refused>> {
  const { caller, key, by } = of
  return await sql.begin(async (transaction) => {
    const found = await recordFor(transaction, kind, { ...of, action: `${kind.noun}.retire` })
    if (!found.ok) return found
    const because = await kind.inUse(transaction, found.value)
    if (because !== null) return refuse('in-use', { because })
    const at = { retired_at: new Date(by.atMs), ...(kind.noun === 'site' ? {} : { enabled: false }) }
    await transaction`UPDATE ${transaction(kind.noun)} SET ${transaction(at)} WHERE ${keyIs(transaction, kind, key)}`
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: `${kind.noun}-retired`,
      target: `${kind.noun} ${key.join('/')}`,
      merchantId: found.value.merchantId,
      detail: { why: by.reason ?? '' },
    })
    const after = await readRecord(transaction, kind, { caller, key })
    return after === null ? refuse('record-unknown') : ok(after)
  })
}

/** Makes one. The caller's right at its place was looked at before; `fields` are whole. */
export async function addRecord(
  sql: Sql,
  kind: RecordKind,
  of: {
    readonly caller: Caller
    readonly fields: Fields
    readonly by: By
    readonly check: Change['check']
  },
): Promise<Result<ManagedRecord, Refused>> {
  const { caller, fields, by } = of
  const key = kind.key.map((field) => String(fields[field]))
  return await sql.begin(async (transaction) => {
    const checked = await of.check(transaction, {
      revision: 0,
      retiredAtMs: null,
      ...fields,
    } as unknown as ManagedRecord)
    if (!checked.ok) return checked
    const columns = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [kind.columns[name] ?? name, value]),
    )
    const added = await transaction`
      INSERT INTO ${transaction(kind.noun)} ${transaction(columns)} ON CONFLICT DO NOTHING RETURNING 1`
    if (added.length === 0) return refuse('record-exists')
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: `${kind.noun}-added`,
      target: `${kind.noun} ${key.join('/')}`,
      merchantId: String(fields['merchantId']),
      detail: { to: fields },
    })
    const after = await readRecord(transaction, kind, { caller, key })
    return after === null ? refuse('record-unknown') : ok(after)
  })
}

function keyIs(sql: AnySql, kind: RecordKind, key: readonly string[]): Fragment {
  const [first = '', second = ''] = key
  const columns = kind.key.map((field) => kind.columns[field] ?? field)
  const [one = '', other] = columns
  return other === undefined
    ? sql`${sql(one)} = ${first}`
    : sql`${sql(one)} = ${first} AND ${sql(other)} = ${second}`
}

/** Whether a place can be worked in by this caller; what is retired takes nothing new. */
export async function placeFor(
  sql: AnySql,
  of: {
    readonly caller: Caller
    readonly action: Action
    readonly merchantId: string
    readonly siteId: string | null
  },
): Promise<Result<null, Refused>> {
  if (isNowhere(reachOf(of.caller, of.action))) return refuse('role-refused')
  const [row] = await sql<{ retired: boolean }[]>`
    SELECT merchant.retired_at IS NOT NULL OR site.retired_at IS NOT NULL AS retired
    FROM merchant LEFT JOIN site ON site.merchant_id = merchant.merchant_id AND site_id = ${of.siteId}
    WHERE merchant.merchant_id = ${of.merchantId} AND (${of.siteId}::text IS NULL OR site_id IS NOT NULL)`
  if (row === undefined || !may(of.caller, of.action, of)) return refuse('record-unknown')
  return row.retired ? refuse('record-retired') : ok(null)
}
