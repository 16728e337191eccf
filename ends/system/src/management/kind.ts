import type postgres from 'postgres'
import type { Place } from '../access/reach.ts'
import type { PlaceColumns } from '../access/within.ts'
import type { AnySql } from '../database.ts'

type Fragment = postgres.PendingQuery<postgres.Row[]>

/** A record as whoever may read all of it sees it; times in epoch milliseconds, amounts as decimal digits. */
export interface ManagedRecord {
  readonly merchantId: string
  readonly siteId?: string | null
  readonly revision: number
  readonly retiredAtMs: number | null
  readonly [field: string]: string | number | boolean | null | undefined
}

/** What the one engine in `record.ts` needs to know of each kind of record. */
export interface RecordKind {
  readonly noun: 'merchant' | 'site' | 'machine'
  /** Fields by which one is found and all are ordered, in this order. */
  readonly key: readonly string[]
  /** Columns of what is given or changed, by field. */
  readonly columns: Readonly<Record<string, string>>
  readonly places: PlaceColumns
  /** Everything that a record shows, named as its fields. */
  readonly select: (sql: AnySql) => Fragment
  readonly placeOf: (record: ManagedRecord) => Place
  /** Why it cannot be retired; null when nothing needs it any more. */
  readonly inUse: (sql: AnySql, record: ManagedRecord) => Promise<InUse | null>
}

/** What still needs a record. */
export const IN_USE = [
  'machines',
  'sites',
  'chip',
  'payments',
  'cases',
  'last-owner',
  'last-passkey',
] as const
export type InUse = (typeof IN_USE)[number]

const history = (sql: AnySql) => sql`
  revision, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
  (extract(epoch FROM retired_at) * 1000)::float8 AS "retiredAtMs"`

const MERCHANT: RecordKind = {
  noun: 'merchant',
  key: ['merchantId'],
  columns: { merchantId: 'merchant_id', name: 'name', support: 'support', iban: 'iban', enabled: 'enabled' },
  places: { merchant: 'merchant_id' },
  select: (sql) => sql`merchant_id AS "merchantId", name, support, iban, enabled, ${history(sql)}`,
  placeOf: ({ merchantId }) => ({ merchantId, siteId: null }),
  inUse: async (sql, { merchantId }) => {
    const [use] = await sql<{ machines: boolean; payments: boolean; cases: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM machine WHERE merchant_id = ${merchantId} AND retired_at IS NULL) AS machines,
        EXISTS (SELECT 1 FROM payment WHERE merchant_id = ${merchantId} AND closed_at_ms IS NULL) AS payments,
        EXISTS (SELECT 1 FROM payment WHERE merchant_id = ${merchantId} AND open_case IS NOT NULL) AS cases`
    return use?.machines ? 'machines' : use?.payments ? 'payments' : use?.cases ? 'cases' : null
  },
}

const SITE: RecordKind = {
  noun: 'site',
  key: ['merchantId', 'siteId'],
  columns: { merchantId: 'merchant_id', siteId: 'site_id', name: 'name' },
  places: { merchant: 'merchant_id', site: 'site_id' },
  select: (sql) => sql`merchant_id AS "merchantId", site_id AS "siteId", name, ${history(sql)}`,
  placeOf: ({ merchantId, siteId }) => ({ merchantId, siteId: siteId ?? null }),
  inUse: async (sql, { merchantId, siteId }) => {
    const machines = await sql`
      SELECT 1 FROM machine WHERE merchant_id = ${merchantId} AND site_id = ${siteId ?? null} AND retired_at IS NULL
      LIMIT 1`
    return machines.length > 0 ? 'machines' : null
  },
}

const MACHINE: RecordKind = {
  noun: 'machine',
  key: ['machineId'],
  columns: {
    machineId: 'machine_id',
    merchantId: 'merchant_id',
    siteId: 'site_id',
    name: 'name',
    number: 'number',
    place: 'place',
    picture: 'picture',
    presence: 'presence',
    unprovenMaxMinor: 'unproven_max_minor',
    enabled: 'enabled',
  },
  places: { merchant: 'merchant_id', site: 'site_id' },
  select: (sql) => sql`
    machine_id AS "machineId", merchant_id AS "merchantId", site_id AS "siteId", name, number, place, picture, presence,
    unproven_max_minor::text AS "unprovenMaxMinor", enabled,
    (SELECT chip_id FROM chip WHERE chip.machine_id = machine.machine_id AND revoked_at IS NULL AND released_at IS NULL LIMIT 1) AS "chipId",
    (SELECT max(version) FROM tariff WHERE tariff.machine_id = machine.machine_id) AS "tariffVersion", ${history(sql)}`,
  placeOf: ({ merchantId, siteId }) => ({ merchantId, siteId: siteId ?? null }),
  inUse: async (sql, record) => {
    if (record['chipId'] !== null) return 'chip'
    const machineId = String(record['machineId'])
    const [use] = await sql<{ payments: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM payment WHERE machine_id = ${machineId} AND closed_at_ms IS NULL) AS payments`
    return use?.payments ? 'payments' : null
  },
}

export const KINDS = { merchant: MERCHANT, site: SITE, machine: MACHINE } as const
