/** The core runs wherever there is a JavaScript engine: nothing in it may lean on a runtime. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const MACHINE = path.resolve(import.meta.dirname, '../../../machine/src/machine.ts')
const LEAST_FILES = 12
/** Globals of runtimes, which an engine such as QuickJS does not have, and ways to a clock or chance of one's own. */
const FORBIDDEN =
  /\b(?:TextEncoder|TextDecoder|setTimeout|setInterval|setImmediate|clearTimeout|queueMicrotask|structuredClone|fetch|crypto|console|process|Buffer|globalThis|performance|URL|Date|require)\b(?!['-])|\bMath\.random\b|\basync\b|\bawait\b|\bPromise\b/

/** Code without comments and texts, where words are only words. */
function codeOf(source: string): string {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
}

const files = [
  ...readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !/\.(?:test|suite)\.ts$/.test(name))
    .map((name) => path.join(import.meta.dirname, name)),
  MACHINE,
]

test('the core was looked at', () => {
  assert.ok(files.length >= LEAST_FILES, `only ${String(files.length)} files`)
  assert.match(codeOf("const a = 'x' // Buffer\nBuffer.from(a)"), FORBIDDEN)
  assert.doesNotMatch(codeOf("const a = 'Buffer' // Buffer\n/* Date */"), FORBIDDEN)
})

for (const file of files) {
  test(`${path.basename(file)} leans on no runtime`, () => {
    const source = readFileSync(file, 'utf8')
    const imports = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, from]) => from)
    for (const from of imports) {
      assert.match(String(from), /^(?:\.\/[a-z-]+\.ts|#protocol|#machine\/machine\.ts)$/)
    }
    assert.doesNotMatch(codeOf(source), FORBIDDEN)
  })
}
