import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/reference/faults.md')
const COLUMNS = 5
/** Each file ends with this check of everything that it did, which is not a fault of its own. */
const CLOSING = /^(a )?bad \w+ broke no invariant$/

/** Titles of the tests in this folder's other files, without those that close a file. */
function provoked(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts') && file !== path.basename(import.meta.filename))
    .flatMap((file) => titlesIn(readFileSync(path.join(import.meta.dirname, file), 'utf8')))
    .filter((title) => !CLOSING.test(title))
}

function titlesIn(source: string): string[] {
  return [...source.matchAll(/^test\(\s*(['"])(.*?)\1,/gms)].map(([, , title = '']) => title)
}

function rows(): string[][] {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n')
  const cells = lines
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((row) => row.map((cell) => cell.trim()))
  return cells.slice(2).filter(([what = '']) => !what.startsWith('**'))
}

test('every row of the table of faults says everything and names a test', () => {
  const titles = new Set(provoked())
  assert.ok(rows().length > 0)
  for (const row of rows()) {
    assert.equal(row.length, COLUMNS, row[0])
    assert.ok(
      row.every((cell) => cell !== ''),
      `the row "${String(row[0])}" leaves something open`,
    )
    assert.ok(titles.has(row.at(-1) ?? ''), `there is no test "${String(row.at(-1))}"`)
  }
})

test('every test of a fault has its one row in the table', () => {
  const titles = provoked()
  const named = rows().map((row) => row.at(-1))
  assert.deepEqual(
    titles.filter((title) => !named.includes(title)),
    [],
  )
  assert.equal(new Set(named).size, named.length, 'a test has one row')
  assert.equal(new Set(titles).size, titles.length, 'a title is there once')
})
