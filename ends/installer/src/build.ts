import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const HOME = dirname(import.meta.dirname)
const ROOT = dirname(dirname(HOME))
const DIST = join(HOME, 'dist')
const STAMP = 'sources.sha256'
/** Two processes may build at once: whoever comes second looks again this often whether the first was quicker. */
const SWAP_TRIES_MAX = 5

/**
 * Builds the installer's page when its sources changed since the last build, silently and atomically: readers see
 * the old folder or the new one, never half of one. Safe to call from several processes at once.
 *
 * Returns the folder with `index.html` and `assets/`, whose names carry the hash of what is in them. Throws
 * when a source does not build or the folder cannot be written.
 */
export async function buildInstallerPage(): Promise<string> {
  const wanted = await sourcesHash()
  if (await isBuilt(wanted)) return DIST
  const workshop = join(HOME, '.building', `${String(process.pid)}-${String(Date.now())}`)
  const made = join(workshop, 'dist')
  try {
    const [{ build }, { pageConfig }] = await Promise.all([import('vite'), import('../vite.config.ts')])
    await build({
      ...pageConfig,
      configFile: false,
      logLevel: 'silent',
      mode: 'production',
      build: { ...pageConfig.build, outDir: made },
    })
    await writeFile(join(made, STAMP), `${wanted}\n`)
    await putInPlace(made, wanted)
  } finally {
    await rm(workshop, { recursive: true, force: true })
    await removeIfEmpty(dirname(workshop))
  }
  return DIST
}

async function isBuilt(wanted: string): Promise<boolean> {
  const stamp = await readFile(join(DIST, STAMP), 'utf8').catch(() => '')
  return stamp.trim() === wanted && existsSync(join(DIST, 'index.html'))
}

/** A folder cannot be renamed onto a full one: the old one steps aside first. */
async function putInPlace(made: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < SWAP_TRIES_MAX; tries += 1) {
    if (await isBuilt(wanted)) return
    const aside = join(dirname(made), 'old')
    await rename(DIST, aside).catch(() => undefined)
    const placed = await rename(made, DIST).then(
      () => true,
      () => false,
    )
    await rm(aside, { recursive: true, force: true })
    if (placed) return
  }
  throw new Error(`the installer's page could not be put into ${DIST}`)
}

async function removeIfEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ['gone'])
  if (left.length === 0) await rm(folder, { recursive: true, force: true })
}

/** All that the page is made of: its own sources, the protocol's, and the versions of what it is built with. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  const files = [
    join(HOME, 'index.html'),
    join(HOME, 'vite.config.ts'),
    ...(await filesUnder(join(HOME, 'src'))),
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
