import { mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { errorCode, isRunning } from './process-table.ts'

/**
 * Keeps a second house out of the same folder. A lock left by a house that was killed is taken over. Returns what
 * lets go of it; throws an Error with one sentence when the folder is in use or cannot be written.
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'house.pid')
  await mkdir(folder, { recursive: true, mode: 0o755 }).catch(() => {})
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'))
  if (holder > 1 && holder !== process.pid && isRunning(holder)) {
    throw new Error(
      `${folder} is in use by process ${String(holder)}: stop that first, or name another folder.`,
    )
  }
  try {
    await rm(file, { force: true })
    const handle = await open(file, 'wx')
    await handle.writeFile(`${String(process.pid)}\n`)
    await handle.close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new Error(`${folder} was just taken by another process.`, { cause: error })
    throw new Error(
      `${folder} cannot be written (${errorCode(error) || 'unknown reason'}): name another folder.`,
      {
        cause: error,
      },
    )
  }
  return () => rm(file, { force: true })
}
