import { NOUNS } from '#system/access/noun.ts'
import { type Grant, covers } from '#system/access/reach.ts'
import { ROLES, ROLE_TABLE } from '#system/access/role.ts'
import { type FieldRow, rowOf } from '#system/access/table.ts'
import { MANAGEMENT_PATH, type ManagedRoute, managedRoutes } from '#system/http/manage/access.ts'
import { Person, addNeighbours, codeIn } from '#system/http/manage/person.suite.ts'
import { type World, startWorld } from '#system/http/world.suite.ts'
import { bindingOf } from '#system/staff-member/touch.ts'
import { belongings } from './belongings.ts'
import { type Belongings, FIELD_SAMPLES, type RouteSample, SAMPLES, type Sample, placeOf } from './samples.ts'

export interface MatrixReport {
  readonly routes: number
  readonly roles: number
  readonly cells: number
  /** In words; empty when every answer is what the table says. */
  readonly wrong: readonly string[]
}

interface Matrix {
  readonly world: World
  readonly own: Belongings
  readonly other: Belongings
  readonly unknown: Belongings
  readonly wrong: string[]
  cells: number
}

const AMPLE = {
  requestsPerMinutePerNetwork: 1_000_000,
  manageRequestsPerMinutePerCaller: 1_000_000,
  signInsPerMinutePerNetwork: 1_000_000,
}

/**
 * Asks a running server, as every role at every level that it can be had at, for every route as it is registered: about what
 * is the own merchant's, about another's, about nothing that there is, and without signing in; and for every field.
 */
export async function runMatrix(): Promise<MatrixReport> {
  const world = await startWorld({ limits: AMPLE })
  try {
    await addNeighbours(world)
    const matrix: Matrix = { world, ...(await belongings(world)), wrong: [], cells: 0 }
    const routes = managedRoutes(world.app)
    await withoutSignIn(matrix, routes)
    for (const grant of everyGrant()) {
      const person = await Person.with(world, [grant])
      for (const route of routes) if (route.access !== 'open') await cellsOf(matrix, { person, grant, route })
      for (const noun of ['merchant', 'site', 'machine', 'payment'] as const) {
        await fieldsRead(matrix, { person, grant, noun })
        if (noun !== 'payment') await fieldsSet(matrix, { person, grant, noun })
      }
    }
    for (const name of Object.keys(SAMPLES)) {
      if (!routes.some((route) => nameOf(route) === name))
        matrix.wrong.push(`${name} is sampled, and is no route`)
    }
    return { routes: routes.length, roles: ROLES.length, cells: matrix.cells, wrong: matrix.wrong }
  } finally {
    await world.stop()
  }
}

function everyGrant(): readonly Grant[] {
  const places = {
    platform: { merchantId: null, siteId: null },
    merchant: { merchantId: 'wash', siteId: null },
    site: { merchantId: 'wash', siteId: 'hall' },
  }
  return ROLES.flatMap((role) => ROLE_TABLE[role].levels.map((level) => ({ role, ...places[level] })))
}

const nameOf = ({ method, url }: ManagedRoute) => `${method} ${url.slice(MANAGEMENT_PATH.length)}`

function note(
  matrix: Matrix,
  cell: string,
  { is, shouldBe }: { readonly is: string; readonly shouldBe: string },
): void {
  matrix.cells += 1
  if (is !== shouldBe) matrix.wrong.push(`${cell}: ${is} and not ${shouldBe}`)
}

async function withoutSignIn(matrix: Matrix, routes: readonly ManagedRoute[]): Promise<void> {
  const nobody = new Person(matrix.world)
  for (const route of routes) {
    const sample = SAMPLES[nameOf(route)]
    const body = route.access === 'open' ? {} : sample?.make(matrix.own).body
    const url = `${MANAGEMENT_PATH}${sample?.make(matrix.own).url ?? nameOf(route).replace(/^\w+ /, '')}`
    const answer = await nobody.ask({
      method: route.method as 'GET',
      url,
      ...(body === undefined ? {} : { body }),
    })
    const isRefused = codeIn(answer) === 'sign-in-missing'
    const is = isRefused ? 'refused' : 'let in'
    note(matrix, `nobody ${nameOf(route)}`, { is, shouldBe: route.access === 'open' ? 'let in' : 'refused' })
  }
}

interface Cell {
  readonly person: Person
  readonly grant: Grant
  readonly route: ManagedRoute
}

const words = ({ role, merchantId, siteId }: Grant) =>
  `${role} of ${siteId !== null ? 'a site' : merchantId !== null ? 'a merchant' : 'the platform'}`

