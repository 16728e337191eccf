import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SESSION_COOKIE } from './customer/session.ts'
import { IBANS, PASSWORD, TEST_TOKEN, type TestBank } from './test-bank.suite.ts'

export interface Reply {
  readonly status: number
  // biome-ignore lint: the tests look into answers of any shape
  readonly body: Record<string, unknown>
}

export interface ApiClient {
  readonly get: (path: string) => Promise<Reply>
  readonly post: (path: string, body: unknown) => Promise<Reply>
}

/** The TPP's side of the API. A string body is sent as it is. */
export function apiClient(bank: TestBank): ApiClient {
  const call = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const response = await fetch(bank.url + path, {
      method,
      headers: {
        authorization: `Bearer ${TEST_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: JSON.parse(await response.text()) as Reply['body'] }
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) }
}

export const byText = (left: unknown, right: unknown): number => String(left).localeCompare(String(right))
export const newId = (): string => randomBytes(16).toString('hex')
export const inFuture = (s: number): string => new Date(Date.now() + s * 1000).toISOString()
export const euro = (amount: string) => ({ currency: 'EUR', amount })

/** A mandate as a TPP asks for it: one payment and a recurring offer. */
export function mandateRequest(changes: Record<string, unknown> = {}) {
  return {
    mandateId: newId(),
    creditorName: 'Waschsalon Blau',
    offer: {
      onePayment: { instructedAmount: euro('2.50'), endToEndIdentification: newId() },
      recurring: { perPayment: euro('20.00'), perDay: euro('100.00'), validUntil: inFuture(86_400) },
    },
    redirectUri: 'http://localhost:4999/return?from=bank',
    language: 'en',
    ...changes,
  }
}

export function transfer(mandateId: string, changes: Record<string, unknown> = {}) {
  return {
    endToEndIdentification: newId(),
    mandateId,
    instructedAmount: euro('2.50'),
    creditorAccount: { iban: IBANS.merchant },
    creditorName: 'Waschsalon Blau',
    validUntil: inFuture(60),
    reserveUntilReleased: true,
    ...changes,
  }
}

export const TRANSFERS = '/v1/payments/instant-credit-transfers'

export interface Customer {
  readonly page: (path: string) => Promise<{ status: number; text: string; headers: Headers }>
  readonly submit: (
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; text: string; location: string | null }>
  readonly signIn: (username: string, password?: string) => Promise<void>
  readonly formToken: (path: string) => Promise<string>
}

/** A customer's browser without a browser: follows nothing by itself, keeps the one cookie. */
export function customer(bank: TestBank): Customer {
  let cookie = ''
  const page = async (path: string) => {
    const response = await fetch(bank.url + path, { headers: { cookie }, redirect: 'manual' })
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const submit = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(bank.url + path, {
      method: 'POST',
      headers: { cookie, origin: bank.url, ...headers },
      body: new URLSearchParams(form),
      redirect: 'manual',
    })
    const set = response.headers.getSetCookie().find((one) => one.startsWith(`${SESSION_COOKIE}=`))
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return {
      status: response.status,
      text: await response.text(),
      location: response.headers.get('location'),
    }
  }
  return {
    page,
    submit,
    async signIn(username, password = PASSWORD) {
      const answer = await submit('/account/sign-in', { username, password })
      if (answer.status !== 303) throw new Error(`not signed in: ${answer.status}`)
    },
    async formToken(path) {
      const { text } = await page(path)
      return /name="formToken" value="([^"]+)"/.exec(text)?.[1] ?? ''
    },
  }
}

/** A recurring mandate that this customer approved at the bank's page, with the limits offered. */
export async function approvedMandate(
  bank: TestBank,
  username: string,
  changes: Record<string, unknown> = {},
): Promise<string> {
  const request = mandateRequest(changes)
  const created = await apiClient(bank).post('/v1/mandates', request)
  if (created.status !== 201) throw new Error(`no mandate: ${JSON.stringify(created.body)}`)
  const person = customer(bank)
  await person.signIn(username)
  const path = `/approve/${request.mandateId}`
  const formToken = await person.formToken(path)
  const { perPayment, perDay, validUntil } = request.offer.recurring
  const decided = await person.submit(`${path}/decision`, {
    formToken,
    decision: 'approve-mandate',
    perPayment: perPayment.amount,
    perDay: perDay.amount,
    validUntil: validUntil.slice(0, 10),
  })
  if (decided.status !== 303) throw new Error(`not approved: ${decided.status} ${decided.text}`)
  return request.mandateId
}

const UNTIL_TIMEOUT_MS = 20_000
const UNTIL_PAUSE_MS = 25

/** Waits until the question is answered with something, within a bound. */
export async function until<Value>(ask: () => Promise<Value | null | undefined | false>): Promise<Value> {
  const deadlineMs = Date.now() + UNTIL_TIMEOUT_MS
  while (Date.now() < deadlineMs) {
    const value = await ask()
    if (value !== null && value !== undefined && value !== false) return value
    await pause(UNTIL_PAUSE_MS)
  }
  throw new Error('it did not come to pass in time')
}
