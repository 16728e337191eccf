import type { Place } from '#system/access/reach.ts'

/** One request to one route about something of one merchant's, as good as it can be without changing anything. */
export interface Sample {
  readonly url: string
  readonly body?: object
}

/** What a merchant has, for requests to be about. */
export interface Belongings {
  readonly merchantId: string
  readonly siteId: string
  readonly machineId: string
  readonly chipId: string
  readonly paymentId: string
  readonly staffId: string
  readonly grantId: string
  readonly invitationId: string
  readonly keyId: string
  readonly approvalId: string
}

export interface RouteSample {
  readonly make: (of: Belongings) => Sample
  /** Where what the request is about stands: what a grant has to cover. A list, and what is one's own, is for everybody. */
  readonly place: 'platform' | 'merchant' | 'site' | 'list' | 'own'
  /** What whoever may do it is answered, since one thing was left out on purpose so that nothing changes. */
  readonly granted: string
}

const VERSION = 'version-missing'
const KEY = 'idempotency-key-missing'
const reason = { reason: 'matrix' }
const NOBODY = 'f'.repeat(32)
const IBAN = 'DE89370400440532013000'
const product = { id: 1, name: 'A', mode: 'sale', priceMinor: '1', units: 1, unit: 'x', maxDurationS: 1 }

const list = (name: string): RouteSample => ({ make: () => ({ url: name }), place: 'list', granted: 'ok' })
const sample = (
  place: RouteSample['place'],
  granted: string,
  make: (of: Belongings) => readonly [url: string, body?: object],
): RouteSample => ({
  place,
  granted,
  make: (of) => {
    const [url, body] = make(of)
    return { url, ...(body === undefined ? {} : { body }) }
  },
})

