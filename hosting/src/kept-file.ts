import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from './process-table.ts'

const PRIVATE_MODE = 0o600
const SECRET_BYTES = 32

/** Reads a file, or makes it: whole or not at all, readable by its owner alone. */
export async function keep(file: string, make: () => string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const text = make()
  await write(file, text)
  return text
}

/** A random secret of 32 bytes in a file of its own; made once. Returns the file's path. */
export async function keepSecret(file: string): Promise<string> {
  await keep(file, () => `${randomBytes(SECRET_BYTES).toString('base64url')}\n`)
  return file
}

/** Writes a file anew: whole or not at all, readable by its owner alone. Returns the file's path. */
export async function write(file: string, text: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, text, { mode: PRIVATE_MODE })
  await rename(`${file}.new`, file)
  return file
}

export function writeJson(file: string, value: unknown): Promise<string> {
  return write(file, `${JSON.stringify(value, null, 2)}\n`)
}
