import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import type { Grant } from '../../access/reach.ts'
import { softwareAuthenticator } from '../../payer/software-authenticator.suite.ts'
import { carryOut } from '../../staff/carry-out.ts'
import { grantRole } from '../../staff-member/accept.ts'
import { startSession } from '../../staff-member/session.ts'
import { ORIGIN, type World } from '../world.suite.ts'
import { STAFF_COOKIE } from './access.ts'

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly url: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Somebody of the staff at a browser of their own, or a program with a key; for tests. */
export class Person {
  readonly #world: World
  readonly authenticator = softwareAuthenticator()
  staffId = ''
  cookie = ''
  /** Sent instead of the cookie where there is one. */
  key = ''

  constructor(world: World) {
    this.#world = world
  }

  /** A member with these roles, signed in, whom `invitedBy` invited. */
  static async with(
    world: World,
    grants: readonly Grant[],
    invitedBy: string | null = null,
  ): Promise<Person> {
    const person = new Person(world)
    const { sql } = world
    person.staffId = randomBytes(16).toString('hex')
    await sql`
      INSERT INTO staff_member (staff_id, name, email, user_handle, invited_by)
      VALUES (${person.staffId}, 'Test', 'test@example.org', ${randomBytes(16)}, ${invitedBy})`
    for (const grant of grants) await grantRole(sql, { ...grant, staffId: person.staffId, by: 'test' })
    const session = await startSession(sql, { staffId: person.staffId, browser: 'test' }, Date.now())
    person.cookie = `${STAFF_COOKIE}=${session.secretText}`
    return person
  }

  async ask({ method, url, body, headers = {} }: Ask) {
    const signed: Record<string, string> =
      this.key !== ''
        ? { authorization: `Bearer ${this.key}` }
        : this.cookie === ''
          ? {}
          : { cookie: this.cookie }
    const response = await this.#world.app.inject({
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...signed,
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    const cookie = response.headers['set-cookie']
    if (typeof cookie === 'string') this.cookie = cookie.split(';')[0] ?? ''
    return response
  }

  async get(url: string) {
    return await this.ask({ method: 'GET', url })
  }

  async post(url: string, body: object, headers: Readonly<Record<string, string>> = {}) {
    return await this.ask({
      method: 'POST',
      url,
      body,
      headers: { 'idempotency-key': randomUUID(), ...headers },
    })
  }

  async patch(url: string, body: object, revision: number) {
    return await this.ask({ method: 'PATCH', url, body, headers: { 'if-match': `"${String(revision)}"` } })
  }

  /** Opens an invitation's link with a new passkey. */
  async accept(secret: string) {
    const options = await this.post('/v1/manage/invitation/options', { secret })
    assert.equal(options.statusCode, 200, options.body)
    const { challengeId, publicKey } = options.json<{
      challengeId: string
      publicKey: { challenge: string }
    }>()
    const response = this.authenticator.register({ challenge: publicKey.challenge, origin: ORIGIN })
    const accepted = await this.post('/v1/manage/invitation/acceptance', {
      secret,
      passkey: { challengeId, response },
    })
    if (accepted.statusCode === 200) this.staffId = accepted.json<{ staffId: string }>().staffId
    return accepted
  }

  async signIn() {
    const options = await this.post('/v1/manage/sign-in/options', {})
    assert.equal(options.statusCode, 200, options.body)
    const { challengeId, publicKey } = options.json<{
      challengeId: string
      publicKey: { challenge: string }
    }>()
    const response = this.authenticator.authenticate({ challenge: publicKey.challenge, origin: ORIGIN })
    return await this.post('/v1/manage/sign-in', { challengeId, response })
  }

