import { parseArgs } from 'node:util'

export interface StageOptions {
  readonly folder: string
  readonly reset: boolean
  readonly ports: {
    readonly stage: number
    readonly system: number
    readonly bank: number
    readonly broker: number
    readonly est: number
    readonly postgres: number
  }
}

const PORT_MAX = 65_535
const DEFAULT_PORTS = { stage: 8080, system: 8081, bank: 8082, broker: 8883, est: 8443, postgres: 54_329 }
const DEFAULT_FOLDER = '.farthing'

export const USAGE = `npm start [-- --reset] [-- --folder FOLDER]

  --reset          start afresh: forget all payments, keys and accounts
  --folder FOLDER  where everything is kept (FARTHING_FOLDER); default ${DEFAULT_FOLDER}

  Ports, each by an environment variable:
  FARTHING_STAGE_PORT ${String(DEFAULT_PORTS.stage)}, FARTHING_SYSTEM_PORT ${String(DEFAULT_PORTS.system)}, \
FARTHING_BANK_PORT ${String(DEFAULT_PORTS.bank)},
  FARTHING_BROKER_PORT ${String(DEFAULT_PORTS.broker)}, FARTHING_EST_PORT ${String(DEFAULT_PORTS.est)}, FARTHING_POSTGRES_PORT ${String(DEFAULT_PORTS.postgres)}
`

/** From the command line and the environment. Throws an Error with one sentence. Null: the person asked for help. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): StageOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      reset: { type: 'boolean', default: false },
      folder: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const port = (name: keyof typeof DEFAULT_PORTS) => {
    const variable = `FARTHING_${name.toUpperCase()}_PORT`
    const given = environment[variable]
    if (given === undefined || given === '') return DEFAULT_PORTS[name]
    const number = Number(given)
    if (Number.isInteger(number) && number > 0 && number <= PORT_MAX) return number
    throw new Error(`${variable} is "${given}"; accepted is a port from 1 to ${String(PORT_MAX)}.`)
  }
  return {
    folder: values.folder ?? environment['FARTHING_FOLDER'] ?? DEFAULT_FOLDER,
    reset: values.reset,
    ports: {
      stage: port('stage'),
      system: port('system'),
      bank: port('bank'),
      broker: port('broker'),
      est: port('est'),
      postgres: port('postgres'),
    },
  }
}

/** The variable that moves a port, for the sentence that says it is taken. */
export function variableOf(name: string): string {
  return `FARTHING_${name.toUpperCase()}_PORT`
}
