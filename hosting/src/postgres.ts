import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { access, chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { freePort } from './port.ts'
import { guard } from './guardian.ts'
import { postgresAccount, usableFolder, type RunAs } from './postgres/account.ts'
import { postgresBinaries, type Binaries } from './postgres/binaries.ts'
import { readPidFile, stopLeftover, stopPostmaster } from './postgres/leftover.ts'

export interface PostgresOptions {
  /** Where the cluster lives; made when missing, gone on with when there. */
  readonly dataDir: string
  /** A free one by default. */
  readonly port?: number
  /** False only where losing everything with the machine is fine: tests. True by default. */
  readonly durable?: boolean
  readonly maxConnections?: number
}

/** How a client reaches one database. The password is also in a file, for settings that name a file. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly passwordFile: string
  readonly database: string
}

export interface RunningPostgres {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly passwordFile: string
  /** The folder really in use: a temporary one when PostgreSQL's account cannot reach the one asked for. */
  readonly folder: string
  pid(): number | null
  /** Makes the database unless it exists. */
  createDatabase(name: string): Promise<DatabaseAddress>
  dropDatabase(name: string): Promise<void>
  /** SIGKILL to the postmaster; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts again on the same port, after `kill` or `stop`. */
  start(): Promise<void>
  stop(): Promise<void>
}

const USER = 'farthing'
const START_ATTEMPTS_MAX = 50
const START_PAUSE_MS = 100
const READY_LIMIT_MS = 60_000
const READY_POLL_MS = 10
const CONNECTIONS_DEFAULT = 120

interface Cluster {
  readonly folder: string
  readonly cluster: string
  readonly runAs: RunAs
  readonly binaries: Binaries
  readonly password: string
  readonly passwordFile: string
  readonly port: number
  readonly durable: boolean
  readonly maxConnections: number
}

/** Starts PostgreSQL on the loopback address alone. Throws an Error with one sentence when it cannot. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = await prepare(options)
  let child: ChildProcess | null = await launch(cluster)
  const start = async () => {
    if (child && child.exitCode === null && child.signalCode === null) return
    child = await launch(cluster)
  }
  const end = async (stop: (pid: number) => Promise<void> | void) => {
    const ending = child
    child = null
    if (!ending?.pid || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    await stop(ending.pid)
    await gone
  }
  const address = (database: string): DatabaseAddress => ({
    host: '127.0.0.1',
    port: cluster.port,
    user: USER,
    password: cluster.password,
    passwordFile: cluster.passwordFile,
    database,
  })
  return {
    ...address('postgres'),
    folder: cluster.folder,
    pid: () => child?.pid ?? null,
    createDatabase: async (name) => {
      await administer(address('postgres'), async (sql) => {
        const found = await sql`SELECT 1 FROM pg_database WHERE datname = ${name}`
        if (found.length === 0) await sql`CREATE DATABASE ${sql(name)}`
      })
      return address(name)
    },
    dropDatabase: (name) =>
      administer(address('postgres'), async (sql) => {
        await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`
      }),
    kill: () => end((pid) => void process.kill(pid, 'SIGKILL')),
    start,
    stop: () => end(stopPostmaster),
  }
}

/** Runs administrative statements on one connection and closes it. */
export async function administer(
  address: DatabaseAddress,
  work: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const { host, port, user, password, database } = address
  const sql = postgres({ host, port, user, password, database, max: 1, onnotice: () => {} })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}

async function prepare(options: PostgresOptions): Promise<Cluster> {
  const runAs = postgresAccount()
  const folder = await usableFolder(options.dataDir, runAs)
  const binaries = await postgresBinaries(runAs)
  const cluster = path.join(folder, 'cluster')
  const durable = options.durable ?? true
  const passwordFile = path.join(folder, 'password')
  const exists = await access(path.join(cluster, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
  if (exists) await stopLeftover(cluster)
  else await initialise({ cluster, runAs, binaries, passwordFile, durable })
  return {
    folder,
    cluster,
    runAs,
    binaries,
    durable,
    passwordFile,
    password: (await readFile(passwordFile, 'utf8')).trim(),
    port: options.port ?? (await freePort()),
    maxConnections: options.maxConnections ?? CONNECTIONS_DEFAULT,
  }
}

interface Initialisation {
  readonly cluster: string
  readonly runAs: RunAs
  readonly binaries: Binaries
  readonly passwordFile: string
  readonly durable: boolean
}

/** Under another name first, so that a start that is cut short leaves no half-made cluster behind. */
async function initialise(options: Initialisation): Promise<void> {
  const { cluster, runAs, binaries, passwordFile, durable } = options
  const unfinished = `${cluster}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  if (runAs.uid !== undefined) await chown(passwordFile, runAs.uid, runAs.gid)
  const flags = [
    `--pgdata=${unfinished}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C',
    '--builtin-locale=C.UTF-8',
    ...(durable ? ['--data-checksums'] : ['--no-sync', '--no-data-checksums']),
  ]
  const { code, output } = await run(binaries.initdb, flags, { runAs, cwd: path.dirname(cluster) })
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true })
    throw new Error(
      `PostgreSQL could not make its folder ${cluster}: ${output.trim().split('\n').at(-1) ?? ''}`,
    )
  }
  await rename(unfinished, cluster)
}

interface RunPlace {
  readonly runAs: RunAs
  readonly cwd: string
}

function run(
  program: string,
  flags: readonly string[],
  place: RunPlace,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { ...place.runAs, cwd: place.cwd, env: environment() })
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stdout.resume()
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, output })
    })
  })
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}

function flagsOf(cluster: Cluster): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(cluster.maxConnections),
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(cluster.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return [
    '-D',
    cluster.cluster,
    '-p',
    String(cluster.port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/**
 * After a SIGKILL the old backends need a moment to notice, and until then the shared memory is "still in use":
 * so a start is tried again, a bounded number of times.
 */
async function launch(cluster: Cluster): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++) {
    const child = spawnPostmaster(cluster)
    if (await becomesReady(cluster, child)) {
      guard(child)
      return child
    }
    if (attempt === START_ATTEMPTS_MAX) break
    const log = await readFile(path.join(cluster.folder, 'log'), 'utf8').catch(() => '')
    if (/could not bind|could not create any TCP/.test(log)) {
      throw new Error(`Port ${String(cluster.port)}, which PostgreSQL is to use, is in use.`)
    }
    await pause(START_PAUSE_MS)
  }
  throw new Error(`PostgreSQL did not start; its log is ${path.join(cluster.folder, 'log')}.`)
}

/** In a session of its own, so that Ctrl-C in a terminal does not stop it before those who still use it. */
function spawnPostmaster(cluster: Cluster): ChildProcess {
  const log = openSync(path.join(cluster.folder, 'log'), 'w', 0o600)
  const child = spawn(cluster.binaries.postgres, flagsOf(cluster), {
    ...cluster.runAs,
    cwd: cluster.folder,
    env: environment(),
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {})
  return child
}

async function becomesReady(cluster: Cluster, child: ChildProcess): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += READY_POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    const file = await readPidFile(cluster.cluster)
    if (file?.ready && file.pid === child.pid) return true
    await pause(READY_POLL_MS)
  }
  child.kill('SIGKILL')
  return false
}
