import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { guard } from './guardian.ts'
import { commandLineOf, isRunning } from './process-table.ts'

/** One JSON line of a process's log. */
export type LogLine = Readonly<Record<string, unknown>>
export type LogListener = (process: string, line: LogLine) => void

export interface ProcessPlan {
  /** Unique in the house: `system`, `bank`, `broker`, `chip-washer`. */
  readonly name: string
  /** Of the repository, such as `ends/bank/src/main.ts`. */
  readonly script: string
  readonly settingsFile: string
  /** What the script calls its settings file. `--settings` by default. */
  readonly flag?: '--settings' | '--factory'
  /** Start again, after growing pauses, when it ends without having been told to. False by default. */
  readonly restart?: boolean
}

export interface HostedProcess {
  readonly name: string
  readonly settingsFile: string
  pid(): number | null
  isRunning(): boolean
  /** What its last `ready` line said. */
  ready(): LogLine
  /** Starts it again after `kill` or `stop`; resolves when it is ready. */
  start(): Promise<void>
  /** SIGTERM, and SIGKILL after a while. It stays down until `start`. */
  stop(): Promise<void>
  /** SIGKILL. It stays down until `start`. */
  kill(): Promise<void>
  /** SIGSTOP: it is there, and does nothing. */
  suspend(): void
  /** SIGCONT. */
  resume(): void
}

export interface Processes {
  start(plan: ProcessPlan): Promise<HostedProcess>
  /** The same, not running yet: for what nobody has switched on. */
  prepare(plan: ProcessPlan): HostedProcess
  get(name: string): HostedProcess | undefined
  onLine(listener: LogListener): () => void
  /** Stops all, the last started first. */
  stop(): Promise<void>
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const READY_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 10_000
const SWEEP_LIMIT_MS = 5_000
const SWEEP_POLL_MS = 20
const RESTART_PAUSE_FIRST_MS = 200
const RESTART_PAUSE_MAX_MS = 10_000
/** After so many failed starts in a row it is left down. */
const RESTARTS_MAX = 10
/** After running so long the count of failed starts begins anew. */
const STABLE_AFTER_MS = 30_000
const LAST_WORDS_MAX = 5

/** Starts and watches the processes of one house. Their logs go to `folder/log`, their numbers to `folder/pid`. */
export async function openProcesses(folder: string): Promise<Processes> {
  const pids = path.join(folder, 'pid')
  const logs = path.join(folder, 'log')
  await mkdir(pids, { recursive: true })
  await mkdir(logs, { recursive: true })
  await sweep(pids)
  const listeners = new Set<LogListener>()
  const hosted = new Map<string, Hosted>()
  const prepare = (plan: ProcessPlan): Hosted => {
    const one = new Hosted(plan, {
      pids,
      logs,
      tell: (line) => listeners.forEach((to) => to(plan.name, line)),
    })
    hosted.set(plan.name, one)
    return one
  }
  return {
    prepare,
    start: async (plan) => {
      const one = prepare(plan)
      await one.start()
      return one
    },
    get: (name) => hosted.get(name),
    onLine: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: async () => {
      for (const one of [...hosted.values()].toReversed()) await one.stop()
    },
  }
}

/** Ends what an earlier house left behind when it was killed together with its guardian. */
async function sweep(pids: string): Promise<void> {
  for (const name of await readdir(pids)) {
    const file = path.join(pids, name)
    const [number, settingsFile] = (await readFile(file, 'utf8')).split('\n')
    const pid = Number(number)
    if (settingsFile && isRunning(pid) && commandLineOf(pid).includes(settingsFile)) {
      process.kill(pid, 'SIGKILL')
      for (let waitedMs = 0; isRunning(pid) && waitedMs < SWEEP_LIMIT_MS; waitedMs += SWEEP_POLL_MS) {
        await pause(SWEEP_POLL_MS)
      }
    }
    await rm(file, { force: true })
  }
}

interface Place {
  readonly pids: string
  readonly logs: string
  readonly tell: (line: LogLine) => void
}

class Hosted implements HostedProcess {
  readonly name: string
  readonly settingsFile: string
  private readonly plan: ProcessPlan
  private readonly place: Place
  private readonly log: WriteStream
  private child: ChildProcess | null = null
  private wanted = false
  private restarting = false
  private failures = 0
  private startedAtMs = 0
  private readyLine: LogLine = {}
  private lastWords: string[] = []

