import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../error/problem.ts'
import type { RelyingParty } from '../../payer/passkey.ts'
import { acceptInvitation, handleOf } from '../../staff-member/accept.ts'
import { makeChallenge, takeChallenge } from '../../staff-member/challenge.ts'
import { openInvitation } from '../../staff-member/invitation.ts'
import { newPasskeyOptions, signInOptions, staffOfAnswer } from '../../staff-member/passkey.ts'
import { SESSION_LIFE_MS, startSession } from '../../staff-member/session.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { STAFF_COOKIE, sessionCaller } from './access.ts'
import { Failures, HexId, closed } from './exchange.ts'
import { AnswerBody, AttestationBody, ChallengeView } from './passkey-schemas.ts'

const EmptyBody = Type.Object({}, closed)
const Secret = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
const SignedIn = Type.Object({ staffId: HexId })
const tags = ['sign-in']

/** Passkeys of staff are never asked for inside another site's frame. */
export function staffRelyingParty({ verifying }: HttpContext): RelyingParty {
  return { ...verifying.relyingParty, frameOrigins: [] }
}

/** How one comes to a session: with a passkey, and the first time by an invitation. */
export function signInRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs } = context
  const rp = staffRelyingParty(context)
  app.post(
    '/v1/manage/sign-in/options',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What a passkey is to sign',
        tags,
        body: EmptyBody,
        response: { 200: ChallengeView, ...Failures },
      },
    },
    async () => {
      const { challengeId, challenge } = await makeChallenge(sql, { purpose: 'sign-in' }, nowMs())
      return { challengeId, publicKey: await signInOptions(rp, challenge) }
    },
  )
  app.post(
    '/v1/manage/sign-in',
    {
      config: { access: 'open' },
      schema: { summary: 'Sign in', tags, body: AnswerBody, response: { 200: SignedIn, ...Failures } },
    },
    async (request, reply) => {
      const { challengeId, response } = request.body
      const challenge = await takeChallenge(sql, { challengeId, purpose: 'sign-in' }, nowMs())
      if (challenge === null) throw new Refusal('sign-in-refused')
      const answer = { challenge, response: response as AuthenticationResponseJSON, nowMs: nowMs() }
      const staffId = await staffOfAnswer(sql, rp, answer)
      if (staffId === null) throw new Refusal('sign-in-refused')
      await giveSession(context, { request, reply }, staffId)
      return { staffId }
    },
  )
  acceptanceRoutes(app, context)
}

function acceptanceRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs } = context
  const rp = staffRelyingParty(context)
  app.post(
    '/v1/manage/invitation/options',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What an invitation is to, and what a new passkey is to sign',
        tags,
        body: Type.Object({ secret: Secret }, closed),
        response: {
          200: Type.Object({
            ...ChallengeView.properties,
            name: Type.String(),
            role: Type.String(),
            merchantId: Type.Union([Type.String(), Type.Null()]),
            siteId: Type.Union([Type.String(), Type.Null()]),
          }),
          ...Failures,
        },
      },
    },
    async (request) => {
      const invitation = await openInvitation(sql, request.body.secret, { nowMs: nowMs(), lock: false })
      if (invitation === null) throw new Refusal('invitation-unknown')
      const { invitationId, name, email, role, merchantId, siteId } = invitation
      const { challengeId, challenge } = await makeChallenge(
        sql,
        { purpose: 'invitation', invitationId },
        nowMs(),
      )
      const user = { handle: handleOf(invitation), name: email, displayName: name }
      const publicKey = await newPasskeyOptions(rp, challenge, user)
      return { challengeId, publicKey, name, role, merchantId, siteId }
    },
  )
  app.post(
    '/v1/manage/invitation/acceptance',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Accept: with a new passkey, or as whoever is signed in',
        tags,
        body: Type.Object({ secret: Secret, passkey: Type.Optional(AttestationBody) }, closed),
        response: { 200: SignedIn, ...Failures },
      },
    },
    async (request, reply) => {
      const { secret: secretText, passkey } = request.body
      const caller = passkey === undefined ? await sessionCaller(context, request) : null
      const accepted = await acceptInvitation(sql, rp, {
        secretText,
        nowMs: nowMs(),
        ...(caller === null ? {} : { staffId: caller.staffId }),
        ...(passkey === undefined
          ? {}
          : {
              passkey: {
                challengeId: passkey.challengeId,
                response: passkey.response as RegistrationResponseJSON,
              },
            }),
      })
      if (!accepted.ok) throw new Refusal(accepted.error)
      if (caller === null) await giveSession(context, { request, reply }, accepted.value.staffId)
      return { staffId: accepted.value.staffId }
    },
  )
}

async function giveSession(
  { sql, nowMs, settings }: HttpContext,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  staffId: string,
): Promise<void> {
  const browser = request.headers['user-agent'] ?? 'unknown'
  const { secretText } = await startSession(sql, { staffId, browser }, nowMs())
  void reply.header('set-cookie', staffCookie(secretText, SESSION_LIFE_MS / 1000, settings.publicOrigin))
}

/** Sent to the management alone, by this site's own pages alone, and seen by no script. */
export function staffCookie(value: string, maxAgeS: number, publicOrigin: string): string {
  const attributes = ['Path=/v1/manage', `Max-Age=${String(maxAgeS)}`, 'HttpOnly', 'SameSite=Strict']
  if (publicOrigin.startsWith('https:')) attributes.push('Secure')
  return `${STAFF_COOKIE}=${value}; ${attributes.join('; ')}`
}
