import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  Extension,
  X509CrlGenerator,
  type X509CrlReason,
} from '@peculiar/x509'
import { sha256Hex } from '../audit/canonical.ts'
import type { AnySql, Sql } from '../database.ts'
import { ISSUER_ALGORITHM, type Issuer } from './authority.ts'

const HOUR_MS = 60 * 60 * 1000
/** Good for a week; signed anew after half of it. */
const LIST_LIFE_MS = 7 * 24 * HOUR_MS
const LIST_RENEW_MS = LIST_LIFE_MS / 2
/** Signed a moment before a clock that is a little behind. */
const BACKDATED_MS = 5 * 60 * 1000
/** An expired certificate is refused for that; it stays on the list for a day longer, for clocks that differ. */
const LISTED_AFTER_EXPIRY_MS = 24 * HOUR_MS
/** So many revoked and unexpired certificates of one issuer at most: about 400 kB. */
const ENTRIES_MAX = 10_000
const LIST_LOCK = 7_214_042
const CRL_NUMBER = '2.5.29.20'

interface Entry {
  readonly serial: string
  readonly revokedAtMs: number
  readonly reason: number
}

interface ListRow {
  readonly number: string
  readonly entries_hash: string
  readonly list: Buffer
  readonly this_update: Date
}

/**
 * The issuer's revocation list (RFC 5280 section 5) as it is now, in DER. The same for every node: one of them signs it
 * when something changed or it grows old, with a higher number, and keeps it. Null for an issuer without a key that never
 * had a list.
 */
export async function currentList(sql: Sql, issuer: Issuer, nowMs: number): Promise<Uint8Array | null> {
  const kept = await keptList(sql, issuer, nowMs)
  if (kept.fresh || !issuer.signingKey) return kept.row ? new Uint8Array(kept.row.list) : null
  return await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${LIST_LOCK})`
    const { row, entries, hash, fresh } = await keptList(transaction, issuer, nowMs)
    if (fresh && row) return new Uint8Array(row.list)
    const number = BigInt(row?.number ?? 0) + 1n
    const list = await signList(issuer, { number, entries, nowMs })
    await transaction`
      INSERT INTO revocation_list (issuer, number, entries_hash, list, this_update, next_update)
      VALUES (${issuer.serial}, ${number.toString()}, ${hash}, ${Buffer.from(list)}, ${new Date(nowMs)},
        ${new Date(nowMs + LIST_LIFE_MS)})
      ON CONFLICT (issuer) DO UPDATE SET number = excluded.number, entries_hash = excluded.entries_hash,
        list = excluded.list, this_update = excluded.this_update, next_update = excluded.next_update`
    return list
  })
}

async function keptList(sql: AnySql, issuer: Issuer, nowMs: number) {
  const entries = await listedEntries(sql, issuer, nowMs)
  const hash = sha256Hex(JSON.stringify(entries.map(({ serial }) => serial)))
  const [row] = await sql<ListRow[]>`
    SELECT number, entries_hash, list, this_update FROM revocation_list WHERE issuer = ${issuer.serial}`
  const fresh = row?.entries_hash === hash && nowMs < row.this_update.getTime() + LIST_RENEW_MS
  return { entries, hash, row, fresh }
}

async function listedEntries(sql: AnySql, issuer: Issuer, nowMs: number): Promise<readonly Entry[]> {
  const rows = await sql<{ serial: string; revoked_at: Date; revocation_reason: number }[]>`
    SELECT serial, revoked_at, revocation_reason FROM chip_certificate
    WHERE issuer = ${issuer.serial} AND revoked_at IS NOT NULL
      AND not_after > ${new Date(nowMs - LISTED_AFTER_EXPIRY_MS)}
    ORDER BY revoked_at DESC, serial LIMIT ${ENTRIES_MAX}`
  return rows.map((row) => ({
    serial: row.serial,
    revokedAtMs: row.revoked_at.getTime(),
    reason: row.revocation_reason,
  }))
}

async function signList(
  issuer: Issuer,
  {
    number,
    entries,
    nowMs,
  }: { readonly number: bigint; readonly entries: readonly Entry[]; readonly nowMs: number },
): Promise<Uint8Array> {
  if (!issuer.signingKey) throw new TypeError('a list needs its issuer’s key')
  const list = await X509CrlGenerator.create(
    {
      issuer: issuer.certificate.subject,
      thisUpdate: new Date(nowMs - BACKDATED_MS),
      nextUpdate: new Date(nowMs + LIST_LIFE_MS),
      signingAlgorithm: ISSUER_ALGORITHM,
      signingKey: issuer.signingKey,
      extensions: [
        await AuthorityKeyIdentifierExtension.create(issuer.certificate, false, crypto),
        new Extension(CRL_NUMBER, false, derInteger(number)),
      ],
      entries: entries.map(({ serial, revokedAtMs, reason }) => ({
        serialNumber: serial,
        revocationDate: new Date(revokedAtMs),
        reason: reason as X509CrlReason,
      })),
    },
    crypto,
  )
  return new Uint8Array(list.rawData)
}

/** X.690 section 8.3, of a number that is not negative. */
function derInteger(value: bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16)
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  const hex = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even
  return Uint8Array.of(2, hex.length / 2, ...Buffer.from(hex, 'hex'))
}
