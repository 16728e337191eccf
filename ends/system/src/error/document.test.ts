import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'node:test'
import { ENROLMENT_ERRORS, ENROLMENT_ROWS } from '../identity/enrolment-error.ts'
import { errorDocument } from './document.ts'
import { ERRORS } from './table.ts'

const FILE = path.join(import.meta.dirname, '../../../../docs/reference/errors.md')

// `FARTHING_WRITE_DOCUMENTS=1 node --test …` writes the reference instead of holding it to the table.
if (process.env['FARTHING_WRITE_DOCUMENTS'] === '1') await writeFile(FILE, errorDocument())

test('every code of the table has its row in the reference, and the reference has no other', async () => {
  const documented = [...(await readFile(FILE, 'utf8')).matchAll(/^\| `([a-z-]+)` \|/gm)].map(
    (match) => match[1],
  )
  assert.ok(documented.length > 50, 'the reference has its rows')
  assert.equal(documented.length, new Set(documented).size)
  assert.deepEqual(new Set(documented), new Set([...Object.keys(ERRORS), ...ENROLMENT_ERRORS]))
})

test('the reference says what the table says', async () => {
  assert.equal(await readFile(FILE, 'utf8'), errorDocument())
})

test('statuses are errors, words end in a full stop, and nothing is both charged and not', () => {
  for (const [code, row] of [...Object.entries(ERRORS), ...Object.entries(ENROLMENT_ROWS)]) {
    assert.ok(row.status >= 400 && row.status < 600, code)
    assert.match(row.detail, /\.$/, code)
    assert.doesNotMatch(row.title, /\.$/, code)
    assert.doesNotMatch(row.detail, /\|/, code)
  }
})
