/**
 * The chip's process: `node ends/chip/src/main.ts --factory FILE.json` as it leaves the factory, `--settings FILE.json`
 * for one that somebody has provisioned by hand.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pino, { type Logger } from 'pino'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { connectWire } from '#machine/simulated/wire-client.ts'
import { machineUrl, type Result } from '#protocol'
import { Chip } from './core/chip.ts'
import type { FactorySettings } from './factory-settings.ts'
import { JournalFile } from './journal-file.ts'
import { MqttLink } from './link.ts'
import { fileKeys, hostClock, wireDisplay } from './node-ports.ts'
import { type ProcessSettings, readSettings, type SettingsError } from './settings.ts'
import { brokerDial } from './setup/identity/broker-dial.ts'
import { WallClock } from './setup/identity/wall-clock.ts'

function run(settings: ProcessSettings): void {
  const { chipId, paymentOrigin } = settings.chip
  const logger = pino({ base: { end: 'chip', chipId } })
  const log = ({ msg, ...fields }: { msg: string }): void => logger.info(fields, msg)
  const journal = new JournalFile(settings.journalFolder)
  const wall = new WallClock()
  const clock = hostClock(wall)
  const wire = connectWire(settings.wire)
  const identity = {
    certificatePem: readFileSync(settings.certificateFile, 'utf8'),
    privateKeyPem: readFileSync(settings.tlsKeyFile, 'utf8'),
  }
  const link = new MqttLink({
    chipId,
    dial: brokerDial({
      rootPem: readFileSync(settings.caFile, 'utf8'),
      clock: wall,
      timeoutMs: settings.linkTimes.connectTimeoutMs,
      now: () => ({ brokerUrl: settings.brokerUrl, identity, via: undefined }),
    }),
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
  endWith(logger, stop)
  chip.start()
  link.open()
  logger.info({ url: machineUrl(paymentOrigin, chipId) }, 'ready')
}

/** Ends in order on a signal, and at once where it must not go on. */
function endWith(logger: Logger, stop: () => void): void {
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.once('uncaughtException', (error) => {
    // A chip that cannot write its journal, or meets a bug, must not go on: the next boot asks the machine.
    logger.fatal({ err: error }, 'the chip stops')
    process.exit(1)
  })
}

/** Loaded only here: a chip with settings of its own starts without set-up and enrolment. */
async function runFactory(file: string): Promise<void> {
  const [{ startFactoryChip }, { readFactorySettings }] = await Promise.all([
    import('./factory.ts'),
    import('./factory-settings.ts'),
  ])
  const settings: FactorySettings = orRefuse(readFactorySettings(file))
  const logger = pino({ base: { end: 'chip', chipId: settings.chipId } })
  const log = ({ msg, ...fields }: { msg: string }): void => logger.info(fields, msg)
  let stop = (): void => process.exit(0)
  endWith(logger, () => stop())
  const started = await startFactoryChip(settings, log)
  if (!started.ok) return refuse(started.error.what)
  stop = () => {
    void started.value.stop().then(() => {
      log({ msg: 'stopped' })
      process.exit(0)
    })
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

function orRefuse<Value>(read: Result<Value, SettingsError>): Value {
  if (read.ok) return read.value
  const { setting, given, accepted } = read.error
  return refuse(`setting ${setting}: given ${given}; accepted is ${accepted}`)
}

const { values } = parseArgs({ options: { settings: { type: 'string' }, factory: { type: 'string' } } })
if (values.factory !== undefined) await runFactory(values.factory)
else if (values.settings !== undefined) run(orRefuse(readSettings(values.settings)))
else refuse('usage: node ends/chip/src/main.ts --factory FILE.json | --settings FILE.json')