/** By method and address, as registered and without `/v1/manage`. A route without a row here fails the matrix. */
export const SAMPLES: Readonly<Record<string, RouteSample>> = {
  'GET /access': list('/access'),
  'GET /sessions': list('/sessions'),
  'POST /sessions/:sessionId/end': sample('own', 'record-unknown', () => [`/sessions/${NOBODY}/end`, {}]),
  'POST /touches': sample('own', 'ok', () => [
    '/touches',
    { method: 'POST', path: '/v1/manage/x', body: {} },
  ]),
  'POST /touches/answer': sample('own', 'sign-in-refused', () => [
    '/touches/answer',
    {
      challengeId: NOBODY,
      response: {
        id: 'A',
        rawId: 'A',
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON: 'A', authenticatorData: 'A', signature: 'A' },
      },
    },
  ]),

  'GET /passkeys': list('/passkeys'),
  'POST /passkeys/options': sample('own', 'ok', () => ['/passkeys/options', {}]),
  'POST /passkeys': sample('own', 'sign-in-refused', () => [
    '/passkeys',
    {
      challengeId: NOBODY,
      response: {
        id: 'A',
        rawId: 'A',
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON: 'A', attestationObject: 'A' },
      },
    },
  ]),
  'POST /passkeys/removal': sample('own', 'record-unknown', () => [
    '/passkeys/removal',
    { credentialId: 'A', ...reason },
  ]),

  'GET /merchants': list('/merchants'),
  'GET /merchants/:merchantId': sample('merchant', 'ok', (of) => [`/merchants/${of.merchantId}`]),
  'POST /merchants': sample('platform', KEY, () => [
    '/merchants',
    { merchantId: 'fresh', name: 'Fresh', support: 'x', iban: IBAN },
  ]),
  'PATCH /merchants/:merchantId': sample('merchant', VERSION, (of) => [
    `/merchants/${of.merchantId}`,
    { name: 'X' },
  ]),
  'POST /merchants/:merchantId/retirement': sample('merchant', VERSION, (of) => [
    `/merchants/${of.merchantId}/retirement`,
    reason,
  ]),
  'POST /merchants/:merchantId/account-changes': sample('merchant', KEY, (of) => [
    `/merchants/${of.merchantId}/account-changes`,
    { iban: IBAN, ...reason },
  ]),

  'GET /sites': list('/sites'),
  'GET /sites/:merchantId/:siteId': sample('site', 'ok', (of) => [`/sites/${of.merchantId}/${of.siteId}`]),
  'POST /sites': sample('merchant', KEY, (of) => [
    '/sites',
    { merchantId: of.merchantId, siteId: 'fresh', name: 'X' },
  ]),
  'PATCH /sites/:merchantId/:siteId': sample('site', VERSION, (of) => [
    `/sites/${of.merchantId}/${of.siteId}`,
    { name: 'X' },
  ]),
  'POST /sites/:merchantId/:siteId/retirement': sample('site', VERSION, (of) => [
    `/sites/${of.merchantId}/${of.siteId}/retirement`,
    reason,
  ]),

  'GET /machines': list('/machines'),
  'GET /machines/:machineId': sample('site', 'ok', (of) => [`/machines/${of.machineId}`]),
  'POST /machines': sample('site', KEY, (of) => [
    '/machines',
    { merchantId: of.merchantId, siteId: of.siteId, name: 'X', place: 'X', presence: 'none' },
  ]),
  'PATCH /machines/:machineId': sample('site', VERSION, (of) => [
    `/machines/${of.machineId}`,
    { place: 'X' },
  ]),
  'POST /machines/:machineId/retirement': sample('site', VERSION, (of) => [
    `/machines/${of.machineId}/retirement`,
    reason,
  ]),
  'GET /machines/:machineId/tariffs': sample('site', 'ok', (of) => [`/machines/${of.machineId}/tariffs`]),
  'POST /machines/:machineId/tariffs': sample('site', VERSION, (of) => [
    `/machines/${of.machineId}/tariffs`,
    { currency: 'EUR', products: [product] },
  ]),

  'GET /chips': list('/chips'),
  'GET /chips/:chipId': sample('site', 'ok', (of) => [`/chips/${of.chipId}`]),
  'POST /chips/:chipId/revocation': sample('site', VERSION, (of) => [
    `/chips/${of.chipId}/revocation`,
    reason,
  ]),

  'GET /payments': list('/payments'),
  'GET /payments/:paymentId': sample('site', 'ok', (of) => [`/payments/${of.paymentId}`]),
  'GET /payments/:paymentId/evidence': sample('site', 'ok', (of) => [`/payments/${of.paymentId}/evidence`]),
  'GET /cases': list('/cases'),

  'GET /staff': list('/staff'),
  'GET /staff/:staffId': sample('site', 'ok', (of) => [`/staff/${of.staffId}`]),
  'POST /staff/:staffId/roles': sample('site', KEY, (of) => [
    `/staff/${of.staffId}/roles`,
    { role: 'support', merchantId: of.merchantId, siteId: of.siteId },
  ]),
  'POST /staff/:staffId/roles/:grantId/withdrawal': sample('site', KEY, (of) => [
    `/staff/${of.staffId}/roles/${of.grantId}/withdrawal`,
    reason,
  ]),
  'POST /staff/:staffId/end': sample('platform', KEY, (of) => [`/staff/${of.staffId}/end`, reason]),
  'POST /staff/:staffId/sessions/end': sample('platform', KEY, (of) => [
    `/staff/${of.staffId}/sessions/end`,
    reason,
  ]),

  'GET /invitations': list('/invitations'),
  'POST /invitations': sample('site', KEY, (of) => [
    '/invitations',
    { email: 'x@example.org', name: 'X', role: 'support', merchantId: of.merchantId, siteId: of.siteId },
  ]),
  'POST /invitations/:invitationId/withdrawal': sample('site', KEY, (of) => [
    `/invitations/${of.invitationId}/withdrawal`,
    reason,
  ]),

  'GET /api-keys': list('/api-keys'),
  'POST /api-keys': sample('merchant', KEY, (of) => [
    '/api-keys',
    { name: 'X', scopes: ['machine.read'], merchantId: of.merchantId, siteId: null, lifeDays: 1 },
  ]),
  'POST /api-keys/:keyId/revocation': sample('merchant', KEY, (of) => [
    `/api-keys/${of.keyId}/revocation`,
    reason,
  ]),

  'GET /approvals': list('/approvals'),
  'POST /approvals/:approvalId/decision': sample('merchant', KEY, (of) => [
    `/approvals/${of.approvalId}/decision`,
    { decision: 'refused', ...reason },
  ]),
  'POST /approvals/:approvalId/withdrawal': sample('merchant', KEY, (of) => [
    `/approvals/${of.approvalId}/withdrawal`,
    reason,
  ]),

  'GET /audit': list('/audit'),
}

/** Something good to set each field to that anybody may set. */
export const FIELD_SAMPLES: Readonly<Record<string, unknown>> = {
  name: 'X',
  support: 'X',
  enabled: true,
  siteId: null,
  number: '1',
  place: 'X',
  picture: null,
  presence: 'words',
  unprovenMaxMinor: '500',
}

export function placeOf(sample: RouteSample, of: Belongings): Place {
  if (sample.place === 'platform') return { merchantId: null, siteId: null }
  return { merchantId: of.merchantId, siteId: sample.place === 'site' ? of.siteId : null }
}
