import 'reflect-metadata'
import { request } from 'node:http'
import { isIPv6 } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { X509Certificates } from '@peculiar/x509'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { Way } from '../joining.ts'
import type { SystemAddress } from '../joining.ts'
import type { SetupFailure } from '../setup-view.ts'
import { CLIENT_USAGE, readCertificates, verifyChain } from './chain.ts'
import { type Connection, readConnection } from './configuration.ts'
import { makeCertificationRequest } from './csr.ts'
import { type Dialling, dial, type TlsIdentity, toPem } from './dial.ts'
import type { IdentityKey } from './key.ts'
import type { WallClock } from './wall-clock.ts'

/** One connection, and one answer, may take so long. */
const DIAL_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 65_536
const MAX_CERTIFICATES = 8
const BASE64_LINE_CHARACTERS = 64
const MS_PER_S = 1000
const HTTP_OK = 200
const HTTP_SERVER_ERROR = 500
const EST = '/.well-known/est'
const FARTHING = '/.well-known/farthing'

/** A refusal of the enrolment service, by the code of its problem document, as the installer is told it. */
const FAILURES: Readonly<Record<string, SetupFailure>> = {
  'claim-unknown': 'claim-unknown',
  'claim-used': 'claim-used',
  'claim-expired': 'claim-expired',
  'claim-other-chip': 'claim-other-chip',
  'chip-owned': 'chip-owned',
  'chip-revoked': 'chip-refused',
  'chip-quarantined': 'chip-refused',
  'csr-malformed': 'chip-refused',
  'csr-signature': 'chip-refused',
  'csr-subject': 'chip-refused',
  'csr-key': 'chip-refused',
  'key-of-another': 'chip-refused',
  'certificate-missing': 'chip-refused',
  'certificate-unknown': 'chip-refused',
  'certificate-expired': 'chip-refused',
  'body-too-large': 'chip-refused',
  'too-many-tries': 'too-many-tries',
}

/** `code` is what the service wrote, for the log. */
export interface EstFailure {
  readonly failure: SetupFailure
  readonly code: string
}

export interface EstOptions {
  readonly chipId: string
  readonly rootPem: string
  readonly clock: WallClock
  readonly address: SystemAddress
  readonly way: Way
}

export interface Enrolment {
  readonly key: IdentityKey
  /** The initial identity for the first enrolment, the local one to renew it. */
  readonly identity: TlsIdentity
  /** First enrolment only. */
  readonly claimCode?: string
}

export interface TimedConnection {
  readonly connection: Connection
  readonly timeS: number
}

type Answered<Value> = Promise<Result<Value, EstFailure>>

interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly identity?: TlsIdentity
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly trust?: Dialling['trust']
}

interface Answer {
  readonly status: number
  readonly body: Buffer
}

/**
 * The chip's side of enrolment over secure transport (EST, RFC 7030), and of what the system tells a chip besides. One
 * connection per question. Every answer is bounded in time and size, and believed only as far as the root vouches for
 * who gave it.
 */
export class EstClient {
  private readonly options: EstOptions

  constructor(options: EstOptions) {
    this.options = options
  }

  /** The system's clock, which anyone on the way may have made up: it decides nothing but whether to look again. */
  async time(): Answered<number> {
    const answered = await this.ask({ method: 'GET', path: `${FARTHING}/time`, trust: 'nobody' })
    if (!answered.ok) return answered
    const timeS = readField(answered.value, 'timeS')
    return typeof timeS === 'number' && Number.isSafeInteger(timeS) ? ok(timeS) : badAnswer('time')
  }

  /** Does the handshake alone. `system-unreachable`, `system-untrusted`. */
  async reach(): Answered<void> {
    const dialled = await this.dial({})
    if (!dialled.ok) return dialled
    dialled.value.destroy()
    return ok(undefined)
  }

  /** RFC 7030 section 4.1: the authorities' certificates in PEM; the root need not be believed from here. */
  async caCertificates(): Answered<readonly string[]> {
    const answered = await this.ask({ method: 'GET', path: `${EST}/cacerts` })
    return answered.ok ? readCertsOnly(answered.value) : answered
  }

  /**
   * RFC 7030 section 4.2: the certificate for this key with its chain, in PEM. With the same key and claim it may be
   * asked again: it gives a certificate again.
   */
  async enrol(enrolment: Enrolment): Answered<string> {
    const { chipId } = this.options
    const { claimCode, identity, key } = enrolment
    const basic = Buffer.from(`${chipId}:${claimCode ?? ''}`).toString('base64')
    const csr = Buffer.from(makeCertificationRequest(key, chipId)).toString('base64')
    const answered = await this.ask({
      method: 'POST',
      path: claimCode === undefined ? `${EST}/simplereenroll` : `${EST}/simpleenroll`,
      identity,
      headers: {
        'content-type': 'application/pkcs10',
        'content-transfer-encoding': 'base64',
        ...(claimCode === undefined ? {} : { authorization: `Basic ${basic}` }),
      },
      body: inLines(csr),
    })
    if (!answered.ok) return answered
    const certificates = readCertsOnly(answered.value)
    return certificates.ok ? this.ownChain(certificates.value, key) : certificates
  }

  /** Where to connect, and who may command the chip; for whoever comes with a local identity. */
  async connection(identity: TlsIdentity): Answered<TimedConnection> {
    const answered = await this.ask({ method: 'GET', path: `${FARTHING}/connection`, identity })
    if (!answered.ok) return answered
    const connection = readConnection(readJson(answered.value.body))
    const timeS = readField(answered.value, 'timeS')
    if (connection === undefined || typeof timeS !== 'number') return badAnswer('connection')
    return ok({ connection, timeS })
  }

