import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { openAs, seal } from '#protocol/envelope.ts'
import { BootId, ChipId } from '#protocol/identifier.ts'
import type { UpMessage } from '#protocol/message/registry.ts'
import { currencyOf } from '#protocol/money.ts'
import { generateNodeKeys, nodeSigner, nodeVerifier } from '#protocol/node-keys.ts'
import { parsePaymentOrigin } from '#protocol/payment-url.ts'
import { startTestPostgres } from '#hosting/test-postgres.ts'
import type { Bank, MandateStatus } from '../bank/port.ts'
import type { ChipLink } from '../chip/port.ts'
import { startCore } from '../core.ts'
import { connectDatabase, learnArrayTypes } from '../database.ts'
import { applyFleet } from '../machine/fleet.ts'
import { checkFleet } from '../machine/fleet-file.ts'
import { openMachineRegistry } from '../machine/registry.ts'
import { migrate } from '../migrations.ts'
import { openNotifications } from '../notifications.ts'
import { DEFAULT_TIMES } from '../payment/times.ts'
import { DEFAULT_LIMITS } from '../settings.ts'
import type { HttpContext } from './context.ts'
import { createServer } from './server.ts'

export const ORIGIN = 'http://localhost:8080'
export const FRAME = 'http://localhost:7000'
export const WASHER = ChipId.of('00000000000000a1')
export const CHAIR = ChipId.of('00000000000000b2')
export const PLATE = '0417'
const BOOT = BootId.of('1122334455667788')
const SCRIPT_NAME = '<script>alert(1)</script>'
const systemKeys = generateNodeKeys('EdDSA')
const bankKeys = generateKeyPairSync('ed25519')
export const bankPrivateKey = bankKeys.privateKey

interface WorldChange {
  readonly limits?: object
  /** Stays the caller's to stop only through `stop` of this. */
  readonly database?: Awaited<ReturnType<typeof startTestPostgres>>
}

