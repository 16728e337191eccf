import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'

/** The account PostgreSQL runs as: empty for "as myself". PostgreSQL refuses to run as root. */
export type RunAs = { readonly uid: number; readonly gid: number } | Record<string, never>

const ACCOUNT = 'postgres'
const STAND_IN_PREFIX = 'farthing-postgres-'
/** In a folder that stands in for another: the path of that one. */
const ORIGINAL = 'stands-in-for'

function find(): { uid: number; gid: number } | null {
  const uid = spawnSync('id', ['-u', ACCOUNT], { encoding: 'utf8' })
  const gid = spawnSync('id', ['-g', ACCOUNT], { encoding: 'utf8' })
  if (uid.status !== 0 || gid.status !== 0) return null
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

/** As root: the account `postgres`, made when it does not exist. Otherwise the present account. */
export function postgresAccount(): RunAs {
  if (process.getuid?.() !== 0) return {}
  const found = find()
  if (found) return found
  spawnSync('groupadd', ['--system', ACCOUNT])
  spawnSync('useradd', [
    '--system',
    '--gid',
    ACCOUNT,
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    ACCOUNT,
  ])
  const made = find()
  if (made) return made
  throw new Error(
    'PostgreSQL does not run as root, and the account "postgres" could not be made: run this as another user.',
  )
}

/** Notes for whom it stands in, and removes those whose originals were temporary themselves and are gone. */
async function standIn(folder: string, original: string): Promise<void> {
  await writeFile(path.join(folder, ORIGINAL), original)
  const present = await readdir(os.tmpdir())
  for (const name of present.filter((one) => one.startsWith(STAND_IN_PREFIX))) {
    const other = path.join(os.tmpdir(), name)
    const standsFor = await readFile(path.join(other, ORIGINAL), 'utf8').catch(() => null)
    const temporary = standsFor?.startsWith(os.tmpdir() + path.sep) === true
    if (temporary && !existsSync(standsFor)) await rm(other, { recursive: true, force: true })
  }
}

function canUse(folder: string, runAs: RunAs): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', folder], { ...runAs, cwd: '/' }).status === 0
  )
}

/** The folder that stands in for one that PostgreSQL's account cannot reach: always the same for the same one. */
export function temporaryFolderFor(folder: string): string {
  const hash = createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 12)
  return path.join(os.tmpdir(), `${STAND_IN_PREFIX}${hash}`)
}

/**
 * Makes the folder for PostgreSQL, owned by its account. As root that account may be unable to walk down to
 * the folder: then a folder of the same meaning under the temporary folder is used, named by a hash.
 * Returns the folder that is really used. Throws an Error with one sentence when neither serves.
 */
export async function usableFolder(folder: string, runAs: RunAs): Promise<string> {
  const candidates = [path.resolve(folder), temporaryFolderFor(folder)]
  for (const candidate of candidates) {
    try {
      await mkdir(candidate, { recursive: true, mode: 0o700 })
      if (runAs.uid !== undefined) await chown(candidate, runAs.uid, runAs.gid)
    } catch {
      continue
    }
    if (!canUse(candidate, runAs)) continue
    if (candidate !== path.resolve(folder)) await standIn(candidate, path.resolve(folder))
    return candidate
  }
  throw new Error(
    `PostgreSQL can use neither ${candidates.join(' nor ')}: name a folder it can reach and write.`,
  )
}
