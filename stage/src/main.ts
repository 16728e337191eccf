import { setTimeout as pause } from 'node:timers/promises'
import { renderUnicodeCompact } from 'uqr'
import { DEMONSTRATION } from '#hosting/demonstration.ts'
import { startHouse, type RunningHouse } from '#hosting/house.ts'
import { removeHouse } from '#hosting/house-removal.ts'
import { portIsTaken } from '#hosting/port.ts'
import { watchMachines, type Machines } from './machines.ts'
import { readOptions, USAGE, variableOf, type StageOptions } from './options.ts'
import { startStage } from './server.ts'
import { keepEarlierLines, startWatch } from './watch.ts'

const CODE_LIMIT_MS = 10_000
const CODE_POLL_MS = 100
/** npm passes a Ctrl-C on that we have had already; only a later one is a second one. */
const IMPATIENCE_MS = 2_000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A person gets one sentence, not a stack. */
function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (!options) {
    say(USAGE)
    return
  }
  await refuseTakenPorts(options)
  if (options.reset) await removeHouse(options.folder)
  const stopping = stopSignal()
  const stop = await start(options)
  if (!stopping.aborted) {
    await new Promise<void>((resolve) => {
      stopping.addEventListener('abort', () => {
        resolve()
      })
    })
  }
  await stop()
  say('Stopped. The next start goes on from here.')
}

/** Ctrl-C, or whoever runs us, asks for the end. Asked again after a while, it is at once: the guardian clears up. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  let askedAtMs = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted && Date.now() - askedAtMs > IMPATIENCE_MS) process.exit(1)
      if (stopping.signal.aborted) return
      askedAtMs = Date.now()
      say('\nStopping …')
      stopping.abort()
    })
  }
  return stopping.signal
}

async function refuseTakenPorts({ ports }: StageOptions): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (await portIsTaken(port)) {
      throw new Error(
        `Port ${String(port)}, for the ${name}, is in use: free it, or name another with ${variableOf(name)}.`,
      )
    }
  }
}

async function start(options: StageOptions): Promise<() => Promise<void>> {
  const { stage: stagePort, ...ports } = options.ports
  const earlier = keepEarlierLines()
  const house = await startHouse({
    folder: options.folder,
    fleet: DEMONSTRATION,
    ports,
    frameOrigins: [`http://localhost:${String(stagePort)}`],
    onLine: earlier.listener,
    onStart: (part) => {
      say(`  starting ${part}`)
    },
  })
  const watch = await startWatch(house, earlier)
  const machines = watchMachines(house)
  const stage = await startStage({ house, watch, machines, port: stagePort })
  say(await welcome(house, machines, stage.url))
  return async () => {
    await stage.stop()
    machines.stop()
    await watch.stop()
    await house.stop()
  }
}

async function welcome(house: RunningHouse, machines: Machines, stageUrl: string): Promise<string> {
  const code = await firstCode(machines)
  const customers = house.fleet.customers.map(
    ({ username, name }) =>
      `    ${name}: user ${username}, password ${house.provisioned.customerPasswords.get(username) ?? ''}`,
  )
  return [
    '',
    `  The stage          ${stageUrl}     (open this)`,
    `  The payer's page   ${house.systemUrl}`,
    `  The bank           ${house.bankUrl}`,
    '',
    "  The bank's customers, to approve payments with:",
    ...customers,
    ...(code === null
      ? []
      : [
          '',
          `  A payment code of ${code.name}:`,
          '',
          renderUnicodeCompact(code.url, { ecc: 'M' }),
          code.url,
        ]),
    '',
    '  Ctrl-C stops everything.',
  ].join('\n')
}

/** The washing machine's first code comes once the system has told its chip the tariff. */
async function firstCode(machines: Machines): Promise<{ name: string; url: string } | null> {
  for (let waitedMs = 0; waitedMs < CODE_LIMIT_MS; waitedMs += CODE_POLL_MS) {
    const found = machines.sights().find((machine) => machine.screen.kind === 'code' && machine.code !== '')
    if (found) {
      const name = DEMONSTRATION.machines.find(({ key }) => key === found.key)?.name ?? found.key
      return { name, url: found.code }
    }
    await pause(CODE_POLL_MS)
  }
  return null
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${sentence(error)}\n`)
  process.exitCode = 1
}
