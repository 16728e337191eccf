/* Writes protocol/vectors/. ES256 signatures that are recorded there and still good stay as they are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { MessageName } from '../message/registry.ts'
import { type VectorFile, allVectorFiles } from './vector.ts'

const FOLDER = new URL('../../vectors/', import.meta.url)

function recorded(message: MessageName): VectorFile | null {
  const file = new URL(`${message}.json`, FOLDER)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this program, and every byte is checked again
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VectorFile) : null
}

for (const [name, content] of allVectorFiles(recorded)) {
  writeFileSync(new URL(name, FOLDER), `${JSON.stringify(content, null, 2)}\n`)
}
