import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { it } from 'node:test'

/*
 * A chip may run in a small JavaScript engine without Node: what it needs of the protocol must not need Node either.
 * Golden bytes and tests run on Node, and so do keys that node:crypto holds.
 */
const SOURCE = new URL('./', import.meta.url)
const ON_NODE = /(^|\/)(node-keys|vectors\/.*|.*\.test|.*\.suite)\.ts$/
const ALLOWED_PACKAGES = ['cbor2']
const ABSENT =
  /\b(Buffer|process|crypto|TextEncoder|TextDecoder|URL|structuredClone|setTimeout|setInterval|console|fetch|Intl|performance|Date|atob|btoa)\b/

const portable = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !ON_NODE.test(path))

function codeOf(path: string): string {
  const text = readFileSync(new URL(path, SOURCE), 'utf8')
  return text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

it('looks at every file of the core', () => {
  assert.ok(portable.length > 25)
  assert.ok(portable.includes('message/check.ts') && portable.includes('envelope.ts'))
})

for (const path of portable) {
  it(`${path} imports the protocol and cbor2 alone, and uses no global that only some engines have`, () => {
    const code = codeOf(path)
    for (const [, from = ''] of code.matchAll(/from '([^']+)'/g)) {
      assert.ok(from.startsWith('.') || ALLOWED_PACKAGES.includes(from), from)
      assert.doesNotMatch(from, /node-keys|vectors|\.suite|\.test/)
    }
    assert.doesNotMatch(code, ABSENT)
  })
}