/** A system with everything of its own real, between a chip that always says yes and a bank that settles at once. */
export async function startWorld(change: WorldChange = {}) {
  const database = change.database ?? (await startTestPostgres())
  const sql = connectDatabase({ ...database, connectionsMax: 10 })
  await migrate(sql)
  await learnArrayTypes(sql)
  const chips = new Map([WASHER, CHAIR].map((chipId) => [chipId, generateNodeKeys('ES256')]))
  await registerFleet(sql, chips)
  const folder = await writePage()
  const logLines: string[] = []
  const log = pino({ level: 'debug' }, collect(logLines))
  const notifications = await openNotifications(() => connectDatabase({ ...database, connectionsMax: 1 }))
  const machines = await openMachineRegistry(sql, notifications, Date.now)
  const mandates = new Map<string, MandateStatus>()
  const parts = {
    settings: {
      ...settingsFor(folder),
      limits: { ...DEFAULT_LIMITS, ...change.limits },
      times: DEFAULT_TIMES,
    },
    sql,
    log,
    machines,
    notifications,
    bank: agreeableBank(mandates),
    link: agreeableChips(chips),
    signer: nodeSigner(systemKeys.privateKeyPem, { withKid: true }),
    commandKey: { spki: systemKeys.spki, certificate: null },
  }
  const core = startCore(parts)
  const context: HttpContext = {
    ...parts,
    service: core.service,
    bankPublicKeyPem: bankKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    pseudonymSecret: randomBytes(32).toString('hex'),
    issuerCertificates: [],
    verifying: {
      sql,
      relyingParty: { rpId: 'localhost', origin: ORIGIN, frameOrigins: [FRAME] },
      nowMs: Date.now,
    },
    nowMs: Date.now,
    isReady: async () => (await sql`SELECT 1`).length === 1,
  }
  const app = await createServer(context)
  return {
    app,
    sql,
    context,
    logLines,
    mandates,
    /** A fresh code of the washing machine, as its display would show it. */
    code: (altered: object = {}) => codeOf(chips.get(WASHER)?.privateKeyPem ?? '', altered),
    stop: async () => {
      await app.close()
      await core.stop()
      machines.close()
      await notifications.close()
      await sql.end({ timeout: 5 })
      await database.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type World = Awaited<ReturnType<typeof startWorld>>

function settingsFor(payerPageFolder: string) {
  const publicOrigin = parsePaymentOrigin(ORIGIN)
  assert.ok(publicOrigin.ok)
  return { publicOrigin: publicOrigin.value, frameOrigins: [FRAME], trustedProxies: [], payerPageFolder }
}

function collect(lines: string[]): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
}

async function writePage(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-page-'))
  await mkdir(path.join(folder, 'assets'))
  const style = 'body{color:#111}'.repeat(100)
  await writeFile(
    path.join(folder, 'index.html'),
    `<!doctype html><style>${style}</style><script type="module" src="/assets/page-abc.js"></script>`,
  )
  await writeFile(path.join(folder, 'assets', 'page-abc.js'), 'export const page = 1\n'.repeat(100))
  return folder
}

async function registerFleet(sql: HttpContext['sql'], chips: ReadonlyMap<ChipId, { spki: Uint8Array }>) {
  const machine = (chipId: ChipId, own: object) => ({
    merchantId: 'wash',
    place: 'Cellar',
    chipId,
    chipKey: { alg: 'ES256', spki: Buffer.from(chips.get(chipId)?.spki ?? []).toString('base64') },
    tariff: {
      currency: 'EUR',
      products: [
        { id: 1, name: 'Cotton', mode: 'sale', priceMinor: '250', units: 1, unit: 'wash', maxDurationS: 60 },
      ],
    },
    ...own,
  })
  const fleet = checkFleet({
    merchants: [
      { merchantId: 'wash', name: SCRIPT_NAME, support: 'help@wash.example', iban: 'DE02120300000000202051' },
    ],
    machines: [
      machine(WASHER, { machineId: 'washer', name: 'Washer', presence: 'words' }),
      machine(CHAIR, { machineId: 'chair', name: 'Chair', presence: 'plate', number: PLATE }),
    ],
  })
  assert.ok(fleet.ok, fleet.ok ? '' : fleet.error)
  const applied = await applyFleet(sql, fleet.value, { actor: 'test', atMs: Date.now() })
  assert.ok(applied.ok)
}

let counter = 0

function codeOf(privateKeyPem: string, altered: object): string {
  counter += 1
  const message = {
    name: 'payment-code' as const,
    chipId: WASHER,
    boot: BOOT,
    counter,
    goods: 1,
    tariffVersion: 1,
    amountMinor: 250n,
    currency: currencyOf('EUR'),
    issuedAtS: Math.floor(Date.now() / 1000),
    lifetimeS: 120,
    ...altered,
  }
  return Buffer.from(seal(message, nodeSigner(privateKeyPem, { withKid: false }))).toString('base64url')
}

/** Chips that issue, agree to every check, and deliver at once what they are commanded. */
function agreeableChips(chips: ReadonlyMap<ChipId, { privateKeyPem: string }>): ChipLink {
  let receive: (chipId: ChipId, bytes: Uint8Array) => void = () => undefined
  const verifier = nodeVerifier(systemKeys.spki)
  return {
    onMessage: (listener) => {
      receive = listener
    },
    send: (chipId, bytes) => {
      const pem = chips.get(chipId)?.privateKeyPem ?? ''
      for (const answer of answersTo(chipId, bytes, { verifier, pem })) {
        const sealed = seal(answer, nodeSigner(pem, { withKid: false }))
        setImmediate(() => receive(chipId, sealed))
      }
      return Promise.resolve()
    },
  }
}

function answersTo(
  chipId: ChipId,
  bytes: Uint8Array,
  keys: { verifier: ReturnType<typeof nodeVerifier>; pem: string },
): UpMessage[] {
  const check = openAs('check', bytes, () => [keys.verifier])
  if (check.ok) {
    const { paymentId, nonce, round, codeHash, amountMinor, currency, tariffVersion } = check.value
    const state = { verdict: 'ready', machineState: 'reserved' } as const
    const clock = { boot: BOOT, monotonicMs: 1000, wallS: Math.floor(Date.now() / 1000) }
    const about = { paymentId, nonce, round, codeHash, amountMinor, currency, tariffVersion }
    return [{ name: 'check-answer', chipId, ...about, ...state, ...clock }]
  }
  const issue = openAs('issue-request', bytes, () => [keys.verifier])
  if (issue.ok) {
    const code = new Uint8Array(Buffer.from(codeOf(keys.pem, { chipId }), 'base64url'))
    return [{ name: 'issue-answer', chipId, requestId: issue.value.requestId, refusal: 'none', code }]
  }
  const command = openAs('command', bytes, () => [keys.verifier])
  if (!command.ok) return []
  const { commandId, paymentId, units } = command.value
  const ids = { chipId, commandId, paymentId }
  const delivered = { deliveredMin: units, deliveredMax: units, ordered: units }
  return [
    { name: 'started', ...ids, boot: BOOT, monotonicMs: 1001 },
    {
      name: 'outcome',
      ...ids,
      result: 'delivered',
      ...delivered,
      evidence: 'sensor',
      reason: '',
      sequence: 1,
    },
  ]
}

/** A bank that settles every order at once; mandates are what the test says of them. */
function agreeableBank(mandates: ReadonlyMap<string, MandateStatus>): Bank {
  const settle: Bank['submit'] = ({ order, currency }) =>
    Promise.resolve({
      kind: 'settled',
      amountMinor: order.amountMinor,
      currency,
      bankReference: `REF${order.orderId.slice(0, 8)}`,
      reversedMinor: 0n,
    })
  return {
    submit: settle,
    ask: settle,
    requestMandate: ({ mandateId }) =>
      Promise.resolve({ redirectUrl: `http://localhost:9000/approve/${mandateId}` }),
    mandateStatus: (mandateId) => Promise.resolve(mandates.get(mandateId) ?? null),
  }
}

export const GRANTED: MandateStatus = {
  status: 'valid',
  scope: 'one-payment',
  perPayment: null,
  validUntilMs: null,
  debtorPseudonym: 'alice-at-bank',
}

/** A phone: keeps its cookie, and makes a key for every request. */
export class Phone {
  readonly #world: World
  cookie = ''

  constructor(world: World) {
    this.#world = world
  }

  async get(url: string, headers: Record<string, string> = {}) {
    return await this.#world.app.inject({ method: 'GET', url, headers: { ...this.#cookies(), ...headers } })
  }

  async post(url: string, body: object, headers: Record<string, string> = {}) {
    const response = await this.#world.app.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...this.#cookies(),
        ...headers,
      },
      payload: JSON.stringify(body),
    })
    const cookie = response.headers['set-cookie']
    if (typeof cookie === 'string') this.cookie = cookie.split(';')[0] ?? ''
    return response
  }

  #cookies(): Record<string, string> {
    return this.cookie === '' ? {} : { cookie: this.cookie }
  }

  /** A claim of the washing machine's display, up to where the payer confirms. Returns its address. */
  async claim(): Promise<string> {
    const claimed = await this.post('/v1/payments', { code: this.#world.code() })
    assert.equal(claimed.statusCode, 201, claimed.body)
    const url = String(claimed.headers.location)
    await this.until(url, 'confirm')
    return url
  }

  async approve(url: string): Promise<void> {
    const asked = await this.post(`${url}/approval`, {})
    assert.equal(asked.statusCode, 200, asked.body)
    const mandateId = /[0-9a-f]{32}$/.exec(asked.json<{ redirectUrl: string }>().redirectUrl)?.[0] ?? ''
    this.#world.mandates.set(mandateId, GRANTED)
    await this.#world.context.service.approvalAnswered(
      url.slice('/v1/payments/'.length) as never,
      mandateId,
      (await import('../payer/mandate.ts').then(({ askApproval }) =>
        askApproval(this.#world.sql, this.#world.context.bank, mandateId),
      )) === true,
    )
  }

  /** Waits until the payment is in this state, and returns it. */
  async until(url: string, state: string): Promise<Record<string, unknown>> {
    let view: Record<string, unknown> = {}
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      view = (await this.get(url)).json<Record<string, unknown>>()
      if (view['state'] === state) return view
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error(`the payment is ${String(view['state'])} and not ${state}`)
  }
}
