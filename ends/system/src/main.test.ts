import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(path.join(os.tmpdir(), 'farthing-main-'))
after(() => rmSync(folder, { recursive: true }))

function run(script: string, ...args: string[]) {
  const file = path.join(import.meta.dirname, script)
  return spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', timeout: 20_000 })
}

test('a start without settings, or with bad ones, stops with one sentence and no trace of the inside', () => {
  const bad = path.join(folder, 'bad.json')
  writeFileSync(bad, '{"listen":{"host":"127.0.0.1","port":99999}}')
  const starts: readonly [readonly string[], RegExp][] = [
    [[], /^Start me with --settings FILE\.json\.\n$/],
    [
      ['--settings', path.join(folder, 'missing.json')],
      /^The settings file .* cannot be read as JSON: ENOENT.*\n$/,
    ],
    [['--settings', bad], /^\S.*\.\n$/],
  ]
  for (const [args, sentence] of starts) {
    const { status, stderr, stdout } = run('main.ts', ...args)
    assert.equal(status, 1)
    assert.match(stderr, sentence)
    assert.equal(stdout, '')
  }
})

test("staff's command that is misunderstood shows what can be said", () => {
  const { status, stderr } = run('staff.ts', '--settings', 'x.json', 'dance')
  assert.equal(status, 2)
  assert.match(stderr, /^There is no command dance\.\n\nnode ends\/system\/src\/staff\.ts/)
})