  /** Certificates come in no particular order (RFC 5652 section 5.1): the one for our key, then those above it. */
  private ownChain(pems: readonly string[], key: IdentityKey): Result<string, EstFailure> {
    const { chipId, clock, rootPem } = this.options
    const spki = Buffer.from(key.spki)
    const isOwn = (pem: string): boolean =>
      readCertificates(pem).at(0)?.publicKey.export({ type: 'spki', format: 'der' }).equals(spki) === true
    const own = pems.find(isOwn)
    if (own === undefined) return badAnswer('no certificate for this key')
    const chain = [own, ...pems.filter((pem) => pem !== own)].join('')
    // It is made for now; a chip that is a few seconds behind does not refuse it for that.
    const madeAtS = (readCertificates(own).at(0)?.validFromDate.getTime() ?? 0) / MS_PER_S
    const atS = Math.max(clock.nowS() ?? 0, madeAtS)
    const verified = verifyChain(chain, { rootPem, atS, usage: CLIENT_USAGE })
    if (!verified.ok) return badAnswer(verified.error)
    return verified.value.subject === `CN=${chipId}` ? ok(chain) : badAnswer('certificate of another')
  }

  private async dial(question: Pick<Question, 'identity' | 'trust'>): Answered<TLSSocket> {
    const { address, clock, rootPem, way } = this.options
    if (way.signal.aborted) return fail({ failure: 'system-unreachable', code: 'given up' })
    const dialled = await dial({
      place: address,
      via: way.via,
      rootPem,
      clock,
      timeoutMs: DIAL_TIMEOUT_MS,
      ...(question.identity === undefined ? {} : { identity: question.identity }),
      ...(question.trust === undefined ? {} : { trust: question.trust }),
    })
    if (dialled.ok) return dialled
    const failure = dialled.error === 'untrusted' ? 'system-untrusted' : 'system-unreachable'
    return fail({ failure, code: dialled.error })
  }

  /** The body of an answer 200, read as JSON where it is JSON. */
  private async ask(question: Question): Answered<Answer> {
    const dialled = await this.dial(question)
    if (!dialled.ok) return dialled
    const socket = dialled.value
    const answer = await exchange(socket, question, this.options)
    socket.destroy()
    if (answer === undefined) return fail({ failure: 'system-unreachable', code: 'no answer' })
    if (answer.status === HTTP_OK) return ok(answer)
    return fail(refusalOf(answer))
  }
}

function exchange(socket: TLSSocket, question: Question, options: EstOptions): Promise<Answer | undefined> {
  const { host, port } = options.address
  return new Promise((resolve) => {
    const asking = request({
      createConnection: () => socket,
      method: question.method,
      path: question.path,
      headers: {
        host: `${isIPv6(host) ? `[${host}]` : host}:${String(port)}`,
        connection: 'close',
        ...question.headers,
        ...(question.body === undefined ? {} : { 'content-length': String(question.body.length) }),
      },
    })
    const give = (answer: Answer | undefined): void => {
      clearTimeout(limit)
      options.way.signal.removeEventListener('abort', stop)
      asking.destroy()
      resolve(answer)
    }
    const stop = (): void => give(undefined)
    const limit = setTimeout(stop, ANSWER_TIMEOUT_MS)
    options.way.signal.addEventListener('abort', stop)
    asking.on('error', stop)
    asking.on('response', (response) => {
      const parts: Buffer[] = []
      let length = 0
      response.on('error', stop)
      response.on('aborted', stop)
      response.on('data', (part: Buffer) => {
        length += part.length
        if (length > MAX_ANSWER_BYTES) stop()
        else parts.push(part)
      })
      response.on('end', () => give({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
    })
    asking.end(question.body)
  })
}

/** RFC 9457, and whatever else stands there where the system should be. */
function refusalOf(answer: Answer): EstFailure {
  const given = readField(answer, 'code')
  const code = typeof given === 'string' ? given : `status ${String(answer.status)}`
  const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined
  const failure = answer.status >= HTTP_SERVER_ERROR ? 'system-unreachable' : 'chip-refused'
  return { failure: known ?? failure, code }
}

/** RFC 7030 section 4.1.3: a certs-only message (RFC 5272), base64. */
function readCertsOnly({ body }: Answer): Result<readonly string[], EstFailure> {
  const text = body.toString('latin1').replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return badAnswer('not base64')
  try {
    const certificates = [...new X509Certificates(new Uint8Array(Buffer.from(text, 'base64')))]
    if (certificates.length === 0 || certificates.length > MAX_CERTIFICATES) return badAnswer('certificates')
    return ok(certificates.map(({ rawData }) => toPem(new Uint8Array(rawData))))
  } catch {
    return badAnswer('not pkcs7')
  }
}

function readField({ body }: Answer, name: string): unknown {
  const value = readJson(body)
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

function readJson(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return value
  } catch {
    return undefined
  }
}

function inLines(base64: string): string {
  return (base64.match(new RegExp(`.{1,${String(BASE64_LINE_CHARACTERS)}}`, 'g')) ?? [])
    .map((line) => `${line}\r\n`)
    .join('')
}

/** The system proved who it is, and then said what it must not say. */
function badAnswer(code: string): { readonly ok: false; readonly error: EstFailure } {
  return fail({ failure: 'system-unreachable', code: `bad answer: ${code}` })
}
