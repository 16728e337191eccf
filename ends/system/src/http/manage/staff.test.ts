import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { brokenStaffAction } from '../../audit/staff-action.ts'
import { softwareAuthenticator } from '../../payer/software-authenticator.suite.ts'
import { type World, ORIGIN, startWorld } from '../world.suite.ts'
import {
  AMPLE,
  Person,
  addNeighbours,
  at,
  codeIn,
  invite,
  joined,
  secretIn,
  startStaff,
} from './person.suite.ts'

let world: World
let owner: Person
let merchant: Person
let manager: Person
let link: string
let cookie: string

before(async () => {
  world = await startWorld({ limits: AMPLE })
  await addNeighbours(world)
  ;({ owner, merchant, manager, link, cookie } = await startStaff(world))
})
after(() => world.stop())

async function grantsOf(person: Person): Promise<readonly { grantId: string; role: string }[]> {
  const member = await owner.get(`/v1/manage/staff/${person.staffId}`)
  return member.json<{ roles: { grantId: string; role: string }[] }>().roles
}

test('the first owner comes by a command, once, and invites others', async () => {
  assert.ok(link.startsWith(`${ORIGIN}/console/invitation#`))
  assert.match(
    cookie,
    /^farthing_staff=[\w-]{43}; Path=\/v1\/manage; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  )
  const again = await new Person(world).post('/v1/manage/invitation/options', { secret: secretIn(link) })
  assert.equal(codeIn(again), 'invitation-unknown')
  const who = (await manager.get('/v1/manage/access')).json<{ grants: object[] }>()
  assert.deepEqual(who.grants, [at('manager', 'wash')])
  const kept = JSON.stringify(await world.sql`SELECT body FROM idempotency`) + world.logLines.join('')
  assert.ok(!kept.includes('/console/invitation#') && !kept.includes(secretIn(link)))
})

test('signing in needs the own passkey, the person verified, and a challenge of now', async () => {
  const known = (await merchant.signIn()).json<{ staffId: string }>().staffId
  assert.equal(known, merchant.staffId)
  const stranger = new Person(world)
  assert.equal(codeIn(await stranger.signIn()), 'sign-in-refused')
  const options = async () =>
    (await stranger.post('/v1/manage/sign-in/options', {})).json<{
      challengeId: string
      publicKey: { challenge: string }
    }>()
  const tries: readonly [string, object][] = [
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['another site', { origin: 'https://evil.example', rpId: 'localhost' }],
    ['nobody verified', { userVerified: false }],
    ['inside a frame', { crossOrigin: true }],
  ]
  for (const [name, change] of tries) {
    const { challengeId, publicKey } = await options()
    const ceremony = { challenge: publicKey.challenge, origin: ORIGIN, ...change }
    const response = merchant.authenticator.authenticate(ceremony)
    assert.equal(
      codeIn(await stranger.post('/v1/manage/sign-in', { challengeId, response })),
      'sign-in-refused',
      name,
    )
  }
  const { challengeId, publicKey } = await options()
  const response = merchant.authenticator.authenticate({ challenge: publicKey.challenge, origin: ORIGIN })
  assert.equal(
    (await new Person(world).post('/v1/manage/sign-in', { challengeId, response })).statusCode,
    200,
  )
  assert.equal(
    codeIn(await stranger.post('/v1/manage/sign-in', { challengeId, response })),
    'sign-in-refused',
  )
})

test('without a session there is nothing, and a session that has ended is none', async () => {
  assert.equal(codeIn(await new Person(world).get('/v1/manage/machines')), 'sign-in-missing')
  const person = await joined(world, merchant, at('support', 'wash'))
  const stolen = new Person(world)
  stolen.cookie = person.cookie
  assert.equal((await stolen.get('/v1/manage/machines')).statusCode, 200)
  const { items } = (await person.get('/v1/manage/sessions')).json<{
    items: { sessionId: string; current: boolean }[]
  }>()
  assert.equal(items.length, 1)
  const ofOther = await manager.post(`/v1/manage/sessions/${items[0]?.sessionId ?? ''}/end`, {})
  assert.equal(codeIn(ofOther), 'record-unknown')
  assert.equal((await person.post('/v1/manage/sessions/current/end', {})).statusCode, 200)
  assert.equal(codeIn(await stolen.get('/v1/manage/machines')), 'sign-in-missing')
  for (const cookie of ['farthing_staff=', 'farthing_staff=x', `farthing_staff=${'A'.repeat(43)}`]) {
    stolen.cookie = cookie
    assert.equal(codeIn(await stolen.get('/v1/manage/machines')), 'sign-in-missing')
  }
})

