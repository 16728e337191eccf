import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import type { HouseMachine } from '#hosting/fleet.ts'
import { startHouse, type HouseOptions, type RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import { decodePayment } from '#system/payment/codec.ts'
import type { Payment } from '#system/payment/state.ts'
import type { PaymentView } from '#system/payment/view.ts'
import { checkInvariants } from '../invariants/check.ts'
import { gatherEvidence } from '../invariants/evidence.ts'
import { payerOf } from '../payer/house-payer.ts'
import { DONE, NotCharged, type Payer, type PayerOptions } from '../payer/payer.ts'
import { SMOKE_HOUSE } from '../smoke/settings.ts'
import { hallFleet } from './fleet.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const UNTIL_LIMIT_MS = 45_000
const UNTIL_POLL_MS = 60

/** What the bank holds for one IBAN, in minor units. */
export interface Account {
  readonly available: bigint
  readonly held: bigint
  readonly reserved: bigint
}

/** What a payer is told at the end, and what must be true of the money then. */
export interface Expected {
  readonly state: PaymentView['state']
  readonly reason?: PaymentView['reason']
  readonly charged: PaymentView['charged']
}

export interface HallOptions {
  readonly machines: readonly HouseMachine[]
  readonly systemTimes?: Readonly<Record<string, number>>
  readonly systemLimits?: Readonly<Record<string, number>>
  /** What else stands in it once it is open; returns how that goes away again. */
  readonly furnish?: (hall: Hall) => Promise<() => Promise<void>>
}

/** One house for a file of tests, and what the three that matter see in it: payer, bank, merchant. */
export class Hall {
  #house: RunningHouse | undefined
  #payers: Payer[] = []

  get house(): RunningHouse {
    assert.ok(this.#house, 'the house stands')
    return this.#house
  }

  /** Opens it for business: a chip sells nothing before its first tariff has reached it. */
  async open(options: HouseOptions): Promise<void> {
    const selling = new Set<string>()
    const onLine = (process: string, { msg }: { readonly msg?: unknown }) => {
      if (msg === 'tariff taken') selling.add(process)
    }
    this.#house = await startHouse({ ...options, onLine })
    for (const { key } of options.fleet.machines)
      await until(`a tariff at ${key}`, () => selling.has(`chip-${key}`) || undefined)
  }

  async close(): Promise<void> {
    await Promise.all(this.#payers.map((payer) => payer.close()))
    await this.#house?.stop()
  }

  machine(key: string): RunningMachine {
    return this.house.machine(key)
  }

  /** A person with a phone that was never here before. */
  payer(username: string, habits: Partial<Pick<PayerOptions, 'confirmsWith' | 'approves'>> = {}): Payer {
    const payer = payerOf(this.house, username, { confirmsWith: 'pin', approves: 'approve-once', ...habits })
    this.#payers.push(payer)
    return payer
  }

  /** What the phone reads at this machine now. */
  async code(key: string): Promise<{ code: string } | { chipId: string; productId: number }> {
    const machine = this.machine(key)
    if (machine.plan.codes === 'printed') return { chipId: machine.chipId, productId: 1 }
    return until('a code on the display', () => {
      const shown = /#([A-Za-z0-9_-]+)$/.exec(machine.thing.panel.view().screen.url ?? '')?.[1]
      return shown === undefined ? undefined : { code: shown }
    })
  }

  /** Claims and waits for the payer's turn, or the end. */
  async claimed(payer: Payer, key: string): Promise<PaymentView> {
    const { paymentId } = await payer.claim(await this.code(key))
    return payer.until(paymentId, ['confirm'], UNTIL_LIMIT_MS)
  }

  /** The same with approval and confirmation. */
  async confirmed(payer: Payer, key: string): Promise<PaymentView> {
    const payment = await this.claimed(payer, key)
    assert.equal(payment.state, 'confirm', `ended because of ${String(payment.reason)}`)
    await payer.confirm(payment)
    return payment
  }

  /** A whole payment, to whatever end. */
  async paid(payer: Payer, key: string): Promise<PaymentView> {
    const { paymentId } = await this.confirmed(payer, key)
    return this.ended(payer, paymentId)
  }

  ended(payer: Payer, paymentId: string): Promise<PaymentView> {
    return payer.until(paymentId, DONE, UNTIL_LIMIT_MS)
  }

  /** What the merchant's books say of this payment. */
  async payment(paymentId: string): Promise<Payment> {
    const [row] = await this.#ask(
      'system',
      (sql) => sql<{ body: string }[]>`
      SELECT body::text AS body FROM payment WHERE payment_id = ${paymentId}`,
    )
    assert.ok(row, 'the payment is in the books')
    return decodePayment(row.body)
  }

  /** What makes the challenge of this payment's verification unlike any other. */
  async nonce(paymentId: string): Promise<string> {
    const [row] = await this.#ask(
      'system',
      (sql) => sql<{ nonce: string }[]>`
      SELECT nonce FROM verification WHERE payment_id = ${paymentId}`,
    )
    assert.ok(row, 'a verification was begun')
    return row.nonce
  }

  async countPayments(): Promise<number> {
    const [row] = await this.#ask(
      'system',
      (sql) => sql<{ count: number }[]>`
      SELECT count(*)::int AS count FROM payment`,
    )
    return row?.count ?? -1
  }

  async account(iban: string): Promise<Account> {
    const rows = await this.#ask(
      'bank',
      (sql) => sql<{ role: string; balance: string }[]>`
      SELECT l.role, l.balance_minor::text AS balance FROM ledger_account l
      JOIN account a USING (account_id) WHERE a.iban = ${iban}`,
    )
    const of = (role: string) => BigInt(rows.find((row) => row.role === role)?.balance ?? 0)
    return { available: of('available'), held: of('held'), reserved: of('reserved') }
  }

  /** The account of a customer, by username. */
  purse(username: string): Promise<Account> {
    const customer = this.house.fleet.customers.find((known) => known.username === username)
    assert.ok(customer, username)
    return this.account(customer.iban)
  }

  /** What a payment took from this customer's account, as the bank has it, and what is still held there. */
  async spentBy(
    username: string,
    pay: () => Promise<PaymentView>,
  ): Promise<{ view: PaymentView; spentMinor: bigint; heldMinor: bigint }> {
    const earlier = await this.purse(username)
    const view = await pay()
    const now = await this.purse(username)
    return { view, spentMinor: earlier.available - now.available, heldMinor: now.held }
  }

  /** `farthing cases`, as staff read it. */
  async cases(): Promise<string> {
    const { code, output } = await this.house.staff('cases')
    assert.equal(code, 0, output)
    return output
  }

  async staff(...args: string[]): Promise<string> {
    const { code, output } = await this.house.staff(...args)
    assert.equal(code, 0, output)
    return output
  }

  /** One POST to the system from nowhere in particular, sent once. */
  async post(route: string, body: string): Promise<{ status: number; code: unknown; charged: unknown }> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
    const response = await fetch(`${this.house.systemUrl}${route}`, {
      method: 'POST',
      headers: { ...headers, origin: this.house.systemUrl },
      body,
    })
    const { code, charged } = (await response.json()) as { code: unknown; charged: unknown }
    return { status: response.status, code, charged }
  }

  /** A command of the bank's own staff. */
  async bankStaff(...args: string[]): Promise<void> {
    const script = ['ends/bank/src/staff.ts', '--settings', this.house.bank.settingsFile, ...args]
    const child = spawn(process.execPath, script, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    await once(child, 'close')
    assert.equal(child.exitCode, 0, output)
  }

  async #ask<T>(database: 'system' | 'bank', work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const { wiring } = this.house
    const {
      host,
      port,
      user,
      passwordFile,
      database: name,
    } = database === 'system' ? wiring.systemDatabase : wiring.bankDatabase
    const password = readFileSync(passwordFile, 'utf8').trim()
    const sql = postgres({ host, port, user, database: name, password, max: 1, onnotice: () => {} })
    try {
      return await work(sql)
    } finally {
      await sql.end()
    }
  }
}

