import type { FastifyReply, FastifyRequest } from 'fastify'
import { readable, reachOf } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import { checkMachine, checkNothing } from '../../management/check.ts'
import type { ManagedRecord, RecordKind } from '../../management/kind.ts'
import { addRecord, changeRecord, listRecords, readRecord, retireRecord } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import { callerIn } from './access.ts'
import { byOf, etagOf, onceFor, revisionIn } from './exchange.ts'
import { paged, pagingOf } from './page.ts'

/** What the routes of merchants, sites and machines have in common: they differ in their kind of record alone. */

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply }
type Given = Readonly<Record<string, string | number | boolean | null>>

function shown(request: FastifyRequest, kind: RecordKind, record: ManagedRecord): Partial<ManagedRecord> {
  return readable(callerIn(request), { noun: kind.noun, place: kind.placeOf(record), record })
}

export async function list(
  context: HttpContext,
  request: FastifyRequest,
  {
    kind,
    where,
  }: { readonly kind: RecordKind; readonly where: Readonly<Record<string, string | undefined>> },
) {
  const { sql } = context
  const query = request.query as Readonly<Record<string, string | undefined>>
  const paging = pagingOf<readonly string[]>(context, { ...query, of: kind.noun })
  const equal = Object.entries(where).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql(column)} = ${value}`],
  )
  const retired = query['retired'] === 'true' ? sql`retired_at IS NOT NULL` : sql`retired_at IS NULL`
  const rows = await listRecords(sql, kind, {
    reach: reachOf(callerIn(request), `${kind.noun}.read`),
    where: equal.reduce((left, right) => sql`${left} AND ${right}`, retired),
    after: paging.after,
    limit: paging.limit + 1,
  })
  const page = paged(rows, paging, (row) => kind.key.map((field) => String(row[field])))
  return { items: page.rows.map((row) => shown(request, kind, row)), nextCursor: page.nextCursor }
}

export async function read(
  context: HttpContext,
  { request, reply }: Exchange,
  { kind, key }: { readonly kind: RecordKind; readonly key: readonly string[] },
) {
  const record = await readRecord(context.sql, kind, { caller: callerIn(request), key })
  if (record === null) throw new Refusal('record-unknown')
  return await reply.header('etag', etagOf(record.revision)).send(shown(request, kind, record))
}

export async function add(
  context: HttpContext,
  exchange: Exchange,
  of: { readonly kind: RecordKind; readonly fields: Given; readonly location: string },
) {
  const { request } = exchange
  return await onceFor(context, exchange, async () => {
    const added = await addRecord(context.sql, of.kind, {
      caller: callerIn(request),
      fields: of.fields,
      by: byOf(context, request),
      check: of.kind.noun === 'machine' ? checkMachine(callerIn(request), null) : checkNothing,
    })
    const location = `/v1/manage/${of.kind.noun}s/${of.location}`
    return { status: 201, body: shown(request, of.kind, valueOf(added)), location }
  })
}

export async function change(
  context: HttpContext,
  { request, reply }: Exchange,
  of: { readonly kind: RecordKind; readonly key: readonly string[]; readonly body: Given },
) {
  const caller = callerIn(request)
  const found = await readRecord(context.sql, of.kind, { caller, key: of.key })
  if (found === null) throw new Refusal('record-unknown')
  const { reason, ...fields } = of.body
  const changed = await changeRecord(context.sql, of.kind, {
    caller,
    key: of.key,
    revision: revisionIn(request),
    fields,
    by: byOf(context, request, typeof reason === 'string' ? reason : undefined),
    check: of.kind.noun === 'machine' ? checkMachine(caller, found) : checkNothing,
  })
  const record = valueOf(changed)
  return await reply.header('etag', etagOf(record.revision)).send(shown(request, of.kind, record))
}

export async function retire(
  context: HttpContext,
  { request, reply }: Exchange,
  of: {
    readonly kind: RecordKind
    readonly key: readonly string[]
    readonly body: { readonly reason: string }
  },
) {
  const caller = callerIn(request)
  if ((await readRecord(context.sql, of.kind, { caller, key: of.key })) === null)
    throw new Refusal('record-unknown')
  const by = byOf(context, request, of.body.reason)
  const retired = await retireRecord(context.sql, of.kind, {
    caller,
    key: of.key,
    revision: revisionIn(request),
    by,
  })
  const record = valueOf(retired)
  return await reply.header('etag', etagOf(record.revision)).send(shown(request, of.kind, record))
}
