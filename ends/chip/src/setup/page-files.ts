import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** The page is small by promise; a folder that is not is not the page. */
const MAX_FILES = 64
const MAX_FILE_BYTES = 512_000
const INDEX = '/index.html'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

export interface PageFile {
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  /** Its name carries the hash of what is in it. */
  readonly neverChanges: boolean
}

/** By path, `/` among them. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** Where there is no page, whoever opens it learns the other way. */
const PLAIN_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Farthing set-up</title>
<h1>This chip can be set up</h1>
<p>Its set-up page is not installed. Set it up in a terminal on the chip: <code>farthing chip setup</code></p>
</html>
`

/** Reads the built page whole, so that serving it asks no disk; a plain page where there is none. */
export async function readPage(folder: string | undefined): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  for (const [at, bytes] of folder === undefined ? [] : await readFolder(folder)) {
    const type = TYPES[path.posix.extname(at)]
    if (type === undefined || bytes.length > MAX_FILE_BYTES || files.size >= MAX_FILES) continue
    files.set(at, pageFile(type, bytes, at.startsWith('/assets/')))
  }
  const plain = pageFile(TYPES['.html'] ?? '', Buffer.from(PLAIN_PAGE), false)
  return files.set('/', files.get(INDEX) ?? plain)
}

async function readFolder(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).slice(0, MAX_FILES)
  return Promise.all(
    files.map(async ({ parentPath, name }): Promise<[string, Buffer]> => {
      const file = path.join(parentPath, name)
      return [`/${path.relative(folder, file).split(path.sep).join('/')}`, await readFile(file)]
    }),
  )
}

function pageFile(type: string, bytes: Buffer, neverChanges: boolean): PageFile {
  return { type, bytes, gzipped: gzipSync(bytes, { level: 9 }), neverChanges }
}
