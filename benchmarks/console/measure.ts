import type { Sql } from '#system/database.ts'
import { type Asker, type Places, type Query, grantsOf, placesOf } from './queries.ts'
import { type Ask, startConsoleServer } from './server.ts'

const PAGE = 50
const PAGE_WALKED = 200
/** A tenth of the fleet, and not more pages than this. */
const PAGES_WALKED_MAX = 25
const ROWS_LEFT_MIN = 1

export interface Fleet {
  readonly places: Places
  readonly askers: ReadonlyMap<Asker, Ask>
  readonly close: () => Promise<void>
}

export async function openFleet(sql: Sql, askers: readonly Asker[]): Promise<Fleet> {
  const places = await placesOf(sql)
  const server = await startConsoleServer(sql)
  const asking = new Map<Asker, Ask>()
  for (const asker of askers) asking.set(asker, await server.as(grantsOf(asker, places)))
  return { places, askers: asking, close: server.close }
}

export interface Measured {
  readonly name: string
  readonly asker: Asker
  readonly rows: number
  readonly smallMs: number
  readonly bigMs: number
  readonly ratio: number
}

interface Prepared {
  readonly ask: () => Promise<unknown>
  readonly rows: number
}

/**
 * The query as it is repeated. Of both fleets the same number of rows is asked, so that the ratio tells what the size of the
 * fleet costs and not how much was found.
 */
async function pathsFor(
  fleets: readonly [small: Fleet, big: Fleet],
  query: Query,
): Promise<readonly Prepared[]> {
  const asked = fleets.map(({ askers, places }) => {
    const ask = askers.get(query.asker)
    if (ask === undefined) throw new Error(`nobody asks as ${query.asker}`)
    return { ask, path: query.path(places) }
  })
  if (query.kind === 'one') return asked.map(({ ask, path }) => ({ ask: () => ask(path), rows: 1 }))
  const found: {
    readonly ask: Ask
    readonly path: string
    readonly rows: number
    readonly cursor: string
  }[] = []
  for (const { ask, path } of asked) {
    const cursor = query.deep === undefined ? '' : await walk(ask, path)
    const { items = [] } = await ask(`${path}&limit=${String(PAGE)}${cursor}`.replace('?&', '?'))
    found.push({ ask, path, rows: items.length, cursor })
  }
  const rows = Math.min(PAGE, ...found.map((fleet) => Math.max(ROWS_LEFT_MIN, fleet.rows)))
  const prepared: Prepared[] = []
  for (const { ask, path, cursor } of found) {
    // A cursor belongs to its question, of which the limit is no part.
    const whole = `${path}&limit=${String(rows)}${cursor}`.replace('?&', '?')
    prepared.push({ ask: () => ask(whole), rows })
  }
  return prepared
}

/** As deep into the list as it goes, but a page: the cursor of what comes then. */
async function walk(ask: Ask, path: string): Promise<string> {
  let cursor = ''
  for (let page = 0; page < PAGES_WALKED_MAX; page += 1) {
    const size = page === 0 ? PAGE : PAGE_WALKED
    const { nextCursor } = await ask(`${path}&limit=${String(size)}${cursor}`.replace('?&', '?'))
    if (nextCursor === null || nextCursor === undefined) break
    cursor = `&cursor=${nextCursor}`
  }
  return cursor
}

/** Medians over so many repetitions, the two fleets by turns, so that what else the computer does falls on both. */
export async function measure(
  fleets: readonly [small: Fleet, big: Fleet],
  query: Query,
  repetitions: number,
): Promise<Measured> {
  const prepared = await pathsFor(fleets, query)
  const times: number[][] = prepared.map(() => [])
  for (let turn = -2; turn < repetitions; turn += 1) {
    for (const [index, { ask }] of prepared.entries()) {
      const startedAt = performance.now()
      await ask()
      // The first ones warm up plans and caches.
      if (turn >= 0) times[index]?.push(performance.now() - startedAt)
    }
  }
  const [smallMs = 0, bigMs = 0] = times.map(median)
  const { name, asker } = query
  return { name, asker, rows: prepared[0]?.rows ?? 0, smallMs, bigMs, ratio: bigMs / smallMs }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
