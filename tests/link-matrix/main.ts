import { parseArgs } from 'node:util'
import { type Attempt, LET_IN } from './attempt.ts'
import { CERTIFICATE_ATTEMPTS } from './certificate-attempts.ts'
import { CONTROLS } from './control.ts'
import { ORDER_ATTEMPTS } from './order-attempts.ts'
import { TOPIC_ATTEMPTS } from './topic-attempts.ts'
import { World } from './world.ts'

/**
 * `npm run link-matrix [-- --json]`: every way we know in which one chip could act as another, tried on a broker in
 * service; and what a chip may do, without which the rest would prove nothing. Exits 1 if anything was
 * accepted, if anything was refused silently, or if something that is permitted failed.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const ATTEMPTS: readonly Attempt[] = [...TOPIC_ATTEMPTS, ...ORDER_ATTEMPTS, ...CERTIFICATE_ATTEMPTS]

interface Row {
  readonly attempt: string
  readonly outcome: 'refused' | 'accepted' | 'silent'
  /** What whoever tried it was told. */
  readonly told: string | null
  /** What the log says. */
  readonly logged: string | null
  readonly leaked: readonly string[]
}

async function tryOne(world: World, attempt: Attempt): Promise<Row> {
  const { broker, system } = world
  const since = { atSystem: system.arrivals.length, atB: world.heardByB().length }
  const lines = broker.lines.length
  const warnings = system.warnings.length
  const answer = await attempt.attempt(world)
  const leaked = [...(await world.fence(since)), ...(await world.hangUp())]
  const refused = attempt.refusedBy === 'link' ? await broker.lineSince(lines, 'refused') : undefined
  const doubted = system.warnings.slice(warnings).find(({ chipId }) => chipId !== undefined)
  const logged = attempt.refusedBy === 'link' ? refused?.['what'] : doubted?.what
  const told = answer === LET_IN ? 'let in' : answer
  const row = { attempt: attempt.name, told, logged: typeof logged === 'string' ? logged : null, leaked }
  // What the broker carries unread does arrive on A's own topic; that it was not believed is what counts.
  const harmful = attempt.refusedBy === 'link' ? leaked : []
  if (answer === LET_IN || harmful.length > 0) return { ...row, outcome: 'accepted' }
  const isTold = told !== null || attempt.refusedBy === 'content'
  return { ...row, outcome: isTold && row.logged !== null ? 'refused' : 'silent' }
}

function say(line: string): void {
  if (!values.json) console.log(line)
}

/** Whatever it was, nobody saw it refused. */
function unexpected(attempt: Attempt, error: unknown): Row {
  return { attempt: attempt.name, outcome: 'accepted', told: String(error), logged: null, leaked: [] }
}

async function tryAll(world: World): Promise<Row[]> {
  const rows: Row[] = []
  for (const attempt of ATTEMPTS) {
    const row = await tryOne(world, attempt).catch((error: unknown) => unexpected(attempt, error))
    rows.push(row)
    say(
      `${row.outcome.padEnd(9)} ${row.attempt}  (${row.told ?? 'told nothing'}; ${row.logged === null ? 'nothing logged' : JSON.stringify(row.logged)})`,
    )
  }
  return rows
}

/** The names of what is permitted and failed all the same. */
async function failedControls(world: World): Promise<string[]> {
  const failed: string[] = []
  for (const control of CONTROLS) {
    const worked = await control.succeeds(world).catch((error: unknown) => {
      console.error(error)
      return false
    })
    await world.hangUp()
    if (!worked) failed.push(control.name)
    say(`${worked ? 'permitted' : 'FAILED   '} ${control.name}`)
  }
  return failed
}

async function run(world: World): Promise<boolean> {
  const before = await failedControls(world)
  const rows = await tryAll(world)
  const failed = [...before, ...(await failedControls(world))]
  const count = (outcome: Row['outcome']) => rows.filter((row) => row.outcome === outcome).length
  for (const row of rows.filter(({ outcome }) => outcome !== 'refused')) console.error(JSON.stringify(row))
  for (const name of failed) console.error(`permitted, and failed: ${name}`)
  console.log(
    JSON.stringify({
      attempts: rows.length,
      refused: count('refused'),
      accepted: count('accepted'),
      silent: count('silent'),
    }),
  )
  return count('refused') === rows.length && failed.length === 0
}

const world = await World.start()
try {
  if (!(await run(world))) process.exitCode = 1
} finally {
  await world.stop()
}
