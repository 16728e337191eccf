// Made by `npm run client` from docs/reference/openapi.json.

/** Every refusal (RFC 9457). */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly retryable: boolean
  readonly charged: 'no' | 'yes' | 'unknown'
  readonly retryAtMs?: number
  readonly triesLeft?: number
  readonly field?: string
  readonly because?: string
  readonly versions?: { readonly yours: number; readonly current: number }
}

/** What each operation takes and gives, by method and address. */
export interface Operations {
  /** What a passkey is to sign */
  readonly 'POST /v1/manage/sign-in/options': {
    readonly body: Readonly<Record<string, never>>
    readonly ok: {
      readonly challengeId: string
      /** WebAuthn options (section 5.1) as JSON */
      readonly publicKey: Readonly<Record<string, unknown>>
    }
  }
  /** Sign in */
  readonly 'POST /v1/manage/sign-in': {
    readonly body: {
      readonly challengeId: string
      readonly response: {
        readonly id: string
        readonly rawId: string
        readonly type: 'public-key'
        readonly authenticatorAttachment?: string
        readonly clientExtensionResults: Readonly<Record<string, unknown>>
        readonly response: {
          readonly clientDataJSON: string
          readonly authenticatorData: string
          readonly signature: string
          readonly userHandle?: string
        }
      }
    }
    readonly ok: { readonly staffId: string }
  }
  /** What an invitation is to, and what a new passkey is to sign */
  readonly 'POST /v1/manage/invitation/options': {
    readonly body: { readonly secret: string }
    readonly ok: {
      readonly challengeId: string
      /** WebAuthn options (section 5.1) as JSON */
      readonly publicKey: Readonly<Record<string, unknown>>
      readonly name: string
      readonly role: string
      readonly merchantId: string | null
      readonly siteId: string | null
    }
  }
  /** Accept: with a new passkey, or as whoever is signed in */
  readonly 'POST /v1/manage/invitation/acceptance': {
    readonly body: {
      readonly secret: string
      readonly passkey?: {
        readonly challengeId: string
        readonly response: {
          readonly id: string
          readonly rawId: string
          readonly type: 'public-key'
          readonly authenticatorAttachment?: string
          readonly clientExtensionResults: Readonly<Record<string, unknown>>
          readonly response: {
            readonly clientDataJSON: string
            readonly attestationObject: string
            readonly authenticatorData?: string
            readonly transports?: readonly string[]
            readonly publicKeyAlgorithm?: number
            readonly publicKey?: string
          }
        }
      }
    }
    readonly ok: { readonly staffId: string }
  }
  /** Who you are, and the access table */
  readonly 'GET /v1/manage/access': {
    readonly ok: {
      readonly staffId: string
      readonly name: string
      readonly grants: readonly {
        readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
        readonly merchantId: string | null
        readonly siteId: string | null
      }[]
      /** Of an API key; null for a person */
      readonly scopes: readonly string[] | null
      /** Actions that need a touch */
      readonly touch: readonly string[]
      readonly roles: Readonly<
        Record<
          string,
          {
            readonly actions: readonly string[]
            readonly read: Readonly<Record<string, readonly string[]>>
            readonly set: Readonly<Record<string, readonly string[]>>
          }
        >
      >
      /** Which roles each role may give, and where each can be had */
      readonly gives: Readonly<
        Record<string, { readonly roles: readonly string[]; readonly levels: readonly string[] }>
      >
    }
  }
  /** Where you are signed in */
  readonly 'GET /v1/manage/sessions': {
    readonly ok: {
      readonly items: readonly {
        readonly sessionId: string
        readonly browser: string
        readonly createdAtMs: number
        readonly usedAtMs: number
        readonly expiresAtMs: number
        readonly current: boolean
      }[]
    }
  }
  /** End one of your own sessions; `current` signs out here */
  readonly 'POST /v1/manage/sessions/{sessionId}/end': {
    readonly path: { readonly sessionId: string }
    readonly body: Readonly<Record<string, never>>
    readonly ok: { readonly done: true }
  }
  /** Ask for a touch of the passkey for exactly one request */
  readonly 'POST /v1/manage/touches': {
    readonly body: {
      readonly method: 'POST'
      readonly path: string
      readonly body: Readonly<Record<string, unknown>>
    }
    readonly ok: {
      readonly challengeId: string
      /** WebAuthn options (section 5.1) as JSON */
      readonly publicKey: Readonly<Record<string, unknown>>
    }
  }
  /** The answer; then send the request with its challengeId in `Farthing-Touch` */
  readonly 'POST /v1/manage/touches/answer': {
    readonly body: {
      readonly challengeId: string
      readonly response: {
        readonly id: string
        readonly rawId: string
        readonly type: 'public-key'
        readonly authenticatorAttachment?: string
        readonly clientExtensionResults: Readonly<Record<string, unknown>>
        readonly response: {
          readonly clientDataJSON: string
          readonly authenticatorData: string
          readonly signature: string
          readonly userHandle?: string
        }
      }
    }
    readonly ok: { readonly done: true }
  }
  /** Your passkeys */
  readonly 'GET /v1/manage/passkeys': {
    readonly ok: {
      readonly items: readonly {
        readonly credentialId: string
        readonly createdAtMs: number
        readonly usedAtMs: number | null
      }[]
    }
  }
  /** Another passkey */
  readonly 'POST /v1/manage/passkeys': {
    readonly body: {
      readonly challengeId: string
      readonly response: {
        readonly id: string
        readonly rawId: string
        readonly type: 'public-key'
        readonly authenticatorAttachment?: string
        readonly clientExtensionResults: Readonly<Record<string, unknown>>
        readonly response: {
          readonly clientDataJSON: string
          readonly attestationObject: string
          readonly authenticatorData?: string
          readonly transports?: readonly string[]
          readonly publicKeyAlgorithm?: number
          readonly publicKey?: string
        }
      }
    }
    readonly ok: {
      readonly items: readonly {
        readonly credentialId: string
        readonly createdAtMs: number
        readonly usedAtMs: number | null
      }[]
    }
  }
  /** What another passkey is to sign */
  readonly 'POST /v1/manage/passkeys/options': {
    readonly body: Readonly<Record<string, never>>
    readonly ok: {
      readonly challengeId: string
      /** WebAuthn options (section 5.1) as JSON */
      readonly publicKey: Readonly<Record<string, unknown>>
    }
  }
  /** Take one of your passkeys away; the last one stays */
  readonly 'POST /v1/manage/passkeys/removal': {
    readonly body: { readonly credentialId: string; readonly reason: string }
    readonly ok: {
      readonly items: readonly {
        readonly credentialId: string
        readonly createdAtMs: number
        readonly usedAtMs: number | null
      }[]
    }
  }
  /** Merchants */
  readonly 'GET /v1/manage/merchants': {
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly retired?: 'true' | 'false' }
    readonly ok: {
      readonly items: readonly {
        readonly merchantId?: string
        readonly name?: string
        readonly support?: string
        readonly iban?: string
        readonly enabled?: boolean
        /** Also the ETag */
        readonly revision?: number
        readonly createdAtMs?: number
        readonly retiredAtMs?: number | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** A new merchant */
  readonly 'POST /v1/manage/merchants': {
    readonly body: {
      readonly merchantId: string
      readonly name: string
      readonly support: string
      readonly iban: string
    }
    readonly ok: {
      readonly merchantId?: string
      readonly name?: string
      readonly support?: string
      readonly iban?: string
      readonly enabled?: boolean
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** One merchant */
  readonly 'GET /v1/manage/merchants/{merchantId}': {
    readonly path: { readonly merchantId: string }
    readonly ok: {
      readonly merchantId?: string
      readonly name?: string
      readonly support?: string
      readonly iban?: string
      readonly enabled?: boolean
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Change a merchant */
  readonly 'PATCH /v1/manage/merchants/{merchantId}': {
    readonly path: { readonly merchantId: string }
    readonly body: {
      readonly name?: string
      readonly support?: string
      readonly enabled?: boolean
      readonly reason?: string
    }
    readonly ok: {
      readonly merchantId?: string
      readonly name?: string
      readonly support?: string
      readonly iban?: string
      readonly enabled?: boolean
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Retire a merchant */
  readonly 'POST /v1/manage/merchants/{merchantId}/retirement': {
    readonly path: { readonly merchantId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly merchantId?: string
      readonly name?: string
      readonly support?: string
      readonly iban?: string
      readonly enabled?: boolean
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Sites */
  readonly 'GET /v1/manage/sites': {
    readonly query: {
      readonly cursor?: string
      readonly limit?: string
      readonly retired?: 'true' | 'false'
      readonly merchantId?: string
    }
    readonly ok: {
      readonly items: readonly {
        readonly merchantId?: string
        readonly siteId?: string
        readonly name?: string
        /** Also the ETag */
        readonly revision?: number
        readonly createdAtMs?: number
        readonly retiredAtMs?: number | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** A new site */
  readonly 'POST /v1/manage/sites': {
    readonly body: { readonly merchantId: string; readonly siteId: string; readonly name: string }
    readonly ok: {
      readonly merchantId?: string
      readonly siteId?: string
      readonly name?: string
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** One site */
  readonly 'GET /v1/manage/sites/{merchantId}/{siteId}': {
    readonly path: { readonly merchantId: string; readonly siteId: string }
    readonly ok: {
      readonly merchantId?: string
      readonly siteId?: string
      readonly name?: string
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Change a site */
  readonly 'PATCH /v1/manage/sites/{merchantId}/{siteId}': {
    readonly path: { readonly merchantId: string; readonly siteId: string }
    readonly body: { readonly name?: string; readonly reason?: string }
    readonly ok: {
      readonly merchantId?: string
      readonly siteId?: string
      readonly name?: string
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Retire a site */
  readonly 'POST /v1/manage/sites/{merchantId}/{siteId}/retirement': {
    readonly path: { readonly merchantId: string; readonly siteId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly merchantId?: string
      readonly siteId?: string
      readonly name?: string
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Machines */
  readonly 'GET /v1/manage/machines': {
    readonly query: {
      readonly cursor?: string
      readonly limit?: string
      readonly retired?: 'true' | 'false'
      readonly merchantId?: string
      readonly siteId?: string
    }
    readonly ok: {
      readonly items: readonly {
        readonly machineId?: string
        readonly merchantId?: string
        readonly siteId?: string | null
        readonly name?: string
        readonly number?: string
        readonly place?: string
        readonly picture?: string | null
        readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
        readonly unprovenMaxMinor?: string | null
        readonly enabled?: boolean
        readonly chipId?: string | null
        readonly tariffVersion?: number | null
        /** Also the ETag */
        readonly revision?: number
        readonly createdAtMs?: number
        readonly retiredAtMs?: number | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** A new machine; its id is made here, so that nobody learns which ids others have */
  readonly 'POST /v1/manage/machines': {
    readonly body: {
      readonly merchantId: string
      readonly siteId?: string
      readonly name: string
      readonly number?: string
      readonly place: string
      readonly picture?: string
      readonly presence: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string
    }
    readonly ok: {
      readonly machineId?: string
      readonly merchantId?: string
      readonly siteId?: string | null
      readonly name?: string
      readonly number?: string
      readonly place?: string
      readonly picture?: string | null
      readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string | null
      readonly enabled?: boolean
      readonly chipId?: string | null
      readonly tariffVersion?: number | null
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** One machine */
  readonly 'GET /v1/manage/machines/{machineId}': {
    readonly path: { readonly machineId: string }
    readonly ok: {
      readonly machineId?: string
      readonly merchantId?: string
      readonly siteId?: string | null
      readonly name?: string
      readonly number?: string
      readonly place?: string
      readonly picture?: string | null
      readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string | null
      readonly enabled?: boolean
      readonly chipId?: string | null
      readonly tariffVersion?: number | null
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Change a machine */
  readonly 'PATCH /v1/manage/machines/{machineId}': {
    readonly path: { readonly machineId: string }
    readonly body: {
      readonly siteId?: string | null
      readonly name?: string
      readonly number?: string
      readonly place?: string
      readonly picture?: string | null
      readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string | null
      readonly enabled?: boolean
      readonly reason?: string
    }
    readonly ok: {
      readonly machineId?: string
      readonly merchantId?: string
      readonly siteId?: string | null
      readonly name?: string
      readonly number?: string
      readonly place?: string
      readonly picture?: string | null
      readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string | null
      readonly enabled?: boolean
      readonly chipId?: string | null
      readonly tariffVersion?: number | null
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Retire a machine */
  readonly 'POST /v1/manage/machines/{machineId}/retirement': {
    readonly path: { readonly machineId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly machineId?: string
      readonly merchantId?: string
      readonly siteId?: string | null
      readonly name?: string
      readonly number?: string
      readonly place?: string
      readonly picture?: string | null
      readonly presence?: 'none' | 'words' | 'button' | 'blink' | 'plate'
      readonly unprovenMaxMinor?: string | null
      readonly enabled?: boolean
      readonly chipId?: string | null
      readonly tariffVersion?: number | null
      /** Also the ETag */
      readonly revision?: number
      readonly createdAtMs?: number
      readonly retiredAtMs?: number | null
    }
  }
  /** Chips */
  readonly 'GET /v1/manage/chips': {
    readonly query: {
      readonly cursor?: string
      readonly limit?: string
      readonly merchantId?: string
      readonly machineId?: string
    }
    readonly ok: {
      readonly items: readonly {
        readonly chipId: string
        readonly machineId: string
        readonly merchantId: string
        readonly siteId: string | null
        readonly revision: number
        readonly revokedAtMs: number | null
        readonly createdAtMs: number
        readonly keyIds: readonly string[]
      }[]
      readonly nextCursor: string | null
    }
  }
  /** One chip */
  readonly 'GET /v1/manage/chips/{chipId}': {
    readonly path: { readonly chipId: string }
    readonly ok: {
      readonly chipId: string
      readonly machineId: string
      readonly merchantId: string
      readonly siteId: string | null
      readonly revision: number
      readonly revokedAtMs: number | null
      readonly createdAtMs: number
      readonly keyIds: readonly string[]
    }
  }
  /** Never trust this chip again */
  readonly 'POST /v1/manage/chips/{chipId}/revocation': {
    readonly path: { readonly chipId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly chipId: string
      readonly machineId: string
      readonly merchantId: string
      readonly siteId: string | null
      readonly revision: number
      readonly revokedAtMs: number | null
      readonly createdAtMs: number
      readonly keyIds: readonly string[]
    }
  }
  /** Tariffs of a machine, the newest first */
  readonly 'GET /v1/manage/machines/{machineId}/tariffs': {
    readonly path: { readonly machineId: string }
    readonly query: { readonly cursor?: string; readonly limit?: string }
    readonly ok: {
      readonly items: readonly {
        /** Also the ETag */ readonly version: number
        readonly currency: string
        readonly validFromS: number
        readonly products: readonly {
          readonly id: number
          readonly name: string
          readonly mode: 'sale' | 'hold'
          readonly priceMinor: string
          readonly units: number
          readonly unit: string
          readonly maxDurationS: number
          /** Hold: the most a session can cost */
          readonly holdMinor: string
        }[]
        readonly createdAtMs: number
      }[]
      readonly nextCursor: string | null
    }
  }
  /** New prices. If-Match: the newest version, "0" where there is none */
  readonly 'POST /v1/manage/machines/{machineId}/tariffs': {
    readonly path: { readonly machineId: string }
    readonly body: {
      readonly currency: string
      readonly products: readonly {
        readonly id: number
        readonly name: string
        readonly mode: 'sale' | 'hold'
        readonly priceMinor: string
        readonly units: number
        readonly unit: string
        readonly maxDurationS: number
      }[]
      readonly reason?: string
    }
    readonly ok: {
      /** Also the ETag */ readonly version: number
      readonly currency: string
      readonly validFromS: number
      readonly products: readonly {
        readonly id: number
        readonly name: string
        readonly mode: 'sale' | 'hold'
        readonly priceMinor: string
        readonly units: number
        readonly unit: string
        readonly maxDurationS: number
        /** Hold: the most a session can cost */
        readonly holdMinor: string
      }[]
      readonly createdAtMs: number
    }
  }
  /** Payments, the newest first */
  readonly 'GET /v1/manage/payments': {
    readonly query: {
      readonly cursor?: string
      readonly limit?: string
      readonly merchantId?: string
      readonly machineId?: string
      readonly fromMs?: string
      readonly toMs?: string
      readonly state?:
        | 'issuing'
        | 'checking'
        | 'presence'
        | 'confirming'
        | 'rechecking'
        | 'paying'
        | 'abandoned'
        | 'readying'
        | 'commanding'
        | 'running'
        | 'capturing'
        | 'releasing'
        | 'refunding'
        | 'delivered'
        | 'partlyRefunded'
        | 'refunded'
        | 'ended'
      readonly endReason?: string
    }
    readonly ok: {
      readonly items: readonly {
        readonly paymentId?: string
        readonly merchantId?: string
        readonly machineId?: string
        readonly chipId?: string
        readonly state?:
          | 'issuing'
          | 'checking'
          | 'presence'
          | 'confirming'
          | 'rechecking'
          | 'paying'
          | 'abandoned'
          | 'readying'
          | 'commanding'
          | 'running'
          | 'capturing'
          | 'releasing'
          | 'refunding'
          | 'delivered'
          | 'partlyRefunded'
          | 'refunded'
          | 'ended'
        readonly goods?: string
        readonly claimedAtMs?: number
        readonly closedAtMs?: number | null
        readonly endReason?: string | null
        readonly case?: {
          readonly reason:
            | 'bank-unknown'
            | 'bank-amount-differs'
            | 'refund-refused'
            | 'capture-refused'
            | 'reversed-after-delivery'
            | 'complaint'
            | 'revoked-chip-outcome'
          readonly openedAtMs: number
          readonly settledAtMs: number | null
        } | null
        readonly outcome?: {
          readonly result: string
          readonly deliveredMin: number
          readonly deliveredMax: number
          readonly ordered: number
          readonly evidence: string
          readonly reason: string
          readonly atMs: number
        } | null
        readonly amountMinor?: string
        readonly currency?: string
        readonly lossMinor?: string
        readonly orders?: readonly {
          readonly orderId: string
          readonly kind: string
          readonly amountMinor: string
          readonly status: string
          readonly reason: string | null
          readonly bankReference: string | null
          readonly madeAtMs: number
        }[]
        /** A pseudonym, another one for every merchant */
        readonly payer?: string | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** One payment, and all that happened to it */
  readonly 'GET /v1/manage/payments/{paymentId}': {
    readonly path: { readonly paymentId: string }
    readonly ok: {
      readonly paymentId?: string
      readonly merchantId?: string
      readonly machineId?: string
      readonly chipId?: string
      readonly state?:
        | 'issuing'
        | 'checking'
        | 'presence'
        | 'confirming'
        | 'rechecking'
        | 'paying'
        | 'abandoned'
        | 'readying'
        | 'commanding'
        | 'running'
        | 'capturing'
        | 'releasing'
        | 'refunding'
        | 'delivered'
        | 'partlyRefunded'
        | 'refunded'
        | 'ended'
      readonly goods?: string
      readonly claimedAtMs?: number
      readonly closedAtMs?: number | null
      readonly endReason?: string | null
      readonly case?: {
        readonly reason:
          | 'bank-unknown'
          | 'bank-amount-differs'
          | 'refund-refused'
          | 'capture-refused'
          | 'reversed-after-delivery'
          | 'complaint'
          | 'revoked-chip-outcome'
        readonly openedAtMs: number
        readonly settledAtMs: number | null
      } | null
      readonly outcome?: {
        readonly result: string
        readonly deliveredMin: number
        readonly deliveredMax: number
        readonly ordered: number
        readonly evidence: string
        readonly reason: string
        readonly atMs: number
      } | null
      readonly amountMinor?: string
      readonly currency?: string
      readonly lossMinor?: string
      readonly orders?: readonly {
        readonly orderId: string
        readonly kind: string
        readonly amountMinor: string
        readonly status: string
        readonly reason: string | null
        readonly bankReference: string | null
        readonly madeAtMs: number
      }[]
      /** A pseudonym, another one for every merchant */
      readonly payer?: string | null
      readonly events?: readonly {
        readonly version: number
        readonly atMs: number
        readonly kind: string
        readonly hash: string
      }[]
    }
  }
  /** Payments with an open case, the newest first */
  readonly 'GET /v1/manage/cases': {
    readonly query: {
      readonly cursor?: string
      readonly limit?: string
      readonly merchantId?: string
      readonly machineId?: string
      readonly fromMs?: string
      readonly toMs?: string
    }
    readonly ok: {
      readonly items: readonly {
        readonly paymentId?: string
        readonly merchantId?: string
        readonly machineId?: string
        readonly chipId?: string
        readonly state?:
          | 'issuing'
          | 'checking'
          | 'presence'
          | 'confirming'
          | 'rechecking'
          | 'paying'
          | 'abandoned'
          | 'readying'
          | 'commanding'
          | 'running'
          | 'capturing'
          | 'releasing'
          | 'refunding'
          | 'delivered'
          | 'partlyRefunded'
          | 'refunded'
          | 'ended'
        readonly goods?: string
        readonly claimedAtMs?: number
        readonly closedAtMs?: number | null
        readonly endReason?: string | null
        readonly case?: {
          readonly reason:
            | 'bank-unknown'
            | 'bank-amount-differs'
            | 'refund-refused'
            | 'capture-refused'
            | 'reversed-after-delivery'
            | 'complaint'
            | 'revoked-chip-outcome'
          readonly openedAtMs: number
          readonly settledAtMs: number | null
        } | null
        readonly outcome?: {
          readonly result: string
          readonly deliveredMin: number
          readonly deliveredMax: number
          readonly ordered: number
          readonly evidence: string
          readonly reason: string
          readonly atMs: number
        } | null
        readonly amountMinor?: string
        readonly currency?: string
        readonly lossMinor?: string
        readonly orders?: readonly {
          readonly orderId: string
          readonly kind: string
          readonly amountMinor: string
          readonly status: string
          readonly reason: string | null
          readonly bankReference: string | null
          readonly madeAtMs: number
        }[]
        /** A pseudonym, another one for every merchant */
        readonly payer?: string | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** The evidence of one payment as one file, which `farthing verify` checks by itself */
  readonly 'GET /v1/manage/payments/{paymentId}/evidence': {
    readonly path: { readonly paymentId: string }
    readonly query: { readonly for?: 'merchant' | 'platform' }
    readonly ok: {
      readonly format: 'farthing-evidence/1'
      readonly for: 'merchant' | 'platform'
      /** Epoch milliseconds */
      readonly madeAtMs: number
      readonly seen: {
        readonly payee: { readonly merchantId: string; readonly name: string; readonly iban: string }
        readonly machineId: string
        readonly goods: string
        readonly amountMinor: string
        readonly currency: string
      }
      readonly payer: string | null
      /** The state that the events lead to */
      readonly payment: { readonly paymentId: string }
      readonly events: readonly {
        readonly version: number
        readonly previousHash: string
        readonly hash: string
        /** The event as it was hashed, to the byte, unless `replaced` */
        readonly text: string
        /** Ids of the payer stand in it as pseudonyms */
        readonly replaced: boolean
      }[]
      readonly anchors: readonly {
        readonly sequence: string
        /** Epoch milliseconds */
        readonly atMs: number
        readonly previousHash: string
        readonly hash: string
        readonly version: number
        readonly eventHash: string
        readonly heads:
          | readonly { readonly paymentId: string; readonly version: number; readonly hash: string }[]
          | null
      }[]
      readonly signed: readonly {
        readonly kind: 'code' | 'check-answer' | 'started' | 'outcome' | 'command'
        /** Epoch milliseconds */
        readonly atMs: number
        /** base64url */
        readonly bytes: string
      }[]
      readonly confirmation: {
        readonly method: 'pin' | 'new-pin' | 'passkey' | 'new-passkey'
        /** Epoch milliseconds */
        readonly atMs: number
        readonly nonce: string
        readonly binding: string
        readonly clientDataJSON: string | null
        readonly attestationObject: string | null
        readonly authenticatorData: string | null
        readonly signature: string | null
        readonly publicKey: string | null
      } | null
      readonly keys: readonly {
        readonly of: 'chip' | 'system'
        readonly keyId: string
        /** base64url */
        readonly spki: string
        /** DER; its own first, then who issued it, without the root */
        readonly certificates: readonly string[]
      }[]
      /** base64url */
      readonly seal: string
    }
  }
  /** People who manage, with those of their roles that you reach */
  readonly 'GET /v1/manage/staff': {
    readonly query: { readonly cursor?: string; readonly limit?: string }
    readonly ok: {
      readonly items: readonly {
        readonly staffId: string
        readonly name: string
        readonly email: string
        readonly revision: number
        readonly endedAtMs: number | null
        readonly roles: readonly {
          readonly grantId: string
          readonly role:
            | 'platform-owner'
            | 'merchant-owner'
            | 'manager'
            | 'technician'
            | 'support'
            | 'auditor'
          readonly merchantId: string | null
          readonly siteId: string | null
        }[]
      }[]
      readonly nextCursor: string | null
    }
  }
  /** One person */
  readonly 'GET /v1/manage/staff/{staffId}': {
    readonly path: { readonly staffId: string }
    readonly ok: {
      readonly staffId: string
      readonly name: string
      readonly email: string
      readonly revision: number
      readonly endedAtMs: number | null
      readonly roles: readonly {
        readonly grantId: string
        readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
        readonly merchantId: string | null
        readonly siteId: string | null
      }[]
    }
  }
  /** Give a role: never more than you have, and never to yourself */
  readonly 'POST /v1/manage/staff/{staffId}/roles': {
    readonly path: { readonly staffId: string }
    readonly body: {
      readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
      readonly merchantId: string | null
      readonly siteId: string | null
      readonly reason?: string
    }
    readonly ok: {
      readonly grantId: string
      readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
      readonly merchantId: string | null
      readonly siteId: string | null
    }
  }
  /** Take a role away; its sessions lose it at once */
  readonly 'POST /v1/manage/staff/{staffId}/roles/{grantId}/withdrawal': {
    readonly path: { readonly staffId: string; readonly grantId: string }
    readonly body: { readonly reason: string }
    readonly ok: { readonly done: true }
  }
  /** Somebody leaves: roles, sessions and keys end */
  readonly 'POST /v1/manage/staff/{staffId}/end': {
    readonly path: { readonly staffId: string }
    readonly body: { readonly reason: string }
    readonly ok: { readonly done: true }
  }
  /** Sign somebody out everywhere */
  readonly 'POST /v1/manage/staff/{staffId}/sessions/end': {
    readonly path: { readonly staffId: string }
    readonly body: { readonly reason: string }
    readonly ok: { readonly done: true }
  }
  /** Invitations, the newest first */
  readonly 'GET /v1/manage/invitations': {
    readonly query: { readonly cursor?: string; readonly limit?: string }
    readonly ok: {
      readonly items: readonly {
        readonly invitationId: string
        readonly email: string
        readonly name: string
        readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
        readonly merchantId: string | null
        readonly siteId: string | null
        readonly createdAtMs: number
        readonly expiresAtMs: number
        readonly state: 'open' | 'used' | 'withdrawn' | 'expired'
      }[]
      readonly nextCursor: string | null
    }
  }
  /** Invite somebody to a role: never to more than you have */
  readonly 'POST /v1/manage/invitations': {
    readonly body: {
      readonly email: string
      readonly name: string
      readonly role: 'platform-owner' | 'merchant-owner' | 'manager' | 'technician' | 'support' | 'auditor'
      readonly merchantId: string | null
      readonly siteId: string | null
    }
    readonly ok: {
      readonly invitationId: string
      readonly expiresAtMs: number
      /** Shown once: a repeat of the request is answered without it */
      readonly link?: string
    }
  }
  /** Withdraw an invitation that nobody has used */
  readonly 'POST /v1/manage/invitations/{invitationId}/withdrawal': {
    readonly path: { readonly invitationId: string }
    readonly body: { readonly reason: string }
    readonly ok: { readonly done: true }
  }
  /** API keys, without their secrets */
  readonly 'GET /v1/manage/api-keys': {
    readonly query: { readonly cursor?: string; readonly limit?: string }
    readonly ok: {
      readonly items: readonly {
        readonly keyId: string
        readonly name: string
        readonly scopes: readonly string[]
        readonly merchantId: string | null
        readonly siteId: string | null
        readonly madeBy: string
        readonly createdAtMs: number
        readonly expiresAtMs: number
        readonly usedAtMs: number | null
        readonly revokedAtMs: number | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** A new key: never for more than its maker may, and never for what needs a touch */
  readonly 'POST /v1/manage/api-keys': {
    readonly body: {
      readonly name: string
      readonly scopes: readonly (
        | 'merchant.read'
        | 'merchant.add'
        | 'merchant.change'
        | 'merchant.retire'
        | 'payee-account.ask'
        | 'approval.read'
        | 'approval.decide'
        | 'approval.withdraw'
        | 'site.read'
        | 'site.add'
        | 'site.change'
        | 'site.retire'
        | 'machine.read'
        | 'machine.add'
        | 'machine.change'
        | 'machine.retire'
        | 'chip.read'
        | 'chip.revoke'
        | 'tariff.read'
        | 'tariff.add'
        | 'staff.read'
        | 'staff.end'
        | 'staff.sign-out'
        | 'role.grant'
        | 'role.withdraw'
        | 'invitation.read'
        | 'invitation.add'
        | 'invitation.withdraw'
        | 'api-key.read'
        | 'api-key.add'
        | 'api-key.revoke'
        | 'payment.read'
        | 'evidence.read'
        | 'case.read'
        | 'audit.read'
        | 'session.read'
        | 'session.end'
        | 'passkey.read'
        | 'passkey.add'
        | 'passkey.remove'
      )[]
      readonly merchantId: string | null
      readonly siteId: string | null
      readonly lifeDays: number
    }
    readonly ok: {
      readonly keyId: string
      readonly expiresAtMs: number
      /** The whole key, shown once: a repeat of the request is answered without it */
      readonly key?: string
    }
  }
  /** Revoke a key, at once */
  readonly 'POST /v1/manage/api-keys/{keyId}/revocation': {
    readonly path: { readonly keyId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly keyId: string
      readonly name: string
      readonly scopes: readonly string[]
      readonly merchantId: string | null
      readonly siteId: string | null
      readonly madeBy: string
      readonly createdAtMs: number
      readonly expiresAtMs: number
      readonly usedAtMs: number | null
      readonly revokedAtMs: number | null
    }
  }
  /** What was asked for, the newest first */
  readonly 'GET /v1/manage/approvals': {
    readonly query: { readonly cursor?: string; readonly limit?: string }
    readonly ok: {
      readonly items: readonly {
        readonly approvalId: string
        readonly kind: string
        readonly merchantId: string
        readonly target: string
        /** From what to what */
        readonly asked: Readonly<Record<string, unknown>>
        readonly reason: string
        readonly askedBy: string
        readonly askedAtMs: number
        readonly expiresAtMs: number
        readonly state: 'open' | 'expired' | 'approved' | 'refused' | 'withdrawn'
        readonly decidedBy: string | null
        readonly decidedReason: string | null
        readonly decidedAtMs: number | null
      }[]
      readonly nextCursor: string | null
    }
  }
  /** Ask for another account to be paid to; a second person decides */
  readonly 'POST /v1/manage/merchants/{merchantId}/account-changes': {
    readonly path: { readonly merchantId: string }
    readonly body: { readonly iban: string; readonly reason: string }
    readonly ok: {
      readonly approvalId: string
      readonly kind: string
      readonly merchantId: string
      readonly target: string
      /** From what to what */
      readonly asked: Readonly<Record<string, unknown>>
      readonly reason: string
      readonly askedBy: string
      readonly askedAtMs: number
      readonly expiresAtMs: number
      readonly state: 'open' | 'expired' | 'approved' | 'refused' | 'withdrawn'
      readonly decidedBy: string | null
      readonly decidedReason: string | null
      readonly decidedAtMs: number | null
    }
  }
  /** Allow or refuse what somebody else asked for */
  readonly 'POST /v1/manage/approvals/{approvalId}/decision': {
    readonly path: { readonly approvalId: string }
    readonly body: { readonly decision: 'approved' | 'refused'; readonly reason: string }
    readonly ok: {
      readonly approvalId: string
      readonly kind: string
      readonly merchantId: string
      readonly target: string
      /** From what to what */
      readonly asked: Readonly<Record<string, unknown>>
      readonly reason: string
      readonly askedBy: string
      readonly askedAtMs: number
      readonly expiresAtMs: number
      readonly state: 'open' | 'expired' | 'approved' | 'refused' | 'withdrawn'
      readonly decidedBy: string | null
      readonly decidedReason: string | null
      readonly decidedAtMs: number | null
    }
  }
  /** Take back what you asked for */
  readonly 'POST /v1/manage/approvals/{approvalId}/withdrawal': {
    readonly path: { readonly approvalId: string }
    readonly body: { readonly reason: string }
    readonly ok: {
      readonly approvalId: string
      readonly kind: string
      readonly merchantId: string
      readonly target: string
      /** From what to what */
      readonly asked: Readonly<Record<string, unknown>>
      readonly reason: string
      readonly askedBy: string
      readonly askedAtMs: number
      readonly expiresAtMs: number
      readonly state: 'open' | 'expired' | 'approved' | 'refused' | 'withdrawn'
      readonly decidedBy: string | null
      readonly decidedReason: string | null
      readonly decidedAtMs: number | null
    }
  }
  /** What staff did, the newest first */
  readonly 'GET /v1/manage/audit': {
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly merchantId?: string }
    readonly ok: {
      readonly items: readonly {
        readonly sequence: string
        readonly atMs: number
        readonly actor: string
        readonly action: string
        readonly target: string
        readonly merchantId: string | null
        readonly detail: Readonly<Record<string, unknown>>
        readonly hash: string
      }[]
      readonly nextCursor: string | null
    }
  }
}
