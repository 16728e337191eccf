import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SettingsError } from '../settings.ts'
import type { HttpContext } from './context.ts'
import { matches, tagOf } from './etag.ts'
import { frameAncestors } from './guard.ts'
import type { Server } from './type-provider.ts'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}
const COMPRESSED = /^(?:text|application\/(?:json|manifest)|image\/svg)/
const GZIP_LEVEL_MAX = 9
/** Names under assets/ carry the hash of their content. */
const FOREVER = 'public, max-age=31536000, immutable'

export interface PageFile {
  readonly contentType: string
  readonly tag: string
  readonly plain: Buffer
  readonly brotli: Buffer | null
  readonly gzip: Buffer | null
}

/** The payer's page, read and compressed once. Throws a SettingsError where there is none. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(path.join(folder, 'index.html'))) {
    throw new SettingsError(`payerPageFolder is ${folder}, which has no index.html.`)
  }
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const contentType = CONTENT_TYPES[path.extname(entry.name)]
    if (!entry.isFile() || contentType === undefined) continue
    const file = path.join(entry.parentPath, entry.name)
    files.set(
      `/${path.relative(folder, file).split(path.sep).join('/')}`,
      pageFile(readFileSync(file), contentType),
    )
  }
  return files
}

export function pageFile(plain: Buffer, contentType: string): PageFile {
  const worthIt = COMPRESSED.test(contentType)
  const brotli = worthIt
    ? brotliCompressSync(plain, {
        params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
      })
    : null
  const gzip = worthIt ? gzipSync(plain, { level: GZIP_LEVEL_MAX }) : null
  return { contentType, tag: tagOf(plain), plain, brotli, gzip }
}

/** The page at `/` and `/return` (back from the bank), and what it loads. A GET of any of it claims nothing. */
export function pageRoutes(app: Server, { settings }: HttpContext): void {
  const files = readPage(settings.payerPageFolder)
  const index = files.get('/index.html')
  if (index === undefined) throw new SettingsError('payerPageFolder has no index.html.')
  const policy = pagePolicy(index.plain.toString('utf8'), settings.frameOrigins)
  const document = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendFile(
      request,
      reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' }),
      index,
    )
  const hidden = { schema: { hide: true } }
  app.get('/', hidden, document)
  app.get('/return', hidden, document)
  for (const [name, file] of files) {
    if (name === '/index.html') continue
    const caching = name.startsWith('/assets/') ? FOREVER : 'no-cache'
    app.get(name, hidden, (request, reply) => sendFile(request, reply.header('cache-control', caching), file))
  }
}

export function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  void reply.headers({ etag: file.tag, vary: 'accept-encoding', 'content-type': file.contentType })
  if (matches(request.headers['if-none-match'], file.tag)) return reply.code(304).send()
  const accepted = acceptedEncodings(request.headers['accept-encoding'])
  if (file.brotli !== null && accepted.has('br'))
    return reply.header('content-encoding', 'br').send(file.brotli)
  if (file.gzip !== null && accepted.has('gzip'))
    return reply.header('content-encoding', 'gzip').send(file.gzip)
  return reply.send(file.plain)
}

/** RFC 9110 section 12.5.3; an encoding of weight 0 is refused. */
function acceptedEncodings(header: string | string[] | undefined): ReadonlySet<string> {
  const given = typeof header === 'string' ? header.toLowerCase().split(',') : []
  return new Set(
    given.flatMap((item) => (/;\s*q=0(?:\.0+)?\s*$/.test(item) ? [] : [item.split(';')[0]?.trim() ?? ''])),
  )
}

/** Nothing but the page's own scripts, and of styles in the page exactly those that were built into it. */
function pagePolicy(html: string, frameOrigins: readonly string[]): string {
  const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
    (match) =>
      `'sha256-${createHash('sha256')
        .update(match[1] ?? '')
        .digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${styles.join(' ')}`.trim(),
    "img-src 'self' data: https:",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    frameAncestors(frameOrigins),
  ].join('; ')
}