  constructor(plan: ProcessPlan, place: Place) {
    this.plan = plan
    this.name = plan.name
    this.settingsFile = plan.settingsFile
    this.place = place
    this.log = createWriteStream(path.join(place.logs, `${plan.name}.log`), { flags: 'a', mode: 0o600 })
    this.log.on('error', () => {})
  }

  pid(): number | null {
    return this.isRunning() ? (this.child?.pid ?? null) : null
  }

  isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null
  }

  ready(): LogLine {
    return this.readyLine
  }

  async start(): Promise<void> {
    if (this.isRunning()) return
    await this.launch()
    this.wanted = true
  }

  async stop(): Promise<void> {
    this.wanted = false
    const gone = this.gone()
    this.signal('SIGCONT')
    this.signal('SIGTERM')
    const force = setTimeout(() => {
      this.signal('SIGKILL')
    }, STOP_LIMIT_MS)
    await gone
    clearTimeout(force)
  }

  async kill(): Promise<void> {
    this.wanted = false
    const gone = this.gone()
    this.signal('SIGKILL')
    await gone
  }

  suspend(): void {
    this.signal('SIGSTOP')
  }

  resume(): void {
    this.signal('SIGCONT')
  }

  private signal(name: NodeJS.Signals): void {
    if (this.isRunning()) this.child?.kill(name)
  }

  private gone(): Promise<void> {
    const { child } = this
    if (!child || !this.isRunning()) return Promise.resolve()
    return new Promise((resolve) => {
      child.once('exit', () => {
        resolve()
      })
    })
  }

  /** In a session of its own: Ctrl-C in the terminal reaches the house, which then stops all in order. */
  private async launch(): Promise<void> {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const child = spawn(
      process.execPath,
      [this.plan.script, this.plan.flag ?? '--settings', this.settingsFile],
      {
        cwd: ROOT,
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    this.child = child
    this.lastWords = []
    guard(child)
    const pidFile = path.join(this.place.pids, this.name)
    await writeFile(pidFile, `${String(child.pid ?? 0)}\n${this.settingsFile}\n`)
    child.once('exit', () => {
      void rm(pidFile, { force: true })
      void this.ended(child)
    })
    this.startedAtMs = Date.now()
    await this.untilReady(child)
  }

  private untilReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`${this.name} was not ready within ${String(READY_LIMIT_MS / 1000)} s.`))
      }, READY_LIMIT_MS)
      child.once('error', reject)
      child.once('close', () => {
        clearTimeout(limit)
        reject(new Error(`${this.name} did not start: ${this.lastWords.join(' ') || 'it said nothing'}`))
      })
      const hear = (text: string) => {
        const line = this.hear(text)
        if (line?.['msg'] !== 'ready') return
        clearTimeout(limit)
        this.readyLine = line
        resolve()
      }
      if (child.stdout) createInterface({ input: child.stdout }).on('line', hear)
      if (child.stderr) createInterface({ input: child.stderr }).on('line', hear)
    })
  }

  private hear(text: string): LogLine | null {
    this.log.write(`${text}\n`)
    const line = parseLine(text)
    const words = line ? line['msg'] : text
    const level = line?.['level']
    if (typeof words === 'string' && (!line || level === 'fatal' || level === 'error' || level === 60)) {
      this.lastWords = [...this.lastWords, words].slice(-LAST_WORDS_MAX)
    }
    if (line) this.place.tell(line)
    return line
  }

  private async ended(child: ChildProcess): Promise<void> {
    if (!this.wanted || !this.plan.restart || this.restarting) return
    const how = child.signalCode ?? `code ${String(child.exitCode)}`
    this.place.tell({ level: 'error', end: 'hosting', msg: 'ended unexpectedly', process: this.name, how })
    if (Date.now() - this.startedAtMs > STABLE_AFTER_MS) this.failures = 0
    this.restarting = true
    while (this.wanted && !this.isRunning() && this.failures < RESTARTS_MAX) {
      await pause(Math.min(RESTART_PAUSE_FIRST_MS * 2 ** this.failures, RESTART_PAUSE_MAX_MS))
      this.failures += 1
      if (!this.wanted || this.isRunning()) break
      await this.launch().catch(() => {})
    }
    this.restarting = false
    if (!this.wanted) this.signal('SIGTERM')
  }
}

function parseLine(text: string): LogLine | null {
  if (!text.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
