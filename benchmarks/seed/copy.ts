import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Sql } from '#system/database.ts'

export type Cell = string | number | bigint | boolean | null

const SPECIAL = /[\\\n\r\t]/g
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line of COPY's text format. */
function lineOf(row: readonly Cell[]): string {
  return row.map(cellOf).join('\t')
}

function cellOf(cell: Cell): string {
  if (cell === null) return '\\N'
  const text = String(cell)
  return text.search(SPECIAL) < 0 ? text : text.replaceAll(SPECIAL, (character) => ESCAPED[character] ?? '')
}

/** bytea in COPY's text. */
export function hexBytes(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString('hex')}`
}

/** Rows on their way into one table. */
export class Lines {
  readonly #table: string
  readonly #columns: readonly string[]
  #lines: string[] = []

  constructor(table: string, columns: readonly string[]) {
    this.#table = table
    this.#columns = columns
  }

  add(...row: readonly Cell[]): void {
    this.#lines.push(lineOf(row))
  }

  /** Copies what was added, in one transaction, and begins anew. */
  async flush(sql: Sql): Promise<void> {
    const lines = this.#lines
    if (lines.length === 0) return
    this.#lines = []
    const into = await sql`COPY ${sql(this.#table)} (${sql(this.#columns)}) FROM STDIN`.writable()
    await pipeline(Readable.from([`${lines.join('\n')}\n`]), into)
  }
}
