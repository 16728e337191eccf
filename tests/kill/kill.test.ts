import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startHouse, type RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import { checkInvariants } from '../invariants/check.ts'
import { gatherEvidence, type Evidence } from '../invariants/evidence.ts'
import { isOpen } from '../invariants/money.ts'
import { habitsOf, payerOf } from '../payer/house-payer.ts'
import { NotCharged, type Payer } from '../payer/payer.ts'
import { smokeFleet } from '../smoke/fleet.ts'
import { purchase } from '../smoke/purchase.ts'
import { SMOKE_HOUSE } from '../smoke/settings.ts'
import { mend, prepare } from '../smoke/trouble.ts'
import { Assassin, type DoneKill } from './assassin.ts'
import { KINDS, planKills } from './plan.ts'

const SIZE = { machines: 6, payers: 6 }
const SEED = 20_260_801
const ASSASSINS = 3
const KILLS_MIN = 60
const KILLS_OF_EACH_KIND_MIN = 8
const STEPS = 12
const SETTLE_LIMIT_MS = 90_000
const SETTLE_POLL_MS = 500
/** A person needs a moment before buying again; so does a machine that was refused. */
const BETWEEN_PURCHASES_MS = 250
/** Beside the times of the smoke: a payer who is gone is not waited for. */
const PAYER_TIMES = { unprovenReservationMs: 6000, confirmationMs: 8000, approvalMs: 12_000 }

interface Told {
  readonly states: Record<string, number>
  readonly paymentIds: string[]
  readonly lost: string[]
}

/** One payer at one machine, buying again and again until the killing is over. */
async function keepBuying(payer: Payer, machine: RunningMachine, until: AbortSignal): Promise<Told> {
  const told: Told = { states: {}, paymentIds: [], lost: [] }
  for (let number = 0; !until.aborted; number += 1) {
    prepare(machine, number % 3 === 1 ? 'jam' : number % 3 === 2 ? 'part' : 'none', 1)
    try {
      const ended = await purchase(payer, machine)
      told.paymentIds.push(ended.paymentId)
      told.states[ended.state] = (told.states[ended.state] ?? 0) + 1
    } catch (error) {
      if (error instanceof NotCharged) told.states[error.code] = (told.states[error.code] ?? 0) + 1
      else told.lost.push(error instanceof Error ? error.message : String(error))
    }
    mend(machine)
    await pause(BETWEEN_PURCHASES_MS)
  }
  return told
}

async function killWhilePaying(house: RunningHouse): Promise<{ told: Told[]; kills: readonly DoneKill[] }> {
  const machines = [...house.machines.values()]
  const payers = house.fleet.customers.map(({ username }, index) => payerOf(house, username, habitsOf(index)))
  const over = new AbortController()
  const assassin = new Assassin(house)
  const plan = planKills(SEED)
  const buying = payers.map((payer, index) => {
    const machine = machines[index % machines.length]
    if (!machine) throw new RangeError('each payer has a machine')
    return keepBuying(payer, machine, over.signal)
  })
  await Promise.all(Array.from({ length: ASSASSINS }, () => assassin.work(plan)))
  over.abort()
  const told = await Promise.all(buying)
  assassin.close()
  await Promise.all(payers.map((payer) => payer.close()))
  return { told, kills: assassin.done }
}

/** Until nothing is under way any more, or the time in which everything has to end is over. */
async function settled(house: RunningHouse): Promise<Evidence> {
  const endMs = Date.now() + SETTLE_LIMIT_MS
  for (;;) {
    const evidence = await gatherEvidence(house)
    if (!evidence.payments.some(isOpen) || Date.now() > endMs) return evidence
    await pause(SETTLE_POLL_MS)
  }
}

test('whatever is killed at whatever step, every payment ends and no invariant breaks', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-kill-'))
  const house = await startHouse({
    folder,
    fleet: smokeFleet(SIZE),
    ...SMOKE_HOUSE,
    systemTimes: { ...SMOKE_HOUSE.systemTimes, ...PAYER_TIMES },
  })
  t.after(async () => {
    await house.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const beganMs = performance.now()
  const { told, kills } = await killWhilePaying(house)
  const killingMs = performance.now() - beganMs
  const evidence = await settled(house)

  t.diagnostic(`seconds of killing: ${String(Math.round(killingMs / 1000))}`)
  const ofKind = (kind: string) => kills.filter((kill) => kill.kind === kind)
  t.diagnostic(`kills: ${KINDS.map((kind) => `${kind} ${String(ofKind(kind).length)}`).join(', ')}`)
  const longestMs = Math.max(...kills.map(({ awayMs }) => awayMs))
  t.diagnostic(`longest away: ${String(Math.round(longestMs))} ms`)
  t.diagnostic(
    `payments: ${String(evidence.payments.length)}; told: ${JSON.stringify(told.map((one) => one.states))}`,
  )
  assert.deepEqual(
    told.flatMap((one) => one.lost),
    [],
    'every payer is told how it ended',
  )
  assert.deepEqual(checkInvariants(evidence), [])
  const known = new Set<string>(evidence.payments.map((payment) => payment.paymentId))
  const forgotten = told.flatMap((one) => one.paymentIds).filter((paymentId) => !known.has(paymentId))
  assert.deepEqual(forgotten, [], 'I9: what a payer was told is in the books')
  assert.ok(kills.length >= KILLS_MIN, `${String(kills.length)} kills`)
  for (const kind of KINDS) assert.ok(ofKind(kind).length >= KILLS_OF_EACH_KIND_MIN, `${kind} was spared`)
  const steps = new Set(kills.flatMap(({ step }) => step ?? []))
  assert.equal(steps.size, STEPS, `killed only at ${[...steps].join(', ')}`)
})
