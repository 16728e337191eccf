import { randomBytes } from 'node:crypto'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { Type } from 'typebox'
import { recordStaffAction } from '../../audit/staff-action.ts'
import { Refusal } from '../../error/problem.ts'
import { actorOf } from '../../management/by.ts'
import { verifyNewPasskey } from '../../payer/passkey.ts'
import { makeChallenge, takeChallenge } from '../../staff-member/challenge.ts'
import {
  isKept,
  keepStaffPasskey,
  newPasskeyOptions,
  removePasskey,
  seenPasskeys,
} from '../../staff-member/passkey.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Reason, byOf, closed } from './exchange.ts'
import { AttestationBody, ChallengeView } from './passkey-schemas.ts'
import { staffRelyingParty } from './sign-in-routes.ts'

const CredentialId = Type.String({ maxLength: 1400, pattern: '^[A-Za-z0-9_-]+$' })
const PasskeysView = Type.Object({
  items: Type.Array(
    Type.Object({
      credentialId: CredentialId,
      createdAtMs: Type.Number(),
      usedAtMs: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
})
const tags = ['sign-in']

/** Oneself's passkeys: more than one, so that a lost phone locks nobody out. */
export function passkeyRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs } = context
  app.get(
    '/v1/manage/passkeys',
    {
      config: { access: 'passkey.read' },
      schema: { summary: 'Your passkeys', tags, response: { 200: PasskeysView, ...Failures } },
    },
    async (request) => ({ items: await seenPasskeys(sql, callerIn(request).staffId) }),
  )
  app.post(
    '/v1/manage/passkeys/options',
    {
      config: { access: 'passkey.read' },
      schema: {
        summary: 'What another passkey is to sign',
        tags,
        body: Type.Object({}, closed),
        response: { 200: ChallengeView, ...Failures },
      },
    },
    async (request) => {
      const { sessionId, name } = callerIn(request)
      if (sessionId === null) throw new Refusal('touch-missing')
      const { challengeId, challenge } = await makeChallenge(sql, { purpose: 'passkey', sessionId }, nowMs())
      // A handle of its own: an authenticator replaces what it has for a handle, and the other one may be on it.
      const user = { handle: randomBytes(16), name, displayName: name }
      return { challengeId, publicKey: await newPasskeyOptions(staffRelyingParty(context), challenge, user) }
    },
  )
  changeRoutes(app, context)
}

function changeRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs } = context
  app.post(
    '/v1/manage/passkeys',
    {
      config: { access: 'passkey.add' },
      schema: {
        summary: 'Another passkey',
        tags,
        body: AttestationBody,
        response: { 200: PasskeysView, ...Failures },
      },
    },
    async (request) => {
      const { staffId, sessionId } = callerIn(request)
      if (sessionId === null) throw new Refusal('touch-missing')
      const { challengeId, response } = request.body
      const challenge = await takeChallenge(sql, { challengeId, purpose: 'passkey', sessionId }, nowMs())
      if (challenge === null) throw new Refusal('sign-in-refused')
      const attestation = response as RegistrationResponseJSON
      const verdict = await verifyNewPasskey(staffRelyingParty(context), challenge, attestation)
      if (verdict.kind !== 'right' || (await isKept(sql, verdict.value.credentialId))) {
        throw new Refusal('sign-in-refused')
      }
      await sql.begin(async (transaction) => {
        await keepStaffPasskey(transaction, staffId, verdict.value)
        await recordStaffAction(transaction, {
          ...actorOf(byOf(context, request)),
          action: 'passkey-added',
          target: `staff ${staffId}`,
          detail: { credentialId: verdict.value.credentialId },
        })
      })
      return { items: await seenPasskeys(sql, staffId) }
    },
  )
  app.post(
    '/v1/manage/passkeys/removal',
    {
      config: { access: 'passkey.remove' },
      schema: {
        summary: 'Take one of your passkeys away; the last one stays',
        tags,
        body: Type.Object({ credentialId: CredentialId, reason: Reason }, closed),
        response: { 200: PasskeysView, ...Failures },
      },
    },
    async (request) => {
      const { staffId } = callerIn(request)
      const { credentialId, reason } = request.body
      await sql.begin(async (transaction) => {
        const removed = await removePasskey(transaction, { staffId, credentialId })
        if (removed === 'unknown') throw new Refusal('record-unknown')
        if (removed === 'last') throw new Refusal('in-use', { because: 'last-passkey' })
        await recordStaffAction(transaction, {
          ...actorOf(byOf(context, request)),
          action: 'passkey-removed',
          target: `staff ${staffId}`,
          detail: { credentialId, why: reason },
        })
      })
      return { items: await seenPasskeys(sql, staffId) }
    },
  )
}
