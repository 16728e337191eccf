import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { UserConfig } from 'vite'

/** The ends that have a page, built by Vite out of TypeScript. */
export type PageEnd = 'payer' | 'installer'

const ROOT = dirname(dirname(import.meta.dirname))
const STAMP = 'sources.sha256'
/** Two processes may build at once: whoever comes second looks again this often whether the first was quicker. */
const SWAP_TRIES_MAX = 5

const CONFIG: Readonly<Record<PageEnd, () => Promise<{ readonly pageConfig: UserConfig }>>> = {
  payer: () => import('../../ends/payer/vite.config.ts'),
  installer: () => import('../../ends/installer/vite.config.ts'),
}

/**
 * Builds an end's page when its sources changed since the last build, silently and atomically: readers see the old
 * folder or the new one, never half of one. Safe to call from several processes at once.
 *
 * Returns the folder with `index.html` and `assets/`, whose names carry the hash of what is in them. Throws
 * when a source does not build or the folder cannot be written.
 */
export async function buildPage(end: PageEnd): Promise<string> {
  const home = join(ROOT, 'ends', end)
  const wanted = { dist: join(home, 'dist'), hash: await sourcesHash(home) }
  if (await isBuilt(wanted)) return wanted.dist
  const workshop = join(home, '.building', `${String(process.pid)}-${String(Date.now())}`)
  const made = join(workshop, 'dist')
  try {
    const [{ build }, { pageConfig }] = await Promise.all([import('vite'), CONFIG[end]()])
    await build({
      ...pageConfig,
      configFile: false,
      logLevel: 'silent',
      mode: 'production',
      build: { ...pageConfig.build, outDir: made },
    })
    await writeFile(join(made, STAMP), `${wanted.hash}\n`)
    await putInPlace(made, wanted)
  } finally {
    await rm(workshop, { recursive: true, force: true })
    await removeIfEmpty(dirname(workshop))
  }
  return wanted.dist
}

interface Wanted {
  readonly dist: string
  readonly hash: string
}

async function isBuilt({ dist, hash }: Wanted): Promise<boolean> {
  const stamp = await readFile(join(dist, STAMP), 'utf8').catch(() => '')
  return stamp.trim() === hash && existsSync(join(dist, 'index.html'))
}

/** A folder cannot be renamed onto a full one: the old one steps aside first. */
async function putInPlace(made: string, wanted: Wanted): Promise<void> {
  for (let tries = 0; tries < SWAP_TRIES_MAX; tries += 1) {
    if (await isBuilt(wanted)) return
    const aside = join(dirname(made), 'old')
    await rename(wanted.dist, aside).catch(() => undefined)
    const placed = await rename(made, wanted.dist).then(
      () => true,
      () => false,
    )
    await rm(aside, { recursive: true, force: true })
    if (placed) return
  }
  throw new Error(`a page could not be put into ${wanted.dist}`)
}

async function removeIfEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ['gone'])
  if (left.length === 0) await rm(folder, { recursive: true, force: true })
}

/** All that the page is made of: its own sources, the protocol's, and the versions of what it is built with. */
async function sourcesHash(home: string): Promise<string> {
  const hash = createHash('sha256')
  const files = [
    join(home, 'index.html'),
    join(home, 'vite.config.ts'),
    ...(await filesUnder(join(home, 'src'))),
    ...(await filesUnder(join(ROOT, 'protocol', 'src'))),
  ]
  for (const file of files)
    hash
      .update(file.slice(ROOT.length))
      .update('\0')
      .update(await readFile(file))
      .update('\0')
  const manifest: { dependencies?: object } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  hash.update(JSON.stringify(manifest.dependencies ?? {}))
  return hash.digest('hex')
}

async function filesUnder(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|suite)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
