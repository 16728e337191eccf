import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { Type } from 'typebox'
import { ROLES, ROLE_TABLE } from '../../access/role.ts'
import { ACTIONS, accessTable, rowOf } from '../../access/table.ts'
import { recordStaffAction } from '../../audit/staff-action.ts'
import { Refusal } from '../../error/problem.ts'
import { actorOf } from '../../management/by.ts'
import { makeChallenge, takeChallenge } from '../../staff-member/challenge.ts'
import { passkeysOfStaff, signInOptions, staffOfAnswer } from '../../staff-member/passkey.ts'
import { endSessions, openSessions } from '../../staff-member/session.ts'
import { bindingOf, noteTouched } from '../../staff-member/touch.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, byOf, closed } from './exchange.ts'
import { AnswerBody, ChallengeView } from './passkey-schemas.ts'
import { staffCookie, staffRelyingParty } from './sign-in-routes.ts'

const names = Type.Array(Type.String())
const byNoun = Type.Record(Type.String(), names)
const place = {
  merchantId: Type.Union([Type.String(), Type.Null()]),
  siteId: Type.Union([Type.String(), Type.Null()]),
}
const RoleName = Type.String({ enum: [...ROLES] })
const AccessView = Type.Object({
  staffId: HexId,
  name: Type.String(),
  grants: Type.Array(Type.Object({ role: RoleName, ...place })),
  scopes: Type.Union([names, Type.Null()], { description: 'Of an API key; null for a person' }),
  touch: Type.Array(Type.String(), { description: 'Actions that need a touch' }),
  roles: Type.Record(Type.String(), Type.Object({ actions: names, read: byNoun, set: byNoun })),
  gives: Type.Record(Type.String(), Type.Object({ roles: names, levels: names }), {
    description: 'Which roles each role may give, and where each can be had',
  }),
})
const SessionView = Type.Object({
  sessionId: HexId,
  browser: Type.String(),
  createdAtMs: Type.Number(),
  usedAtMs: Type.Number(),
  expiresAtMs: Type.Number(),
  current: Type.Boolean(),
})
const Done = Type.Object({ done: Type.Literal(true) })
const EmptyBody = Type.Object({}, closed)
const tags = ['sign-in']

/** Oneself: what one may, where one is signed in, and touches of the passkey. */
export function sessionRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/manage/access',
    {
      config: { access: 'session.read' },
      schema: {
        summary: 'Who you are, and the access table',
        tags,
        response: { 200: AccessView, ...Failures },
      },
    },
    async (request) => {
      const { staffId, name, grants, scopes } = callerIn(request)
      return {
        staffId,
        name,
        grants,
        scopes: scopes === null ? null : [...scopes],
        touch: ACTIONS.filter((action) => rowOf(action).touch === true),
        roles: accessTable(),
        gives: Object.fromEntries(
          ROLES.map((role) => [role, { roles: ROLE_TABLE[role].grants, levels: ROLE_TABLE[role].levels }]),
        ),
      }
    },
  )
  ownSessionRoutes(app, context)
  touchRoutes(app, context)
}

function ownSessionRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs, settings } = context
  app.get(
    '/v1/manage/sessions',
    {
      config: { access: 'session.read' },
      schema: {
        summary: 'Where you are signed in',
        tags,
        response: { 200: Type.Object({ items: Type.Array(SessionView) }), ...Failures },
      },
    },
    async (request) => {
      const { staffId, sessionId } = callerIn(request)
      const rows = await openSessions(sql, staffId, nowMs())
      return { items: rows.map((row) => ({ ...row, current: row.sessionId === sessionId })) }
    },
  )
  app.post(
    '/v1/manage/sessions/:sessionId/end',
    {
      config: { access: 'session.end' },
      schema: {
        summary: 'End one of your own sessions; `current` signs out here',
        tags,
        params: Type.Object({ sessionId: Type.String({ pattern: '^([0-9a-f]{32}|current)$' }) }),
        body: EmptyBody,
        response: { 200: Done, ...Failures },
      },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const given = request.params.sessionId
      const sessionId = given === 'current' ? caller.sessionId : given
      if (sessionId === null) throw new Refusal('record-unknown')
      await sql.begin(async (transaction) => {
        const ended = await endSessions(transaction, { staffId: caller.staffId, sessionId })
        if (ended === 0) throw new Refusal('record-unknown')
        await recordStaffAction(transaction, {
          ...actorOf(byOf(context, request)),
          action: 'session-ended',
          target: `session ${sessionId}`,
          detail: {},
        })
      })
      if (sessionId === caller.sessionId) {
        void reply.header('set-cookie', staffCookie('', 0, settings.publicOrigin))
      }
      return { done: true }
    },
  )
}

function touchRoutes(app: Server, context: HttpContext): void {
  const { sql, nowMs } = context
  const rp = staffRelyingParty(context)
  app.post(
    '/v1/manage/touches',
    {
      config: { access: 'session.read' },
      schema: {
        summary: 'Ask for a touch of the passkey for exactly one request',
        tags,
        body: Type.Object(
          {
            method: Type.Literal('POST'),
            path: Type.String({ maxLength: 300, pattern: '^/v1/manage/' }),
            body: Type.Object({}, { additionalProperties: true }),
          },
          closed,
        ),
        response: { 200: ChallengeView, ...Failures },
      },
    },
    async (request) => {
      const { staffId, sessionId } = callerIn(request)
      if (sessionId === null) throw new Refusal('touch-missing')
      const binding = bindingOf(request.body)
      const { challengeId, challenge } = await makeChallenge(
        sql,
        { purpose: 'touch', sessionId, binding },
        nowMs(),
      )
      return {
        challengeId,
        publicKey: await signInOptions(rp, challenge, await passkeysOfStaff(sql, staffId)),
      }
    },
  )
  app.post(
    '/v1/manage/touches/answer',
    {
      config: { access: 'session.read' },
      schema: {
        summary: 'The answer; then send the request with its challengeId in `Farthing-Touch`',
        tags,
        body: AnswerBody,
        response: { 200: Done, ...Failures },
      },
    },
    async (request) => {
      const { staffId, sessionId } = callerIn(request)
      if (sessionId === null) throw new Refusal('touch-missing')
      const { challengeId, response } = request.body
      const challenge = await takeChallenge(sql, { challengeId, purpose: 'touch', sessionId }, nowMs())
      if (challenge === null) throw new Refusal('sign-in-refused')
      const answer = { challenge, response: response as AuthenticationResponseJSON, nowMs: nowMs() }
      // Of this very person: somebody else's passkey at this screen is no touch of theirs.
      if ((await staffOfAnswer(sql, rp, answer)) !== staffId) throw new Refusal('sign-in-refused')
      await noteTouched(sql, challengeId, nowMs())
      return { done: true }
    },
  )
}
