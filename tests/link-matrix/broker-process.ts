import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { writeJson } from '#hosting/kept-file.ts'

const MAIN = 'ends/broker/src/main.ts'
const START_LIMIT_MS = 20_000
const LINE_LIMIT_MS = 3_000

export type LogLine = Readonly<Record<string, unknown>>

/** The broker as it is in service: a process of its own, of which only the log is seen. */
export class BrokerProcess {
  readonly lines: LogLine[] = []
  port = 0
  private readonly child: ChildProcess
  private heard: () => void = () => {}

  private constructor(settingsFile: string) {
    this.child = spawn(process.execPath, [MAIN, '--settings', settingsFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (!this.child.stdout) throw new TypeError('the broker has no output')
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as LogLine)
      this.heard()
    })
  }

  static async start(settingsFile: string, settings: unknown): Promise<BrokerProcess> {
    await writeJson(settingsFile, settings)
    const broker = new BrokerProcess(settingsFile)
    const ready = await broker.lineSince(0, 'ready', START_LIMIT_MS)
    if (!ready) throw new Error(`the broker did not start: ${JSON.stringify(broker.lines)}`)
    broker.port = Number(new URL(String(ready['url'])).port)
    return broker
  }

  /** The first line of that kind from this place of the log on; undefined if none comes. */
  async lineSince(start: number, msg: string, limitMs = LINE_LIMIT_MS): Promise<LogLine | undefined> {
    const deadline = Date.now() + limitMs
    for (;;) {
      const found = this.lines.slice(start).find((line) => line['msg'] === msg)
      const leftMs = deadline - Date.now()
      if (found || leftMs <= 0) return found
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.heard = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await exit
  }
}
