import { createHmac, timingSafeEqual } from 'node:crypto'
import { type TSchema, Type } from 'typebox'
import { canonicalJson, type Plain } from '../../audit/canonical.ts'
import { Refusal } from '../../error/problem.ts'
import type { HttpContext } from '../context.ts'

const LIMIT_MAX = 200
const LIMIT_DEFAULT = 50
const SEAL_BYTES = 12

/** Members of every list's query. Numbers stand in addresses as text. */
export const pageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 400, pattern: '^[A-Za-z0-9_-]+$' })),
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
}

export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

export interface Paging<Key> {
  readonly after: Key | null
  readonly limit: number
}

/**
 * A cursor is the last row's own key, so that rows that come in between shift nothing, with a seal over it and the question
 * it belongs to: who writes one, or takes it to another question, is refused.
 */
export function pagingOf<Key extends readonly Plain[]>(
  context: Pick<HttpContext, 'pseudonymSecret'>,
  question: { readonly [name: string]: string | undefined },
): Paging<Key> & { readonly next: (key: Key) => string } {
  const { cursor, limit = String(LIMIT_DEFAULT), ...rest } = question
  const about = canonicalJson(
    Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value ?? ''])),
  )
  const seal = (text: string) =>
    createHmac('sha256', context.pseudonymSecret)
      .update(`cursor\n${about}\n${text}`)
      .digest()
      .subarray(0, SEAL_BYTES)
  const next = (key: Key) => {
    const text = JSON.stringify(key)
    return Buffer.concat([seal(text), Buffer.from(text)]).toString('base64url')
  }
  return { after: cursor === undefined ? null : opened<Key>(cursor, seal), limit: limitOf(limit), next }
}

function opened<Key>(cursor: string, seal: (text: string) => Buffer): Key {
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.subarray(SEAL_BYTES).toString('utf8')
  if (bytes.length <= SEAL_BYTES || !timingSafeEqual(bytes.subarray(0, SEAL_BYTES), seal(text))) {
    throw new Refusal('cursor-refused')
  }
  return JSON.parse(text) as Key
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (limit > LIMIT_MAX) throw new Refusal('request-malformed')
  return limit
}

/** One row more than asked for says whether there is another page. */
export function paged<Row, Key>(
  rows: readonly Row[],
  paging: { readonly limit: number; readonly next: (key: Key) => string },
  keyOf: (row: Row) => Key,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const shown = rows.slice(0, paging.limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > paging.limit && last !== undefined ? paging.next(keyOf(last)) : null
  return { rows: shown, nextCursor }
}
