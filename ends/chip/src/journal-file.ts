import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { isJournalRecord, type JournalRecord } from './core/journal-record.ts'
import type { Journal } from './core/ports.ts'

const FILE = 'journal.log'
const NEW_FILE = 'journal.new'
const CRC_DIGITS = 8
const NEWLINE = 0x0a
/** Written without a sync of their own: a hole before them is no damage, since nothing was promised after it. */
const UNSYNCED: ReadonlySet<JournalRecord['kind']> = new Set<JournalRecord['kind']>([
  'progress',
  'acknowledged',
])

/**
 * The chip's journal as a file: one record per line, `<CRC-32 of the JSON in hex> <JSON>`. Append-only; a torn tail,
 * as a power cut leaves it, is cut off when it is opened. Rewriting makes a new file beside it and renames.
 */
export class JournalFile implements Journal {
  private readonly folder: string
  private readonly records: JournalRecord[]
  private handle: number

  /** Makes the folder where it is missing. Throws where the file is damaged elsewhere than at its end. */
  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    rmSync(join(folder, NEW_FILE), { force: true })
    const path = join(folder, FILE)
    this.handle = openSync(path, 'a+', 0o600)
    const bytes = readFileSync(path)
    const { records, goodBytes } = readJournal(bytes)
    this.records = records
    if (goodBytes < bytes.length) ftruncateSync(this.handle, goodBytes)
    fsyncSync(this.handle)
    syncFolder(folder)
  }

  load(): readonly JournalRecord[] {
    return this.records
  }

  append(record: JournalRecord): void {
    writeWhole(this.handle, toLine(record))
  }

  sync(): void {
    fsyncSync(this.handle)
  }

  rewrite(records: readonly JournalRecord[]): void {
    const newPath = join(this.folder, NEW_FILE)
    const handle = openSync(newPath, 'w', 0o600)
    writeWhole(handle, records.map(toLine).join(''))
    fsyncSync(handle)
    closeSync(handle)
    renameSync(newPath, join(this.folder, FILE))
    syncFolder(this.folder)
    closeSync(this.handle)
    this.handle = openSync(join(this.folder, FILE), 'a', 0o600)
  }

  close(): void {
    closeSync(this.handle)
  }
}

/**
 * The records of a journal file's bytes, and how many of the bytes are good. For whoever looks at a chip's journal from
 * outside, too. Throws on damage before a record that was promised to be durable.
 */
export function readJournal(bytes: Uint8Array): { records: JournalRecord[]; goodBytes: number } {
  const records: JournalRecord[] = []
  let goodBytes = 0
  let offset = 0
  let torn = false
  while (offset < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, offset)
    const end = newline === -1 ? bytes.length : newline
    const record = newline === -1 ? undefined : readLine(bytes.subarray(offset, end))
    offset = end + 1
    if (record === undefined) {
      torn = true
    } else if (!torn) {
      records.push(record)
      goodBytes = offset
    } else if (!UNSYNCED.has(record.kind)) {
      throw new Error(`the journal is damaged at byte ${String(goodBytes)}, before records that are whole`)
    }
  }
  return { records, goodBytes }
}

function toLine(record: JournalRecord): string {
  const json = JSON.stringify(record)
  return `${crcOf(json)} ${json}\n`
}

function readLine(line: Uint8Array): JournalRecord | undefined {
  const text = Buffer.from(line).toString('utf8')
  const json = text.slice(CRC_DIGITS + 1)
  if (text.charAt(CRC_DIGITS) !== ' ' || text.slice(0, CRC_DIGITS) !== crcOf(json)) return undefined
  const value: unknown = JSON.parse(json)
  if (!isJournalRecord(value)) throw new Error('the journal holds a record that this version does not know')
  return value
}

function crcOf(json: string): string {
  return crc32(json).toString(16).padStart(CRC_DIGITS, '0')
}

function writeWhole(handle: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) written += writeSync(handle, bytes, written)
}

/** The name of a new file survives a power cut only once its folder is synced. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
