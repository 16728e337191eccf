#!/usr/bin/env node
/** `farthing`: what is done on the chip itself, in a terminal or over SSH. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { SetupClient } from './command/client.ts'
import { dialogue } from './command/dialogue.ts'
import { fromFile } from './command/from-file.ts'
import { Terminal } from './command/terminal.ts'

const HERE = 'http://127.0.0.1:8090'
const DONE = 0
const FAILED = 1
const USAGE = 2

const HELP = `farthing chip setup [--file FILE] [--at ORIGIN]

  Sets up the chip that runs on this host, by questions and answers. The chip has to be in set-up mode: it is
  when it comes out of the box, and once its button was held.

  --file FILE   no questions: everything from a file of JSON (- is standard input):
                { "proof": "12345678",
                  "network": { "kind": "wifi", "ssid": "Laundry", "hidden": false, "passphrase": "…" },
                  "system": { "address": "pay.example.org", "claimCode": "XXXXX-XXXXX" },
                  "machine": { "driver": "simulated", "wiring": "wire" } }
                The network may be { "kind": "ethernet" }. The file holds secrets: keep it to yourself.
  --at ORIGIN   where the chip's set-up page is served; ${HERE} unless given

farthing verify FILE [--root ROOT.pem] [--json]

  Verifies the evidence of one payment, on any computer.

farthing help

Ends with 0 once the chip is set up, 1 if it is not, 2 if this command was not understood.
`

async function main(given: readonly string[]): Promise<number> {
  const asked = parse(given)
  if (asked === undefined || asked.words.join(' ') !== 'chip setup') {
    const help = asked?.help === true || asked?.words.join(' ') === 'help'
    ;(help ? process.stdout : process.stderr).write(HELP)
    return help ? DONE : USAGE
  }
  const at = URL.parse(asked.at)
  if (at?.protocol !== 'http:' || at.pathname !== '/') {
    process.stderr.write(`--at ${asked.at}: accepted is an origin, such as ${HERE}\n`)
    return USAGE
  }
  const client = new SetupClient(at.origin)
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  if (asked.file !== undefined) return (await fromFile(client, asked.file, say)) ? DONE : FAILED
  const terminal = new Terminal(process.stdin, process.stdout)
  const done = await dialogue(client, terminal)
  terminal.close()
  return done ? DONE : FAILED
}

interface Asked {
  readonly words: readonly string[]
  readonly file: string | undefined
  readonly at: string
  readonly help: boolean
}

function parse(given: readonly string[]): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        at: { type: 'string', default: HERE },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return { words: positionals, file: values.file, at: values.at, help: values.help }
  } catch {
    return undefined
  }
}

process.exitCode = await main(process.argv.slice(2))
