import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { startBroker } from './broker.ts'
import { readSettings } from './settings.ts'

const { values } = parseArgs({ options: { settings: { type: 'string' } } })
const log = pino({ base: { end: 'broker' }, formatters: { level: (level) => ({ level }) } })

async function main(): Promise<void> {
  if (values.settings === undefined)
    throw new Error('usage: node ends/broker/src/main.ts --settings FILE.json')
  const settings = readSettings(values.settings)
  const broker = await startBroker(settings, log)
  const stop = () => {
    void broker.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  log.info({ url: `mqtts://${settings.listen.host}:${String(broker.port)}` }, 'ready')
}

try {
  await main()
} catch (error) {
  log.fatal(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
