import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildPage } from '#hosting/page-build.ts'

/** All of it: page, style, script, icon, both languages. Browsers take nothing better than gzip over plain HTTP. */
const WEIGHT_KIB_MAX = 40
const KIB = 1_024

test('the set-up page weighs at most 40 KiB compressed, in all', async (t) => {
  const folder = await buildPage('installer')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.sha256'))
  assert.ok(files.length >= 3, 'page, script and icon')
  let bytes = 0
  for (const { parentPath, name } of files) {
    const compressed = gzipSync(await readFile(path.join(parentPath, name)), { level: 9 }).length
    t.diagnostic(`${name}: ${String(compressed)} bytes`)
    bytes += compressed
  }
  t.diagnostic(`in all ${(bytes / KIB).toFixed(1)} KiB`)
  assert.ok(bytes <= WEIGHT_KIB_MAX * KIB, `${(bytes / KIB).toFixed(1)} KiB`)
})

test('nothing of it leads elsewhere', async () => {
  const folder = await buildPage('installer')
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8')
    // Names of languages of markup, which nobody fetches.
    const addresses = text.match(/https?:\/\/[a-z0-9.]+/g) ?? []
    assert.deepEqual(
      addresses.filter((address) => address !== 'http://www.w3.org'),
      [],
      entry.name,
    )
  }
  const page = await readFile(path.join(folder, 'index.html'), 'utf8')
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; script-src 'self'/)
})
