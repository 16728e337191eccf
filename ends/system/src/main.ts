import { createLog } from './log.ts'
import { faultOf } from './http/failure.ts'
import { type Settings, SettingsError, readSettings } from './settings.ts'
import { startSystem } from './system.ts'

const STOP_MS_MAX = 10_000

/** `node ends/system/src/main.ts --settings FILE.json` */
async function main(): Promise<void> {
  const file = process.argv[process.argv.indexOf('--settings') + 1]
  if (!process.argv.includes('--settings') || file === undefined) {
    throw new SettingsError('Start me with --settings FILE.json.')
  }
  const settings: Settings = readSettings(file)
  const log = createLog(settings.logLevel)
  const fatal = (error: unknown) => {
    // What nobody expected may have left anything half done: the journal knows better than this process.
    log.fatal(faultOf(error), 'stopped: a fault that nobody expected')
    process.exit(1)
  }
  process.on('uncaughtException', fatal)
  process.on('unhandledRejection', fatal)
  const system = await startSystem(settings, log)
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref()
    system.stop().then(() => process.exit(0), fatal)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  log.info({ url: system.url }, 'ready')
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${message}\n`)
  process.exit(1)
})
