import type { Grant } from '#system/access/reach.ts'
import type { Sql } from '#system/database.ts'

/** Who asks, by how far they reach. */
export type Asker = 'platform' | 'largest' | 'smallest' | 'many' | 'site' | 'mixed'

/** One query of the console, as it is asked of any fleet. */
export interface Query {
  readonly name: string
  readonly asker: Asker
  /** Without `limit` and `cursor`, for lists. */
  readonly path: (places: Places) => string
  readonly kind: 'list' | 'one'
  /** Lists: so many pages in, where the fleet has them. */
  readonly deep?: true
}

/** What of a fleet is asked about. */
export interface Places {
  readonly largest: string
  readonly smallest: string
  readonly many: readonly string[]
  readonly siteId: string
  readonly machineId: string
  readonly chipId: string
  readonly quietMachineId: string
  readonly paymentId: string
  readonly staffId: string
  readonly fromMs: number
  readonly toMs: number
}

const MANY = 12
const DAY_MS = 24 * 3_600_000

/** The largest and the smallest merchant with payments, their machines, and a moment three months before the last claim. */
export async function placesOf(sql: Sql): Promise<Places> {
  const merchants = await sql<{ id: string }[]>`
    SELECT merchant_id AS id FROM payment GROUP BY merchant_id ORDER BY count(*) DESC, merchant_id`
  const ids = merchants.map(({ id }) => id)
  const [largest = '', smallest = ''] = [ids[0], ids.at(-1)]
  const machines = await sql<{ id: string; chip: string; site: string }[]>`
    SELECT machine_id AS id, chip_id AS chip, site_id AS site FROM payment JOIN machine USING (machine_id)
    WHERE payment.merchant_id = ${largest} GROUP BY machine_id, chip_id, site_id ORDER BY count(*) DESC, machine_id`
  const [first, last] = [machines[0], machines.at(-1)]
  const [payment] = await sql<{ id: string }[]>`
    SELECT payment_id AS id FROM payment WHERE state = 'delivered' ORDER BY claimed_at_ms, payment_id
    OFFSET (SELECT count(*) / 2 FROM payment WHERE state = 'delivered') LIMIT 1`
  const [moment] = await sql<{ last: number }[]>`SELECT max(claimed_at_ms)::float8 AS last FROM payment`
  const [member] = await sql<{ id: string }[]>`
    SELECT staff_id AS id FROM staff_role WHERE merchant_id = ${largest} ORDER BY grant_id LIMIT 1`
  const toMs = (moment?.last ?? 0) - 90 * DAY_MS
  return {
    largest,
    smallest,
    many: ids.slice(0, MANY),
    fromMs: toMs - 30 * DAY_MS,
    toMs,
    siteId: last?.site ?? '',
    machineId: first?.id ?? '',
    chipId: first?.chip ?? '',
    quietMachineId: last?.id ?? '',
    paymentId: payment?.id ?? '',
    staffId: member?.id ?? '',
  }
}

export function grantsOf(asker: Asker, places: Places): readonly Grant[] {
  const owner = (merchantId: string): Grant => ({ role: 'merchant-owner', merchantId, siteId: null })
  const local: Grant = { role: 'manager', merchantId: places.largest, siteId: places.siteId }
  switch (asker) {
    case 'platform':
      return [{ role: 'platform-owner', merchantId: null, siteId: null }]
    case 'largest':
      return [owner(places.largest)]
    case 'smallest':
      return [owner(places.smallest)]
    case 'many':
      return places.many.map(owner)
    case 'site':
      return [local]
    case 'mixed':
      return [owner(places.smallest), local]
  }
}

const ALL: readonly Asker[] = ['platform', 'largest', 'smallest', 'many', 'site', 'mixed']
/** As often as in life, seldom, and never yet. */
const STATES = ['delivered', 'refunded', 'partlyRefunded', 'ended', 'running', 'abandoned'] as const
const END_REASONS = ['cancelled', 'machine-empty', 'bank-reversed', 'chip-not-issued'] as const

type Filters = (places: Places) => string