test('a request from another site is refused although the browser is signed in', async () => {
  const headers = { origin: 'https://evil.example' }
  const answer = await merchant.post(
    '/v1/manage/sites',
    { merchantId: 'wash', siteId: 'evil', name: 'Evil' },
    headers,
  )
  assert.equal(codeIn(answer), 'origin-refused')
})

test('nobody gives more than they have, and nobody gives to themselves', async () => {
  for (const [role, merchantId, siteId] of [
    ['platform-owner', null, null],
    ['merchant-owner', null, null],
    ['merchant-owner', 'wash', null],
    ['manager', 'wash', null],
    ['technician', null, null],
    ['support', null, null],
  ] as const) {
    assert.equal(codeIn(await invite(manager, { role, merchantId, siteId })), 'grant-refused', role)
  }
  assert.equal(codeIn(await invite(manager, at('technician', 'dry'))), 'record-unknown')
  assert.equal(codeIn(await invite(merchant, at('platform-owner', 'wash'))), 'grant-refused')
  assert.equal(codeIn(await invite(owner, at('technician', null))), 'grant-refused')
  const own = await merchant.postTouched(`/v1/manage/staff/${merchant.staffId}/roles`, {
    role: 'manager',
    merchantId: 'wash',
    siteId: null,
  })
  assert.equal(codeIn(own), 'grant-refused')
  const up = await manager.postTouched(`/v1/manage/staff/${manager.staffId}/roles`, {
    role: 'technician',
    merchantId: 'wash',
    siteId: null,
  })
  assert.equal(codeIn(up), 'grant-refused')
  const forged = { role: 'emperor', merchantId: 'wash', siteId: null }
  assert.equal(
    codeIn(await merchant.postTouched(`/v1/manage/staff/${manager.staffId}/roles`, forged)),
    'request-malformed',
  )
  const stranger = await Person.with(world, [at('manager', 'dry')])
  const far = await merchant.postTouched(`/v1/manage/staff/${stranger.staffId}/roles`, {
    role: 'manager',
    merchantId: 'wash',
    siteId: null,
  })
  assert.equal(codeIn(far), 'record-unknown')
})

test('an invitation is worth what whoever invited may still give; a used, withdrawn or old one nothing', async () => {
  const temporary = await joined(world, merchant, at('manager', 'wash'))
  const invited = await invite(temporary, at('technician', 'wash'))
  const { link, invitationId } = invited.json<{ link: string; invitationId: string }>()
  const [grant] = await grantsOf(temporary)
  const taken = await merchant.post(
    `/v1/manage/staff/${temporary.staffId}/roles/${grant?.grantId ?? ''}/withdrawal`,
    { reason: 'moved on' },
  )
  assert.equal(taken.statusCode, 200, taken.body)
  assert.equal(codeIn(await temporary.get('/v1/manage/machines')), 'role-refused')
  assert.equal(codeIn(await new Person(world).accept(secretIn(link))), 'invitation-unknown')
  const withdrawal = `/v1/manage/invitations/${invitationId}/withdrawal`
  assert.equal((await merchant.post(withdrawal, { reason: 'not any more' })).statusCode, 200)
  assert.equal(codeIn(await merchant.post(withdrawal, { reason: 'once more' })), 'record-retired')
  const old = (await invite(merchant, at('support', 'wash'))).json<{ link: string; invitationId: string }>()
  await world.sql`UPDATE invitation SET expires_at = now() - interval '1 s' WHERE invitation_id = ${old.invitationId}`
  const late = await new Person(world).post('/v1/manage/invitation/options', { secret: secretIn(old.link) })
  assert.equal(codeIn(late), 'invitation-unknown')
})

test('whoever is a member already accepts as such, and never their own invitation', async () => {
  const member = await joined(world, merchant, at('support', 'wash'))
  const { link } = (await invite(merchant, at('technician', 'wash'))).json<{ link: string }>()
  const body = { secret: secretIn(link) }
  assert.equal(codeIn(await merchant.post('/v1/manage/invitation/acceptance', body)), 'grant-refused')
  assert.equal((await member.post('/v1/manage/invitation/acceptance', body)).statusCode, 200)
  assert.deepEqual((await grantsOf(member)).map((grant) => grant.role).sort(), ['support', 'technician'])
})