/** A hall that stands while the tests of this file run; at the end nothing in it breaks an invariant. */
export function useHall(options: HallOptions): Hall {
  const hall = new Hall()
  let folder = ''
  let clear: () => Promise<void> = () => Promise.resolve()
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-faults-'))
    await hall.open({
      folder,
      fleet: hallFleet(...options.machines),
      ...SMOKE_HOUSE,
      systemTimes: { ...SMOKE_HOUSE.systemTimes, ...options.systemTimes },
      systemLimits: { ...SMOKE_HOUSE.systemLimits, ...options.systemLimits },
      durable: false,
    })
    if (options.furnish) clear = await options.furnish(hall)
  })
  after(async () => {
    try {
      await clear()
      await hall.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  return hall
}

/** What must hold of the whole hall: called by the last test of a file. */
export async function assertInvariants(hall: Hall): Promise<void> {
  assert.deepEqual(checkInvariants(await gatherEvidence(hall.house)), [])
}

export function assertTold(view: PaymentView, expected: Expected): void {
  const { state, reason, charged } = view
  assert.deepEqual({ state, reason, charged }, { reason: undefined, ...expected })
}

/** The claim is refused with this code, and no payment came of it. */
export async function assertRefused(hall: Hall, claim: () => Promise<unknown>, code: string): Promise<void> {
  const count = await hall.countPayments()
  await assert.rejects(claim, (error) => error instanceof NotCharged && error.code === code)
  assert.equal(await hall.countPayments(), count, 'no payment came of it')
}

/** Waits until `look` gives something, for a bounded time. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endMs = Date.now() + UNTIL_LIMIT_MS
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > endMs) throw new Error(`there never was ${what}`)
    await pause(UNTIL_POLL_MS)
  }
}
