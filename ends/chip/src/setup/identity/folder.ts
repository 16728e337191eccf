import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * The folder in which a chip keeps what it is, step by step as a disk sees it: each call is a moment after which power
 * may be gone. A call that fails throws, and the chip stops: it must not act on what it may forget.
 */
export interface Folder {
  /** Names of all that stands in it, folders among them; in no particular order. */
  list(): readonly string[]
  /** Undefined where there is no such file. */
  read(name: string): Uint8Array | undefined
  /** Makes or replaces a file, readable by its owner alone. Durable only after `syncFile` and `syncNames`. */
  write(name: string, bytes: Uint8Array): void
  syncFile(name: string): void
  /** Replaces `to`, if it is there, at once. Durable after `syncNames`. */
  rename(from: string, to: string): void
  /** A file, or a folder with all that is in it; nothing happens where it is not there. Durable after `syncNames`. */
  remove(name: string): void
  syncNames(): void
}

const NEW_ENDING = '.new'

/** Makes the folder where it is missing. */
export function openFolder(path: string): Folder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const at = (name: string): string => join(path, name)
  const sync = (file: string): void => {
    const handle = openSync(file, 'r')
    fsyncSync(handle)
    closeSync(handle)
  }
  return {
    list: () => readdirSync(path),
    read: (name) => {
      try {
        return new Uint8Array(readFileSync(at(name)))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      }
    },
    write: (name, bytes) => writeFileSync(at(name), bytes, { mode: 0o600 }),
    syncFile: (name) => sync(at(name)),
    rename: (from, to) => renameSync(at(from), at(to)),
    remove: (name) => rmSync(at(name), { recursive: true, force: true }),
    syncNames: () => sync(path),
  }
}

/** Writes a file whole: whenever power goes, the old one or the new one is there. Durable when this returns. */
export function keepWhole(folder: Folder, name: string, bytes: Uint8Array): void {
  const fresh = `${name}${NEW_ENDING}`
  folder.write(fresh, bytes)
  folder.syncFile(fresh)
  folder.rename(fresh, name)
  folder.syncNames()
}

/** What a cut in `keepWhole` leaves behind. */
export function isLeftover(name: string): boolean {
  return name.endsWith(NEW_ENDING)
}