  /** Gives a member that was made without a link its passkey. */
  async enrol(): Promise<this> {
    const { challenge, id } = await this.#enrolmentChallenge()
    await this.#world.sql`
      INSERT INTO staff_passkey (credential_id, staff_id, public_key, counter, transports)
      SELECT ${id}, ${this.staffId}, ${Buffer.from(challenge)}, 0, '{}'`
    return this
  }

  /** The public key as the server would have kept it: taken from a registration that it verified. */
  async #enrolmentChallenge() {
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
    const challenge = randomBytes(32).toString('base64url')
    const response = this.authenticator.register({ challenge, origin: ORIGIN })
    const verified = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: ORIGIN,
      expectedRPID: 'localhost',
    })
    assert.ok(verified.registrationInfo)
    const { id, publicKey } = verified.registrationInfo.credential
    return { challenge: publicKey, id }
  }

  /** Touches the passkey for exactly this request. Returns the header. */
  async touch(url: string, body: object): Promise<Record<string, string>> {
    const asked = await this.post('/v1/manage/touches', { method: 'POST', path: url, body })
    assert.equal(asked.statusCode, 200, asked.body)
    const { challengeId, publicKey } = asked.json<{ challengeId: string; publicKey: { challenge: string } }>()
    const response = this.authenticator.authenticate({ challenge: publicKey.challenge, origin: ORIGIN })
    const answered = await this.post('/v1/manage/touches/answer', { challengeId, response })
    assert.equal(answered.statusCode, 200, answered.body)
    return { 'farthing-touch': challengeId }
  }

  async postTouched(url: string, body: object, headers: Readonly<Record<string, string>> = {}) {
    return await this.post(url, body, { ...headers, ...(await this.touch(url, body)) })
  }
}

export function codeIn(response: { readonly statusCode: number; json: () => unknown }): string {
  return response.statusCode < 400 ? 'ok' : ((response.json() as { code?: string }).code ?? '')
}

export const at = (
  role: Grant['role'],
  merchantId: string | null = null,
  siteId: string | null = null,
): Grant => ({
  role,
  merchantId,
  siteId,
})

/** Beside the fleet of the world: a site of `wash`, and another merchant with a site, a machine and a chip. */
export async function addNeighbours({ sql }: Pick<World, 'sql'>): Promise<void> {
  await sql`INSERT INTO site (merchant_id, site_id, name) VALUES ('wash', 'hall', 'Hall')`
  await sql`UPDATE machine SET site_id = 'hall' WHERE machine_id = 'washer'`
  await sql`
    INSERT INTO merchant (merchant_id, name, support, iban)
    VALUES ('dry', 'Dry', 'help@dry.example', 'DE02120300000000202051')`
  await sql`INSERT INTO site (merchant_id, site_id, name) VALUES ('dry', 'yard', 'Yard')`
  await sql`
    INSERT INTO machine (machine_id, merchant_id, site_id, name, number, place, presence)
    VALUES ('dryer', 'dry', 'yard', 'Dryer', '7', 'Yard', 'none')`
  await sql`INSERT INTO chip (chip_id, merchant_id, machine_id) VALUES ('00000000000000d1', 'dry', 'dryer')`
  await sql`
    INSERT INTO tariff (machine_id, merchant_id, version, currency, valid_from_s, products)
    VALUES ('dryer', 'dry', 1, 'EUR', 0, '[]')`
}

export const secretIn = (link: string) => link.split('#')[1] ?? ''

export async function invite(
  by: Person,
  { role, merchantId, siteId }: Omit<Grant, 'role'> & { readonly role: string },
) {
  const body = { email: 'new@example.org', name: 'New', role, merchantId, siteId }
  return await by.postTouched('/v1/manage/invitations', body)
}

/** Somebody new, by an invitation of `by`. */
export async function joined(world: World, by: Person, grant: Grant): Promise<Person> {
  const invited = await invite(by, grant)
  assert.equal(invited.statusCode, 201, invited.body)
  const person = new Person(world)
  const accepted = await person.accept(secretIn(invited.json<{ link: string }>().link))
  assert.equal(accepted.statusCode, 200, accepted.body)
  return person
}

/** An owner by command, who invited the owner of `wash`, who invited a manager. */
export async function startStaff(world: World) {
  const act = { actor: 'root', atMs: Date.now(), publicOrigin: ORIGIN }
  const answer = await carryOut(world.sql, { kind: 'invite-owner', email: 'ada@example.org' }, act)
  const { link } = answer.data as { link: string }
  const owner = new Person(world)
  const accepted = await owner.accept(secretIn(link))
  assert.equal(accepted.statusCode, 200, accepted.body)
  const merchant = await joined(world, owner, at('merchant-owner', 'wash'))
  const manager = await joined(world, merchant, at('manager', 'wash'))
  return { owner, merchant, manager, link, cookie: String(accepted.headers['set-cookie']) }
}

/** No test of these is about limits. */
export const AMPLE = {
  requestsPerMinutePerNetwork: 100_000,
  manageRequestsPerMinutePerCaller: 10_000,
  signInsPerMinutePerNetwork: 10_000,
}
