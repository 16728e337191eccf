import { type Role, ROLES } from './role.ts'
import type { NounRow } from './table.ts'

const OWNER = 'platform-owner'
const MERCHANT = 'merchant-owner'

const EVERYBODY: readonly Role[] = ROLES
const OWNERS: readonly Role[] = [OWNER, MERCHANT]
const RUNNING: readonly Role[] = [OWNER, MERCHANT, 'manager']
const ON_SITE: readonly Role[] = [OWNER, MERCHANT, 'manager', 'technician']
/** Money is seen by all but whoever repairs. */
const MONEY: readonly Role[] = [OWNER, MERCHANT, 'manager', 'support', 'auditor']
const ACCOUNT: readonly Role[] = [OWNER, MERCHANT, 'auditor']

const seen = { read: EVERYBODY }
const given = { read: EVERYBODY, add: true } as const
const history = { revision: seen, createdAtMs: seen, retiredAtMs: seen }

/** What is managed: its actions with the roles that may, and its fields with those that read and set them. */
export const NOUNS = {
  merchant: {
    words: 'who sells, and is paid',
    actions: {
      read: { roles: EVERYBODY },
      add: { roles: [OWNER], touch: true },
      change: { roles: OWNERS },
      retire: { roles: [OWNER] },
    },
    fields: {
      merchantId: given,
      name: { read: EVERYBODY, set: OWNERS, add: true },
      support: { read: EVERYBODY, set: OWNERS, add: true },
      // Changed by nobody alone: see payee-account.
      iban: { read: ACCOUNT, add: true },
      enabled: { read: EVERYBODY, set: OWNERS },
      ...history,
    },
  },
  'payee-account': {
    words: 'the account that a merchant is paid to; a second person allows its change',
    actions: { ask: { roles: OWNERS, touch: true } },
    fields: {},
  },
  approval: {
    words: 'what one person asks for and another allows',
    actions: {
      read: { roles: ACCOUNT },
      decide: { roles: OWNERS, touch: true },
      withdraw: { roles: OWNERS },
    },
    fields: {},
  },
  site: {
    words: 'a place with machines',
    actions: {
      read: { roles: EVERYBODY },
      add: { roles: RUNNING },
      change: { roles: RUNNING },
      retire: { roles: RUNNING },
    },
    fields: {
      merchantId: given,
      siteId: given,
      name: { read: EVERYBODY, set: RUNNING, add: true },
      ...history,
    },
  },
  machine: {
    words: 'a machine, and what payers are told of it',
    actions: {
      read: { roles: EVERYBODY },
      add: { roles: RUNNING },
      change: { roles: ON_SITE },
      retire: { roles: RUNNING },
    },
    fields: {
      machineId: given,
      merchantId: given,
      siteId: { read: EVERYBODY, set: RUNNING, add: true },
      name: { read: EVERYBODY, set: RUNNING, add: true },
      number: { read: EVERYBODY, set: RUNNING, add: true },
      place: { read: EVERYBODY, set: ON_SITE, add: true },
      picture: { read: EVERYBODY, set: ON_SITE, add: true },
      presence: { read: EVERYBODY, set: RUNNING, add: true },
      unprovenMaxMinor: { read: EVERYBODY, set: RUNNING, add: true },
      enabled: { read: EVERYBODY, set: ON_SITE },
      chipId: seen,
      tariffVersion: seen,
      ...history,
    },
  },
  chip: {
    words: 'the payment chip in a machine',
    actions: { read: { roles: EVERYBODY }, revoke: { roles: ON_SITE } },
    fields: {},
  },
  tariff: {
    words: 'what a machine sells, at which prices',
    actions: { read: { roles: EVERYBODY }, add: { roles: RUNNING } },
    fields: {},
  },
  staff: {
    words: 'people who manage',
    actions: {
      read: { roles: [OWNER, MERCHANT, 'manager', 'auditor'] },
      end: { roles: [OWNER], touch: true },
      'sign-out': { roles: [OWNER] },
    },
    fields: {},
  },
  role: {
    words: 'what one person may, and where',
    actions: { grant: { roles: RUNNING, touch: true }, withdraw: { roles: RUNNING } },
    fields: {},
  },
  invitation: {
    words: 'a link by which somebody becomes staff, once',
    actions: {
      read: { roles: RUNNING },
      add: { roles: RUNNING, touch: true },
      withdraw: { roles: RUNNING },
    },
    fields: {},
  },
  'api-key': {
    words: 'what programs sign in with',
    actions: {
      read: { roles: ACCOUNT },
      add: { roles: OWNERS, touch: true },
      revoke: { roles: OWNERS },
    },
    fields: {},
  },
  payment: {
    words: 'a payment, read only',
    actions: { read: { roles: EVERYBODY } },
    fields: {
      paymentId: seen,
      merchantId: seen,
      machineId: seen,
      chipId: seen,
      state: seen,
      goods: seen,
      claimedAtMs: seen,
      closedAtMs: seen,
      endReason: seen,
      case: seen,
      outcome: seen,
      events: seen,
      amountMinor: { read: MONEY },
      currency: { read: MONEY },
      lossMinor: { read: MONEY },
      orders: { read: MONEY },
      payer: { read: [OWNER, MERCHANT, 'support', 'auditor'] },
    },
  },
  evidence: {
    words: 'what was signed of one payment, as one file; tells amounts, and the account it was confirmed for',
    actions: { read: { roles: MONEY } },
    fields: {},
  },
  case: {
    words: 'a payment that a person has to look at',
    actions: { read: { roles: EVERYBODY } },
    fields: {},
  },
  audit: {
    words: 'what staff did',
    actions: { read: { roles: ACCOUNT } },
    fields: {},
  },
  session: {
    words: 'where oneself is signed in, and what oneself may',
    actions: { read: { roles: EVERYBODY }, end: { roles: EVERYBODY } },
    fields: {},
  },
  passkey: {
    words: 'what oneself signs in with',
    actions: {
      read: { roles: EVERYBODY },
      add: { roles: EVERYBODY, touch: true },
      remove: { roles: EVERYBODY, touch: true },
    },
    fields: {},
  },
} as const satisfies Record<string, NounRow>

export type Noun = keyof typeof NOUNS
