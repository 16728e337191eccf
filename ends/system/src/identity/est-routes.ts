import type { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ChipId } from '#protocol/identifier.ts'
import type { Result } from '#protocol/result.ts'
import { networkOf } from '../http/network.ts'
import { hashClaimCode } from './claim-code.ts'
import { type Certified, enrol } from './enrol.ts'
import { type EnrolmentError, EnrolmentRefusal } from './enrolment-error.ts'
import type { EstContext, EstServer } from './est-context.ts'
import { certsOnly } from './leaf.ts'
import { initialPeer, localPeer } from './peer.ts'
import { renew, standingOf } from './renew.ts'
import { readRequest } from './request.ts'
import { currentList } from './revocation-list.ts'
import { Turnstile } from './turnstile.ts'
import { WrongTries } from './wrong-tries.ts'

/** Certificates that are made at once, and who may wait for theirs: a fleet that renews together takes its turns. */
const ISSUING = { atOnce: 2, waitingMax: 200 }
const RETRY_MS = 5000
/** Answers that show a guess at a claim code to have been wrong. */
const WRONG: ReadonlySet<EnrolmentError> = new Set(['claim-unknown', 'claim-other-chip'])

/** RFC 7030 section 4, and three addresses of our own for what a chip needs around it. */
export function estRoutes(app: EstServer, context: EstContext): void {
  const { authority, nowMs } = context
  const tries = new WrongTries()
  const turnstile = new Turnstile(ISSUING)
  const inTurn = async (work: () => Promise<Result<Certified, EnrolmentError>>) => {
    const done = await turnstile.through(work)
    if (done === null) throw new EnrolmentRefusal('unavailable', nowMs() + RETRY_MS)
    return done.value
  }
  app.get('/.well-known/est/cacerts', (_request, reply) =>
    sendCertificates(reply, [
      ...authority.issuers.map(({ known }) => new Uint8Array(known.raw)),
      new Uint8Array(authority.root.raw),
    ]),
  )
  app.post('/.well-known/est/simpleenroll', async (request, reply) =>
    sendCertified(reply, context, await inTurn(() => simpleEnroll(request, context, tries))),
  )
  app.post('/.well-known/est/simplereenroll', async (request, reply) =>
    sendCertified(reply, context, await inTurn(() => simpleReenroll(request, context))),
  )
  app.get('/.well-known/farthing/time', () => ({ timeS: Math.floor(nowMs() / 1000) }))
  app.get('/.well-known/farthing/connection', (request) => connection(request, context))
  app.get<{ Params: { issuer: string } }>('/crl/:issuer', async (request, reply) => {
    const issuer = authority.issuers.find(({ serial }) => serial === request.params.issuer)
    const list = issuer ? await currentList(context.sql, issuer, nowMs()) : null
    if (list === null) throw new EnrolmentRefusal('list-unknown')
    return await reply.header('content-type', 'application/pkix-crl').send(Buffer.from(list))
  })
}

async function simpleEnroll(
  request: FastifyRequest,
  { authority, sql, log, nowMs }: EstContext,
  tries: WrongTries,
): Promise<Result<Certified, EnrolmentError>> {
  const atMs = nowMs()
  const { chipId } = orRefuse(initialPeer(authority, certificateOf(request), atMs))
  const who = { network: networkOf(request.ip), chipId }
  const retryAtMs = tries.refusedUntilMs(who, atMs)
  if (retryAtMs !== null) throw new EnrolmentRefusal('too-many-tries', retryAtMs)
  const claimCodeHash = claimOf(request, chipId)
  if (!claimCodeHash.ok) {
    tries.count(who, atMs)
    return claimCodeHash
  }
  const certification = orRefuse(await readRequest(bodyOf(request), chipId))
  const asked = { chipId, claimCodeHash: claimCodeHash.value, request: certification }
  const enrolled = await enrol(sql, authority, { asked, atMs })
  if (enrolled.ok) log.info({ chipId }, 'a chip enrolled')
  if (!enrolled.ok && WRONG.has(enrolled.error)) tries.count(who, atMs)
  return enrolled
}

async function simpleReenroll(
  request: FastifyRequest,
  { authority, sql, log, nowMs }: EstContext,
): Promise<Result<Certified, EnrolmentError>> {
  const atMs = nowMs()
  const peer = orRefuse(localPeer(authority, certificateOf(request), { nowMs: atMs, grace: true }))
  const certification = orRefuse(await readRequest(bodyOf(request), peer.chipId))
  const renewed = await renew(sql, authority, { peer, request: certification, atMs })
  if (renewed.ok) log.info({ chipId: peer.chipId }, 'a chip renewed its certificate')
  return renewed
}

/** What a chip has to know of the system it belongs to. */
async function connection(request: FastifyRequest, context: EstContext): Promise<object> {
  const atMs = context.nowMs()
  const peer = orRefuse(localPeer(context.authority, certificateOf(request), { nowMs: atMs, grace: false }))
  orRefuse(await standingOf(context.sql, peer))
  return {
    brokerUrl: context.brokerUrl,
    paymentOrigin: context.settings.publicOrigin,
    timeS: Math.floor(atMs / 1000),
    commandKeys: context.commandCertificates,
  }
}

function certificateOf(request: FastifyRequest) {
  return (request.raw.socket as TLSSocket).getPeerX509Certificate()
}

function bodyOf(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : ''
}

/** HTTP Basic (RFC 7617): the chip's id and the claim code. */
function claimOf(request: FastifyRequest, chipId: ChipId): Result<Uint8Array, EnrolmentError> {
  const [, base64 = ''] = /^Basic ([A-Za-z0-9+/=]{1,128})$/i.exec(request.headers.authorization ?? '') ?? []
  const [, name = '', code = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(base64, 'base64').toString('utf8')) ?? []
  const hash = hashClaimCode(code)
  if (hash === null) return { ok: false, error: 'claim-unknown' }
  return name === chipId ? { ok: true, value: hash } : { ok: false, error: 'claim-other-chip' }
}

function orRefuse<Value>(result: Result<Value, EnrolmentError>): Value {
  if (result.ok) return result.value
  throw new EnrolmentRefusal(result.error)
}

/** The new certificate, and its issuer's (RFC 7030 section 4.2.3). */
function sendCertified(
  reply: FastifyReply,
  { authority }: EstContext,
  result: Result<Certified, EnrolmentError>,
): FastifyReply {
  const { der, issuer } = orRefuse(result)
  const chain = authority.issuers.filter(({ serial }) => serial === issuer)
  return sendCertificates(reply, [der, ...chain.map(({ known }) => new Uint8Array(known.raw))])
}

function sendCertificates(reply: FastifyReply, certificates: readonly Uint8Array[]): FastifyReply {
  return reply
    .header('content-type', 'application/pkcs7-mime; smime-type=certs-only')
    .header('content-transfer-encoding', 'base64')
    .send(certsOnly(certificates))
}
