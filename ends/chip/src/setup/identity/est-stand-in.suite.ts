/**
 * An enrolment service for tests, written from RFC 7030 and the openssl command line, so that the chip's side is not
 * tried against our own other side alone. One chip after another; claims in memory.
 */
import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { Authority, CertificateFiles } from '#hosting/certificate.ts'

export interface StandInOptions {
  readonly folder: string
  readonly authority: Authority
  readonly factoryCaFile: string
  readonly brokerUrl: string
  readonly commandCertificates: readonly string[]
  /** Its server certificate; one of the authority's unless given. */
  readonly server?: CertificateFiles
  readonly port?: number
}

export interface StandIn {
  readonly port: number
  /** Claim codes that are good, and the key that used them. */
  readonly claims: Map<string, string | undefined>
  readonly enrolled: string[]
  commandCertificates: readonly string[]
  /** Seconds that its clock is ahead. */
  clockAheadS: number
  certificateDays: number
  /** What it answers instead; `lose`: does its work, and cuts the connection. */
  instead:
    | { readonly path: string; readonly how: 'lose' | 'hang' | ((response: ServerResponse) => void) }
    | undefined
  close(): Promise<void>
}

class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

export async function startEstStandIn(options: StandInOptions): Promise<StandIn> {
  const work = mkdtempSync(path.join(options.folder, 'est-'))
  const server = options.server ?? (await options.authority.server('est'))
  const listener = createServer({
    key: readFileSync(server.keyFile),
    cert: readFileSync(server.certificateFile),
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: false,
  })
  const standIn: Omit<StandIn, 'port'> = {
    claims: new Map(),
    enrolled: [],
    commandCertificates: options.commandCertificates,
    clockAheadS: 0,
    certificateDays: 30,
    instead: undefined,
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      listener.closeAllConnections()
      await closed
    },
  }
  const room = { options, work, standIn }
  listener.on('request', (request, response) => void serve(room, request, response))
  listener.on('tlsClientError', () => {})
  listener.listen(options.port ?? 0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('a server has a port')
  return Object.assign(standIn, { port: address.port })
}

interface Room {
  readonly options: StandInOptions
  readonly work: string
  readonly standIn: Omit<StandIn, 'port'>
}

async function serve(room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  const url = request.url ?? ''
  const { instead } = room.standIn
  const isInstead = instead !== undefined && url.endsWith(instead.path)
  if (isInstead && instead.how === 'hang') return
  if (isInstead && typeof instead.how === 'function') return instead.how(response)
  try {
    const answer = ANSWERS[url]
    if (answer === undefined) throw new Refusal(404, 'not-found')
    const { type, body } = answer(room, request, Buffer.concat(parts).toString('latin1'))
    if (isInstead) return void request.socket.destroy()
    response.writeHead(200, {
      'content-type': type,
      ...(type === PKCS7 ? { 'content-transfer-encoding': 'base64' } : {}),
    })
    response.end(body)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    response.writeHead(error.status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ type: 'about:blank', title: error.code, code: error.code }))
  }
}

interface Body {
  readonly type: string
  readonly body: string
}

const PKCS7 = 'application/pkcs7-mime; smime-type=certs-only'
type Answering = (room: Room, request: IncomingMessage, body: string) => Body

const ANSWERS: Readonly<Record<string, Answering>> = {
  '/.well-known/farthing/time': ({ standIn }) => json({ timeS: timeOf(standIn) }),
  '/.well-known/farthing/connection': (room, request) => {
    chipOf(room, request, room.options.authority.issuing().at(0)?.certificateFile ?? '')
    const { brokerUrl } = room.options
    const { commandCertificates: commandKeys } = room.standIn
    const timeS = timeOf(room.standIn)
    return json({ brokerUrl, paymentOrigin: 'http://localhost:8080', timeS, commandKeys, later: 'ignored' })
  },
  '/.well-known/est/cacerts': (room) =>
    certsOnly(room, [readFileSync(room.options.authority.caFile, 'utf8'), issuingPem(room)]),
  '/.well-known/est/simpleenroll': (room, request, body) => {
    const chipId = chipOf(room, request, room.options.factoryCaFile)
    const [, basic = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? []
    const [user, code = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    if (user !== chipId) throw new Refusal(403, 'claim-other-chip')
    const { claims } = room.standIn
    if (!claims.has(code)) throw new Refusal(401, 'claim-unknown')
    const issued = issue(room, chipId, body)
    const usedBy = claims.get(code)
    if (usedBy !== undefined && usedBy !== issued.key) throw new Refusal(409, 'claim-used')
    claims.set(code, issued.key)
    room.standIn.enrolled.push(chipId)
    return certsOnly(room, [issuingPem(room), issued.pem])
  },
  '/.well-known/est/simplereenroll': (room, request, body) => {
    const chipId = chipOf(room, request, room.options.authority.issuing().at(0)?.certificateFile ?? '')
    const issued = issue(room, chipId, body)
    return certsOnly(room, [issued.pem, issuingPem(room)])
  },
}

function timeOf(standIn: Pick<StandIn, 'clockAheadS'>): number {
  return Math.floor(Date.now() / 1000) + standIn.clockAheadS
}

function issuingPem({ options }: Room): string {
  return readFileSync(options.authority.issuing().at(-1)?.certificateFile ?? '', 'utf8')
}

/** The common name of the client's certificate, if this authority signed it. */
function chipOf(_room: Room, request: IncomingMessage, authorityFile: string): string {
  const { raw } = (request.socket as TLSSocket).getPeerCertificate()
  if (raw === undefined) throw new Refusal(401, 'certificate-missing')
  const certificate = new X509Certificate(raw)
  if (!certificate.verify(new X509Certificate(readFileSync(authorityFile)).publicKey))
    throw new Refusal(401, 'certificate-unknown')
  return /^CN=([0-9a-f]{16})$/m.exec(certificate.subject)?.[1] ?? ''
}

function issue({ options, work, standIn }: Room, chipId: string, body: string): { pem: string; key: string } {
  const at = (name: string): string => path.join(work, name)
  writeFileSync(at('csr'), Buffer.from(body.replaceAll(/\s/g, ''), 'base64'))
  writeFileSync(at('extensions'), 'keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n')
  const said = execFileSync(
    'openssl',
    ['req', '-in', at('csr'), '-inform', 'DER', '-verify', '-noout', '-subject', '-pubkey'],
    { encoding: 'utf8', stdio: 'pipe' },
  )
  if (!said.includes(chipId)) throw new Refusal(400, 'csr-subject')
  const issuer = options.authority.issuing().at(-1)
  if (issuer === undefined) throw new Error('an authority has an issuer')
  const pem = execFileSync(
    'openssl',
    `x509 -req -in ${at('csr')} -inform DER -days ${String(standIn.certificateDays)} -CA ${issuer.certificateFile} -CAkey ${issuer.keyFile} -CAcreateserial -CAserial ${at('serial')} -extfile ${at('extensions')}`.split(
      ' ',
    ),
    { encoding: 'utf8', stdio: 'pipe' },
  )
  return { pem, key: said }
}

function certsOnly({ work }: Room, pems: readonly string[]): Body {
  const file = path.join(work, 'certificates')
  writeFileSync(file, pems.join('\n'))
  const der = execFileSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', file, '-outform', 'DER'])
  return { type: PKCS7, body: der.toString('base64').replaceAll(/.{64}/g, '$&\r\n') }
}

function json(value: unknown): Body {
  return { type: 'application/json', body: JSON.stringify(value) }
}
