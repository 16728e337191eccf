import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const WALKABLE_MODE = 0o755

export interface TemporaryFolder {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * A fresh folder for a house that is not to last. Others may walk through it, as PostgreSQL has to where it runs
 * under an account of its own; what is secret in it is closed by itself.
 */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `farthing-${name}-`))
  await chmod(folder, WALKABLE_MODE)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
