import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

/**
 * The walls of the house (ARCHITECTURE.md): who may import from whom. Read from the files themselves, since a
 * checker that knows no TypeScript looks at nothing and is content; so this one counts what it has looked at.
 */
const ROOT = path.resolve(import.meta.dirname, '../..')
const FILES_MIN = 250
const IMPORTS_MIN = 900

interface Import {
  readonly file: string
  /** From the root of the repository for what is ours, otherwise as written. */
  readonly target: string
}

const ALIASES: Readonly<Record<string, string>> = {
  '#protocol': 'protocol/src',
  '#machine': 'ends/machine/src',
  '#chip': 'ends/chip/src',
  '#system': 'ends/system/src',
  '#bank': 'ends/bank/src',
  '#broker': 'ends/broker/src',
  '#hosting': 'hosting/src',
}

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.js'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '')
const imports = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8')
  const found = text.matchAll(/\bfrom\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g)
  return [...found].map((match) => ({ file, target: resolve(file, match[1] ?? match[2] ?? '') }))
}

function resolve(file: string, name: string): string {
  if (name.startsWith('.')) return path.join(path.dirname(file), name)
  const [alias = '', ...rest] = name.split('/')
  const folder = ALIASES[alias]
  return folder === undefined ? name : path.join(folder, ...(rest.length > 0 ? rest : ['index.ts']))
}

const isTest = (file: string) => /\.(test|suite)\.tsx?$/.test(file)
const isOurs = (target: string) =>
  /^(protocol|ends|commands|hosting|stage|simulation|tests|benchmarks)\//.test(target)

function offenders(among: (file: string) => boolean, allowed: (target: string) => boolean): string[] {
  const looked = imports.filter(({ file }) => among(file))
  assert.ok(looked.length > 0, 'the rule looked at nothing')
  return looked
    .filter(({ target }) => !allowed(target))
    .map(({ file, target }) => `${file} imports ${target}`)
}

/** What an end may use besides itself and the protocol. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  chip: ['ends/machine/src/'],
  machine: [],
  system: [],
  bank: [],
  broker: [],
  console: [],
  // Only the type of what it shows.
  payer: ['ends/system/src/payment/view.ts'],
  // Only the types of what the chip tells and takes.
  installer: ['ends/chip/src/setup/setup-view.ts'],
}

test('the check has looked at the whole house', () => {
  assert.ok(files.length >= FILES_MIN, `${String(files.length)} files`)
  assert.ok(imports.length >= IMPORTS_MIN, `${String(imports.length)} imports`)
})

for (const [end, others] of Object.entries(ENDS)) {
  test(`the ${end} imports nothing of the house but itself, the protocol${others.map((other) => `, ${other}`).join('')}`, () => {
    const own = [`ends/${end}/`, 'protocol/src/', ...others]
    const wrong = offenders(
      (file) => file.startsWith(`ends/${end}/`) && !isTest(file),
      (target) => !isOurs(target) || own.some((folder) => target.startsWith(folder)),
    )
    assert.deepEqual(wrong, [])
  })
}

test('the commands import nothing of the house but ends', () => {
  const wrong = offenders(
    (file) => file.startsWith('commands/'),
    (target) => !isOurs(target) || target.startsWith('ends/'),
  )
  assert.deepEqual(wrong, [])
})

test('the protocol imports nothing of the house', () => {
  const wrong = offenders(
    (file) => file.startsWith('protocol/'),
    (target) => !isOurs(target) || target.startsWith('protocol/'),
  )
  assert.deepEqual(wrong, [])
})

test('what has to be portable imports nothing of Node', () => {
  const portable = (file: string) =>
    !isTest(file) &&
    (file.startsWith('ends/chip/src/core/') ||
      (file.startsWith('protocol/src/') &&
        !file.startsWith('protocol/src/vectors/') &&
        !file.endsWith('/node-keys.ts')))
  assert.deepEqual(
    offenders(portable, (target) => !target.startsWith('node:')),
    [],
  )
})

test('the decision about a payment has no clock, no I/O and no randomness', () => {
  const pure =
    /^ends\/system\/src\/payment\/(transition(-[a-z]+)?|step|price|ledger|waiting|state|event|effect)\.ts$/
  const wrong = offenders(
    (file) => pure.test(file),
    (target) =>
      target.startsWith('protocol/src/') || pure.test(target) || /payment\/(reason|times)\.ts$/.test(target),
  )
  assert.deepEqual(wrong, [])
  for (const file of files.filter((name) => pure.test(name))) {
    const text = readFileSync(path.join(ROOT, file), 'utf8')
    assert.doesNotMatch(text, /Date\.now|new Date\(|Math\.random|performance\.now|setTimeout|\bawait\b/, file)
  }
})

test('no folder or file is named after nothing', () => {
  const banned = /(^|\/)(utils?|helpers?|common|lib|shared|misc)(\/|\.|$)/
  assert.deepEqual(
    files.filter((file) => banned.test(file)),
    [],
  )
})
