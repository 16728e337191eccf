import { parseArgs } from 'node:util'
import { startBank } from './bank.ts'
import { createLog, faultOf } from './log.ts'
import { readSettings } from './settings.ts'

const log = createLog()

try {
  const { values } = parseArgs({ options: { settings: { type: 'string' } } })
  if (values.settings === undefined) throw new Error('usage: main.ts --settings FILE.json')
  const bank = await startBank(readSettings(values.settings), log)
  log.info({ url: bank.url }, 'ready')
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    void bank.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error(faultOf(error), 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (error) {
  log.fatal(faultOf(error), 'cannot start')
  process.exit(1)
}
