/** The chip's process: `node ends/chip/src/main.ts --settings FILE.json`. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { connectWire } from '#machine/simulated/wire-client.ts'
import { machineUrl } from '#protocol'
import { Chip } from './core/chip.ts'
import { JournalFile } from './journal-file.ts'
import { MqttLink } from './link.ts'
import { fileKeys, hostClock, wireDisplay } from './node-ports.ts'
import { type ProcessSettings, readSettings } from './settings.ts'

function run(settings: ProcessSettings): void {
  const { chipId, paymentOrigin } = settings.chip
  const logger = pino({ base: { end: 'chip', chipId } })
  const log = ({ msg, ...fields }: { msg: string }): void => logger.info(fields, msg)
  const journal = new JournalFile(settings.journalFolder)
  const clock = hostClock()
  const wire = connectWire(settings.wire)
  const link = new MqttLink({
    chipId,
    brokerUrl: settings.brokerUrl,
    tls: {
      ca: readFileSync(settings.caFile, 'utf8'),
      cert: readFileSync(settings.certificateFile, 'utf8'),
      key: readFileSync(settings.tlsKeyFile, 'utf8'),
    },
    times: settings.linkTimes,
    log,
  })
  const chip = new Chip(
    {
      keys: fileKeys(settings.keyFile, settings.systemKeyFiles),
      clock,
      journal,
      link,
      display: wireDisplay(wire),
      machine: new SimulatedDriver({ wire, clock }),
      log,
    },
    settings.chip,
  )
  const stop = (): void => {
    chip.stop()
    link.close()
    wire.close()
    journal.close()
    log({ msg: 'stopped' })
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.once('uncaughtException', (error) => {
    // A chip that cannot write its journal, or meets a bug, must not go on: the next boot asks the machine.
    logger.fatal({ err: error }, 'the chip stops')
    process.exit(1)
  })
  chip.start()
  link.open()
  logger.info({ url: machineUrl(paymentOrigin, chipId) }, 'ready')
}

const { values } = parseArgs({ options: { settings: { type: 'string' } } })
if (values.settings === undefined) {
  process.stderr.write('usage: node ends/chip/src/main.ts --settings FILE.json\n')
  process.exit(2)
}
const read = readSettings(values.settings)
if (read.ok) {
  run(read.value)
} else {
  const { setting, given, accepted } = read.error
  process.stderr.write(`setting ${setting}: given ${given}; accepted is ${accepted}\n`)
  process.exit(2)
}