const FILTERS: Readonly<Record<string, Filters>> = {
  '': () => '',
  ...Object.fromEntries(STATES.map((state) => [`state=${state}`, () => `&state=${state}`])),
  ...Object.fromEntries(END_REASONS.map((end) => [`endReason=${end}`, () => `&endReason=${end}`])),
  machineId: ({ machineId }) => `&machineId=${machineId}`,
  'machineId of a quiet one': ({ quietMachineId }) => `&machineId=${quietMachineId}`,
  'machineId and state': ({ machineId }) => `&machineId=${machineId}&state=refunded`,
  merchantId: ({ largest }) => `&merchantId=${largest}`,
  'merchantId and endReason': ({ largest }) => `&merchantId=${largest}&endReason=cancelled`,
  'fromMs and toMs': ({ fromMs, toMs }) => `&fromMs=${String(fromMs)}&toMs=${String(toMs)}`,
  'toMs and state': ({ toMs }) => `&toMs=${String(toMs)}&state=refunded`,
}

const CASE_FILTERS = ['', 'machineId', 'merchantId', 'fromMs and toMs']

function paymentLists(asker: Asker): readonly Query[] {
  const list = (noun: string, filter: string): Query => ({
    name: `${noun} ${filter}`.trim(),
    asker,
    kind: 'list',
    path: (places) => `/v1/manage/${noun}?${FILTERS[filter]?.(places) ?? ''}`.replace('?&', '?'),
  })
  const lists = [
    ...Object.keys(FILTERS).map((filter) => list('payments', filter)),
    ...CASE_FILTERS.map((filter) => list('cases', filter)),
  ]
  const deep = [list('payments', ''), list('payments', 'state=delivered'), list('cases', '')]
  return [...lists, ...deep.map((query) => ({ ...query, name: `${query.name}, deep`, deep: true as const }))]
}

const one = (name: string, path: Filters): Query => ({ name, asker: 'largest', kind: 'one', path })

function otherLists(asker: Asker): readonly Query[] {
  const list = (name: string, path: Filters): Query => ({ name, asker, kind: 'list', path })
  return [
    list('merchants', () => '/v1/manage/merchants?'),
    list('sites', () => '/v1/manage/sites?'),
    list('sites merchantId', ({ largest }) => `/v1/manage/sites?merchantId=${largest}`),
    list('machines', () => '/v1/manage/machines?'),
    list('machines retired', () => '/v1/manage/machines?retired=true'),
    list('machines merchantId', ({ largest }) => `/v1/manage/machines?merchantId=${largest}`),
    list(
      'machines siteId',
      ({ largest, siteId }) => `/v1/manage/machines?merchantId=${largest}&siteId=${siteId}`,
    ),
    list('chips', () => '/v1/manage/chips?'),
    list('chips machineId', ({ machineId }) => `/v1/manage/chips?machineId=${machineId}`),
    ...(asker === 'platform' || asker === 'largest' ? peopleLists(list) : []),
  ]
}

function peopleLists(list: (name: string, path: Filters) => Query): readonly Query[] {
  return ['staff', 'invitations', 'api-keys', 'approvals', 'audit'].map((noun) =>
    list(noun, () => `/v1/manage/${noun}?`),
  )
}

/** Every question that the console's interface takes about these nouns, by whoever may ask it. */
export const QUERIES: readonly Query[] = [
  ...ALL.flatMap((asker) => [...paymentLists(asker), ...otherLists(asker)]),
  one('a payment whole', ({ paymentId }) => `/v1/manage/payments/${paymentId}`),
  one('a merchant', ({ largest }) => `/v1/manage/merchants/${largest}`),
  one('a site', ({ largest, siteId }) => `/v1/manage/sites/${largest}/${siteId}`),
  one('a machine', ({ machineId }) => `/v1/manage/machines/${machineId}`),
  one('tariffs of a machine', ({ machineId }) => `/v1/manage/machines/${machineId}/tariffs`),
  one('a chip', ({ chipId }) => `/v1/manage/chips/${chipId}`),
  one('a member of staff', ({ staffId }) => `/v1/manage/staff/${staffId}`),
  one('what oneself may', () => '/v1/manage/access'),
  one('own sessions', () => '/v1/manage/sessions'),
].map((query) => (query.name === 'a payment whole' ? { ...query, asker: 'platform' } : query))
