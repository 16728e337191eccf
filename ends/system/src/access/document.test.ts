import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'node:test'
import { accessDocument } from './document.ts'
import { ROLES, ROLE_TABLE } from './role.ts'
import { ACTIONS, isAction, rightsOf, rowOf } from './table.ts'

const FILE = path.join(import.meta.dirname, '../../../../docs/reference/access.md')

// `FARTHING_WRITE_DOCUMENTS=1 node --test …` writes the reference instead of holding it to the table.
if (process.env['FARTHING_WRITE_DOCUMENTS'] === '1') await writeFile(FILE, accessDocument())

test('the reference says what the table says', async () => {
  const text = await readFile(FILE, 'utf8')
  assert.equal(text, accessDocument())
  for (const action of ACTIONS) assert.ok(text.includes(`\`${action}\``), action)
})

test('whoever reads nothing changes nothing: every action on a record is for those who read it', () => {
  for (const action of ACTIONS) {
    const [noun = ''] = action.split('.')
    const read = `${noun}.read`
    if (!isAction(read)) continue
    for (const role of rowOf(action).roles) assert.ok(rowOf(read).roles.includes(role), `${role} ${action}`)
  }
})

test('a field that a role sets it reads too', () => {
  for (const role of ROLES) {
    const { read, set } = rightsOf(role)
    for (const [noun, fields] of Object.entries(set)) {
      for (const field of fields) assert.ok(read[noun]?.includes(field), `${role} ${noun}.${field}`)
    }
  }
})

test('no role gives one that may do what it may not itself', () => {
  for (const role of ROLES) {
    const own = new Set(rightsOf(role).actions)
    for (const given of ROLE_TABLE[role].grants) {
      for (const action of rightsOf(given).actions)
        assert.ok(own.has(action), `${role} gives ${given}: ${action}`)
    }
  }
})

test('an auditor changes nothing, and a platform owner is the only one of its kind of reach', () => {
  const changing = rightsOf('auditor').actions.filter((action) => !action.endsWith('.read'))
  // What is one's own.
  assert.deepEqual(changing, ['session.end', 'passkey.add', 'passkey.remove'])
  for (const role of ROLES) {
    const rights = rightsOf(role)
    if (role !== 'platform-owner') assert.ok(!rights.actions.includes('merchant.add'), role)
  }
})