test('whoever leaves takes roles, sessions and keys along; the last owner cannot', async () => {
  const leaver = await joined(world, owner, at('merchant-owner', 'wash'))
  const made = await leaver.postTouched('/v1/manage/api-keys', {
    name: 'K',
    scopes: ['machine.read'],
    merchantId: 'wash',
    siteId: null,
    lifeDays: 1,
  })
  const program = new Person(world)
  program.key = made.json<{ key: string }>().key
  assert.equal((await program.get('/v1/manage/machines')).statusCode, 200)
  const ended = await owner.postTouched(`/v1/manage/staff/${leaver.staffId}/end`, {
    reason: 'left the company',
  })
  assert.equal(ended.statusCode, 200, ended.body)
  assert.equal(codeIn(await program.get('/v1/manage/machines')), 'key-refused')
  assert.equal(codeIn(await leaver.get('/v1/manage/machines')), 'sign-in-missing')
  assert.equal(codeIn(await leaver.signIn()), 'sign-in-refused')
  const self = await owner.postTouched(`/v1/manage/staff/${owner.staffId}/end`, { reason: 'enough' })
  assert.deepEqual([codeIn(self), self.json<{ because: string }>().because], ['in-use', 'last-owner'])
})

test('another passkey is added with a touch of one that is there, and the last one stays', async () => {
  const person = await joined(world, merchant, at('support', 'wash'))
  const spare = softwareAuthenticator()
  const options = await person.post('/v1/manage/passkeys/options', {})
  const { challengeId, publicKey } = options.json<{ challengeId: string; publicKey: { challenge: string } }>()
  const ceremony = { challenge: publicKey.challenge, origin: ORIGIN }
  const body = { challengeId, response: spare.register(ceremony) }
  assert.equal(codeIn(await person.post('/v1/manage/passkeys', body)), 'touch-missing')
  const added = await person.postTouched('/v1/manage/passkeys', body)
  assert.equal(added.statusCode, 200, added.body)
  const first = person.authenticator.credentialId
  const remove = async (credentialId: string) =>
    await person.postTouched('/v1/manage/passkeys/removal', { credentialId, reason: 'lost it' })
  assert.equal(codeIn(await remove(merchant.authenticator.credentialId)), 'record-unknown')
  assert.equal((await remove(spare.credentialId)).statusCode, 200)
  const last = await remove(first)
  assert.deepEqual([codeIn(last), last.json<{ because: string }>().because], ['in-use', 'last-passkey'])
})

test('a HEAD is guarded as the GET is', async () => {
  const head = await world.app.inject({ method: 'HEAD', url: '/v1/manage/machines' })
  assert.equal(head.statusCode, 401)
})

test('a copied authenticator is found by its counter', async () => {
  const options = await owner.post('/v1/manage/sign-in/options', {})
  const { challengeId, publicKey } = options.json<{ challengeId: string; publicKey: { challenge: string } }>()
  const response = owner.authenticator.authenticate({
    challenge: publicKey.challenge,
    origin: ORIGIN,
    sameCounter: true,
  })
  assert.equal(
    codeIn(await new Person(world).post('/v1/manage/sign-in', { challengeId, response })),
    'sign-in-refused',
  )
})

test('sign-ins are limited per network, and after all this the trail holds', async () => {
  assert.equal(await brokenStaffAction(world.sql), null)
  const limited = await startWorld({ limits: { signInsPerMinutePerNetwork: 2 } })
  try {
    const person = new Person(limited)
    const codes: string[] = []
    for (let index = 0; index < 3; index += 1)
      codes.push(codeIn(await person.post('/v1/manage/sign-in/options', {})))
    assert.deepEqual(codes, ['ok', 'ok', 'too-many-requests'])
    const refused = await person.post('/v1/manage/sign-in/options', {})
    assert.match(String(refused.headers['retry-after']), /^\d+$/)
    assert.match(String(refused.headers['ratelimit']), /^"sign-in";r=0;t=\d+$/)
  } finally {
    await limited.stop()
  }
})
