import { type KeyObject, createPublicKey, verify } from 'node:crypto'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { PaymentId } from '#protocol/identifier.ts'
import { Problem, Refusal } from '../error/problem.ts'
import { askApproval, paymentOfMandate } from '../payer/mandate.ts'
import type { HttpContext } from './context.ts'
import type { Server } from './type-provider.ts'

const NOTIFICATION_BYTES_MAX = 4096
const JWS_LENGTH_MAX = 1024
/** Members that the bank adds later are not our concern. */
const Notification = Type.Object({
  notificationId: Type.String({ minLength: 1, maxLength: 64 }),
  endToEndIdentification: Type.Optional(Type.String({ minLength: 1, maxLength: 35 })),
  mandateId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
})

/**
 * "There is news": the bank is believed in no more than that, and asked. A notification that is lost, late or repeated
 * changes nothing.
 */
export function bankRoutes(app: Server, context: HttpContext): void {
  const key = createPublicKey(context.bankPublicKeyPem)
  app.register(async (scope: Server) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: NOTIFICATION_BYTES_MAX },
      (_request, body, done) => done(null, body),
    )
    scope.post(
      '/v1/bank-notifications',
      {
        schema: {
          summary: 'News from the bank, with a detached JWS in x-jws-signature',
          tags: ['bank'],
          response: { 204: Type.Null(), '4xx': Problem, '5xx': Problem },
        },
      },
      async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const signature = request.headers['x-jws-signature']
        if (typeof signature !== 'string' || !signedBy(key, signature, body))
          throw new Refusal('notification-unsigned')
        const notification = parse(body)
        if (!Value.Check(Notification, notification)) throw new Refusal('request-malformed')
        // Taken only once the bank was asked and the answer is in the journal: nobody asks about a settled order by
        // themselves, and the bank says again what was not taken.
        if (!(await ask(context, notification))) throw new Refusal('unavailable')
        return await reply.code(204).send()
      },
    )
  })
}

async function ask(
  context: HttpContext,
  { endToEndIdentification, mandateId }: { endToEndIdentification?: string; mandateId?: string },
): Promise<boolean> {
  if (mandateId !== undefined) await askAboutMandate(context, mandateId)
  return endToEndIdentification === undefined || (await context.service.bankNotified(endToEndIdentification))
}

/** The mandate's standing is kept, and the payment that waits for it goes on or ends. */
export async function askAboutMandate(context: HttpContext, mandateId: string): Promise<void> {
  const about = await paymentOfMandate(context.sql, mandateId)
  if (about === null) return
  const granted = await askApproval(context.sql, context.bank, mandateId)
  const paymentId = PaymentId.parse(about.paymentId)
  if (granted === undefined || paymentId === null) return
  await context.service.approvalAnswered(paymentId, mandateId, granted)
}

/** RFC 7515 appendix F: `header..signature` over the body; EdDSA (RFC 8037) and nothing else. */
export function signedBy(key: KeyObject, jws: string, body: Uint8Array): boolean {
  if (jws.length > JWS_LENGTH_MAX) return false
  const [, header, signature] = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)$/.exec(jws) ?? []
  if (header === undefined || signature === undefined) return false
  const parsed = parse(Buffer.from(header, 'base64url'))
  if (typeof parsed !== 'object' || parsed === null || !('alg' in parsed)) return false
  // RFC 7515 section 4.1.11: what is critical and not understood is refused.
  if (parsed.alg !== 'EdDSA' || 'crit' in parsed) return false
  const signed = `${header}.${Buffer.from(body).toString('base64url')}`
  return verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64url'))
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}
