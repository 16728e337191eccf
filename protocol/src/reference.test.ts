import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fromHex, toHex } from './bytes.ts'
import { encodeItem } from './cbor.ts'
import { MACHINE_STATE_CODES } from './message/machine-state.ts'
import { EVIDENCE_CODES, RESULT_CODES } from './message/outcome.ts'
import type { Fields } from './message/field.ts'
import { REFUSAL_CODES } from './message/refusal.ts'
import { MESSAGES, MESSAGE_NAMES } from './message/registry.ts'
import { tariff } from './message/tariff.ts'
import { ORIGIN_LENGTH_MAX } from './payment-url.ts'
import { PROTOCOL_ERROR_CODES } from './protocol-error.ts'

/* docs/reference/device-protocol.md and the code say the same. */
const page = readFileSync(new URL('../../docs/reference/device-protocol.md', import.meta.url), 'utf8')

/** What stands below a heading, up to the next one of its level or above. */
function sectionOf(heading: string): string {
  const start = page.indexOf(`\n${heading}\n`)
  assert.ok(start >= 0, heading)
  const rest = page.slice(start + heading.length + 2)
  const level = heading.indexOf(' ')
  const next = rest.search(new RegExp(`^#{2,${String(level)}} `, 'm'))
  return next < 0 ? rest : rest.slice(0, next)
}

/** Cells of the body rows of every table in a section, table after table. */
function tablesOf(section: string): readonly (readonly (readonly string[])[])[] {
  const tables: string[][][] = []
  let table: string[][] = []
  for (const line of [...section.split('\n'), '']) {
    if (line.startsWith('|')) {
      const cells = line.split('|').slice(1, -1)
      table.push(cells.map((cell) => cell.trim().replaceAll('`', '')))
    } else if (table.length > 0) {
      tables.push(table.slice(2))
      table = []
    }
  }
  return tables
}

function firstColumns(
  table: readonly (readonly string[])[] | undefined,
  columns: number,
): readonly string[][] {
  assert.ok(table !== undefined && table.length > 0)
  return table.map((row) => row.slice(0, columns))
}

function rowsOf(fields: Fields): readonly string[][] {
  return Object.entries(fields).map(([name, { key, codec }]) => [String(key), name, codec.describe])
}

function codesOf(codes: Readonly<Record<string, number>>): readonly string[][] {
  return Object.entries(codes).map(([name, code]) => [String(code), name])
}

for (const name of MESSAGE_NAMES) {
  it(`${name}: kind, direction and every field with its key and limits`, () => {
    const section = sectionOf(`### ${name}`)
    const { kind, direction, fields } = MESSAGES[name]
    const [, number, side] = /^\s*Kind (\d+), (up|down|signed by the chip)\b/.exec(section) ?? []
    assert.equal(number, String(kind))
    assert.equal(side, name === 'payment-code' ? 'signed by the chip' : direction)
    const [table] = tablesOf(section)
    assert.deepEqual(firstColumns(table, 3), rowsOf(fields))
  })
}

it('describes no message that there is not', () => {
  const headings = [...sectionOf('## Messages').matchAll(/^### (.*)$/gm)].map(([, name]) => name)
  assert.deepEqual(headings, MESSAGE_NAMES)
})

it('the fields of a product', () => {
  const [, table] = tablesOf(sectionOf('### tariff'))
  assert.deepEqual(firstColumns(table, 3), rowsOf(tariff.fields.products.codec.fields ?? {}))
})

it('every error, and no other', () => {
  const [table] = tablesOf(sectionOf('## Errors'))
  assert.deepEqual(firstColumns(table, 1).flat(), PROTOCOL_ERROR_CODES)
})

it('every refusal, result and grade of evidence', () => {
  const [refusals] = tablesOf(sectionOf('## Refusals'))
  const [results, evidence] = tablesOf(sectionOf('## Outcomes'))
  assert.deepEqual(firstColumns(refusals, 2), codesOf(REFUSAL_CODES))
  assert.deepEqual(firstColumns(results, 2), codesOf(RESULT_CODES))
  assert.deepEqual(firstColumns(evidence, 2), codesOf(EVIDENCE_CODES))
  for (const [code, name] of codesOf(MACHINE_STATE_CODES))
    assert.ok(page.includes(`${String(code)} ${String(name)}`))
})

it('how long an address may be', () => {
  assert.ok(page.includes(`may have ${String(ORIGIN_LENGTH_MAX)} characters`))
})

it('the example is the golden one, byte by byte', () => {
  const hexOf = (fence: string): string => {
    const [, dump = ''] = new RegExp(`\`\`\`${fence}\\n([^]*?)\`\`\``).exec(page) ?? []
    return dump.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '')
  }
  const file: unknown = JSON.parse(
    readFileSync(new URL('../vectors/payment-code.json', import.meta.url), 'utf8'),
  )
  assert.ok(typeof file === 'object' && file !== null && 'vectors' in file && Array.isArray(file.vectors))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compared below
  const [first] = file.vectors as readonly {
    payload: string
    diagnostic: string
    signed: { EdDSA: string }
  }[]
  assert.ok(first)
  assert.equal(hexOf('hexdump'), first.signed.EdDSA)
  assert.ok(page.includes(first.diagnostic))
  const [protectedBytes, payload] = [fromHex('a10127'), fromHex(first.payload)]
  assert.ok(protectedBytes && payload)
  const signed = encodeItem(['Signature1', protectedBytes, new Uint8Array(0), payload])
  assert.equal(hexOf('hexdump-signed'), toHex(signed))
})
