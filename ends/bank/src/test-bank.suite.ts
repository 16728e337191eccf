import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { startTestPostgres } from '#hosting/test-postgres.ts'
import { connect, type Sql } from './database/connect.ts'
import type { DatabaseSettings } from './settings.ts'

const READY_TIMEOUT_MS = 30_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

type Address = DatabaseSettings & { kind: 'parts' }

export interface TestDatabase {
  readonly folder: string
  /** A fresh database on the server. */
  readonly createDatabase: () => Promise<Address>
  readonly stop: () => Promise<void>
}

/** A real PostgreSQL and a temporary folder, for one test file. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), 'farthing-bank-test-'))
  const server = await startTestPostgres()
  const { host, port, user, passwordFile } = server
  const address: Address = { kind: 'parts', host, port, user, passwordFile, database: server.database }
  const sql = connect(address, { name: 'test-server', connectionsMax: 1, pinned: false })
  const made: string[] = []
  return {
    folder,
    async createDatabase() {
      const database = `bank_${randomBytes(8).toString('hex')}`
      await sql`CREATE DATABASE ${sql(database)}`
      made.push(database)
      return { ...address, database }
    },
    async stop() {
      for (const database of made) await sql`DROP DATABASE IF EXISTS ${sql(database)} WITH (FORCE)`
      await sql.end({ timeout: 5 })
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const TEST_TOKEN = 'a-token-of-the-tests'
export const PASSWORD = 'correct horse'
export const IBANS = {
  anna: 'DE02120300000000202051',
  annaYen: 'DE02120300000000202052',
  ben: 'DE02500105170137075030',
  merchant: 'DE02100500000054540402',
  yenMerchant: 'DE02300209000106531065',
}

const SEED = {
  customers: [
    {
      username: 'anna',
      password: PASSWORD,
      name: 'Anna',
      iban: IBANS.anna,
      balance: { currency: 'EUR', amount: '1000.00' },
    },
    {
      username: 'anna',
      password: PASSWORD,
      name: 'Anna',
      iban: IBANS.annaYen,
      balance: { currency: 'JPY', amount: '5000' },
    },
    {
      username: 'ben',
      password: PASSWORD,
      name: 'Ben',
      iban: IBANS.ben,
      balance: { currency: 'EUR', amount: '3.00' },
    },
  ],
  merchants: [
    { name: 'Waschsalon Blau', iban: IBANS.merchant, balance: { currency: 'EUR', amount: '0.00' } },
    { name: 'Snacks 東京', iban: IBANS.yenMerchant, balance: { currency: 'JPY', amount: '0' } },
  ],
}

export interface TestBank {
  readonly url: string
  readonly process: ChildProcess
  readonly settingsFile: string
  readonly sql: Sql
  readonly logLines: string[]
  /** Kills the process without a goodbye. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same settings, or on changed ones. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The bank as it runs: its own process, on a database of its own, with settings and secrets in files. */
export async function startTestBank(
  database: TestDatabase,
  changes: Record<string, unknown> = {},
): Promise<TestBank> {
  const folder = mkdtempSync(path.join(database.folder, 'bank-'))
  const inFolder = (name: string, content: string) => {
    const file = path.join(folder, name)
    writeFileSync(file, content, { mode: 0o600 })
    return file
  }
  const { kind: _kind, ...parts } = await database.createDatabase()
  const port = await freePort()
  const { privateKey } = generateKeyPairSync('ed25519')
  const url = `http://localhost:${port}`
  const settingsFile = inFolder(
    'settings.json',
    JSON.stringify({
      listen: { host: '127.0.0.1', port },
      publicUrl: url,
      database: parts,
      seedFile: inFolder('seed.json', JSON.stringify(SEED)),
      tppTokenFile: inFolder('token', `${TEST_TOKEN}\n`),
      signingKeyFile: inFolder('key.pem', String(privateKey.export({ format: 'pem', type: 'pkcs8' }))),
      notificationUrl: 'http://127.0.0.1:9/v1/bank-notifications',
      ...changes,
    }),
  )
  const logLines: string[] = []
  let child = await spawnBank(settingsFile, logLines)
  const sql = connect({ kind: 'parts', ...parts }, { name: 'test', connectionsMax: 2, pinned: false })
  const gone = () =>
    new Promise<void>((resolve) =>
      (child.exitCode ?? child.signalCode) === null ? child.once('exit', () => resolve()) : resolve(),
    )
  return {
    url,
    get process() {
      return child
    },
    settingsFile,
    sql,
    logLines,
    async kill() {
      child.kill('SIGKILL')
      await gone()
    },
    async restart() {
      child = await spawnBank(settingsFile, logLines)
    },
    async stop() {
      child.kill('SIGTERM')
      await gone()
      await sql.end({ timeout: 5 })
    },
  }
}

async function spawnBank(settingsFile: string, logLines: string[]): Promise<ChildProcess> {
  const main = new URL('main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, '--settings', settingsFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the bank did not become ready')), READY_TIMEOUT_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      logLines.push(line)
      if (!line.includes('"msg":"ready"')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('exit', () => reject(new Error(`the bank ended: ${logLines.join('\n')}`)))
  })
  await ready
  return child
}
