import type { Operations, Problem } from './operations.ts'

export type { Operations, Problem } from './operations.ts'

export type OperationName = keyof Operations

type Part<Name extends OperationName, Key extends string> = Key extends keyof Operations[Name]
  ? { readonly [K in Key]: Operations[Name][Key] }
  : { readonly [K in Key]?: never }

/** What an operation needs: `path` and `body` where it has them, `query` where it is wanted. */
export type Request<Name extends OperationName> = Part<Name, 'path'> &
  Part<Name, 'body'> &
  Partial<Part<Name, 'query'>> & {
    /** A change's: the version that it was made to, as `etag` of an answer had it. */
    readonly ifMatch?: string
    /** Made before the first try, and the same for every repeat. A fresh one unless given. */
    readonly idempotencyKey?: string
    /** The id of a touch that was answered for exactly this request. */
    readonly touch?: string
  }

export type Answer<Name extends OperationName> =
  | {
      readonly ok: true
      readonly value: Operations[Name]['ok']
      /** For `ifMatch`; null where the answer has none. */
      readonly etag: string | null
    }
  | { readonly ok: false; readonly problem: Problem }

export interface ManagementClient {
  /**
   * One operation. Refusals are returned; rejects where there was no answer within the limit, or none that is one of ours:
   * then what became of it is not known, and the same request with the same `idempotencyKey` finds out.
   */
  call<Name extends OperationName>(name: Name, request: Request<Name>): Promise<Answer<Name>>
}

const ANSWER_LIMIT_MS = 20_000

/**
 * ```ts
 * const management = openManagement('https://pay.example.org', { key: process.env.FARTHING_KEY })
 * const machines = await management.call('GET /v1/manage/machines', { query: { merchantId: 'wash' } })
 * ```
 *
 * Without a key it is whoever the browser is signed in as.
 */
export function openManagement(
  origin: string,
  { key }: { readonly key?: string | undefined } = {},
): ManagementClient {
  return {
    async call<Name extends OperationName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
      const [method = 'GET', address = ''] = name.split(' ')
      const parts: Sent = request
      const response = await fetch(`${origin}${filled(address, parts.path)}${queryText(parts.query)}`, {
        method,
        headers: headersOf(method, parts, key),
        credentials: 'same-origin',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
      })
      const text = await response.text()
      if (response.ok) {
        return {
          ok: true,
          value: JSON.parse(text) as Operations[Name]['ok'],
          etag: response.headers.get('etag'),
        }
      }
      const type = response.headers.get('content-type') ?? ''
      if (!type.startsWith('application/problem+json'))
        throw new Error(`${String(response.status)} without a reason`)
      return { ok: false, problem: JSON.parse(text) as Problem }
    },
  }
}

interface Sent {
  readonly path?: object | undefined
  readonly query?: object | undefined
  readonly body?: object | undefined
  readonly ifMatch?: string
  readonly idempotencyKey?: string
  readonly touch?: string
}

function filled(address: string, path: object | undefined): string {
  const values = new Map(Object.entries(path ?? {}).map(([name, value]) => [name, String(value)]))
  return address.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(values.get(name) ?? ''),
  )
}

function queryText(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

function headersOf(method: string, sent: Sent, key: string | undefined): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(method === 'POST' ? { 'idempotency-key': sent.idempotencyKey ?? crypto.randomUUID() } : {}),
    ...(sent.ifMatch === undefined ? {} : { 'if-match': sent.ifMatch }),
    ...(sent.touch === undefined ? {} : { 'farthing-touch': sent.touch }),
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }
}