async function cellsOf(matrix: Matrix, { person, grant, route }: Cell): Promise<void> {
  const sample = SAMPLES[nameOf(route)]
  if (sample === undefined || route.access === 'open') {
    matrix.wrong.push(`${nameOf(route)} has no sample (tests/access-matrix/samples.ts)`)
    return
  }
  const allowed = rowOf(route.access).roles.includes(grant.role)
  const { own, other, unknown } = matrix
  for (const [whose, of] of Object.entries({ own, other, unknown })) {
    if (
      whose === 'unknown' &&
      (sample.place === 'list' || sample.place === 'own' || sample.place === 'platform')
    )
      continue
    const answer = await ask(matrix, { person, grant, route }, sample.make(of))
    const shouldBe = !allowed
      ? 'role-refused'
      : whose === 'unknown'
        ? 'record-unknown'
        : expected(sample, grant, of)
    note(matrix, `${words(grant)} ${nameOf(route)} ${whose}`, { is: codeIn(answer), shouldBe })
    if (sample.place === 'list' && allowed) listed(matrix, { person, grant, route }, answer.body)
  }
}

function expected(sample: RouteSample, grant: Grant, of: Belongings): string {
  if (sample.place === 'list' || sample.place === 'own' || covers(grant, placeOf(sample, of)))
    return sample.granted
  // A merchant is read by whoever works at one of its sites.
  const below = sample.place === 'merchant' && sample.granted === 'ok' && grant.merchantId === of.merchantId
  return below ? sample.granted : 'record-unknown'
}

/** A list shows nothing of another merchant's. */
function listed(matrix: Matrix, { grant, route }: Cell, body: string): void {
  const { other } = matrix
  const foreign = [
    other.merchantId,
    other.machineId,
    other.chipId,
    other.paymentId,
    other.staffId,
    other.keyId,
  ]
  const shown = grant.merchantId !== null && foreign.some((id) => body.includes(`"${id}"`))
  note(matrix, `${words(grant)} ${nameOf(route)} lists`, { is: shown ? "another's" : 'own', shouldBe: 'own' })
}

/** With a touch where one is needed, so that what is tested is the role. */
async function ask(matrix: Matrix, { person, route }: Cell, { url, body }: Sample) {
  const path = `${MANAGEMENT_PATH}${url}`
  const touch = route.access !== 'open' && rowOf(route.access).touch === true
  const headers = touch ? { 'farthing-touch': await touched(matrix, person, { path, body }) } : {}
  return await person.ask({
    method: route.method as 'GET',
    url: path,
    headers,
    ...(body === undefined ? {} : { body }),
  })
}

let touches = 0

async function touched(
  { world }: Matrix,
  person: Person,
  request: { path: string; body: unknown },
): Promise<string> {
  touches += 1
  const challengeId = touches.toString(16).padStart(32, '0')
  await world.sql`
    INSERT INTO staff_challenge (challenge_id, purpose, challenge, session_id, binding, expires_at, touched_at)
    SELECT ${challengeId}, 'touch', ${Buffer.alloc(32)}, session_id, ${bindingOf({ method: 'POST', ...request })},
      now() + interval '5 min', now()
    FROM staff_session WHERE staff_id = ${person.staffId}`
  return challengeId
}

type Fields = Readonly<Record<string, FieldRow>>
type FieldCell = Omit<Cell, 'route'> & { readonly noun: 'merchant' | 'site' | 'machine' | 'payment' }

function addressOf(matrix: Matrix, noun: FieldCell['noun']): string {
  const { merchantId, siteId, machineId, paymentId } = matrix.own
  const key = {
    merchant: merchantId,
    site: `${merchantId}/${siteId}`,
    machine: machineId,
    payment: paymentId,
  }
  return `${MANAGEMENT_PATH}/${noun}s/${key[noun]}`
}

async function fieldsRead(matrix: Matrix, { person, grant, noun }: FieldCell): Promise<void> {
  const seen = (await person.get(addressOf(matrix, noun))).json<Record<string, unknown>>()
  const fields: Fields = NOUNS[noun].fields
  for (const [name, row] of Object.entries(fields)) {
    const shouldBe = row.read.includes(grant.role) ? 'seen' : 'hidden'
    note(matrix, `${words(grant)} reads ${noun}.${name}`, { is: name in seen ? 'seen' : 'hidden', shouldBe })
  }
  const extra = Object.keys(seen).filter((name) => fields[name] === undefined)
  note(matrix, `${words(grant)} reads ${noun}`, { is: extra.join(', '), shouldBe: '' })
}

/** A version that is not there: whoever may set the field hears of that, and nothing is changed. */
async function fieldsSet(matrix: Matrix, { person, grant, noun }: FieldCell): Promise<void> {
  const fields: Fields = NOUNS[noun].fields
  const below = noun === 'merchant' && grant.siteId !== null
  for (const [name, row] of Object.entries(fields)) {
    const answer = await person.patch(
      addressOf(matrix, noun),
      { [name]: name in FIELD_SAMPLES ? FIELD_SAMPLES[name] : 'x' },
      999_999_999,
    )
    const refusal = row.set === undefined ? 'request-malformed' : 'field-refused'
    const mayChange = rowOf(`${noun as 'machine'}.change`).roles.includes(grant.role) && !below
    const shouldBe = !mayChange ? 'role-refused' : row.set?.includes(grant.role) ? 'version-passed' : refusal
    note(matrix, `${words(grant)} sets ${noun}.${name}`, { is: codeIn(answer), shouldBe })
  }
}
