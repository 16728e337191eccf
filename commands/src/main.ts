#!/usr/bin/env node
/** `farthing`: the commands of all ends under one name. Each end has its own; here is only who is meant. */
import process from 'node:process'

const [word, ...rest] = process.argv.slice(2)

if (word === 'verify') {
  const { verifyCommand } = await import('#system/evidence/command.ts')
  process.exitCode = await verifyCommand(rest, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  })
} else {
  // Reads the command line itself, and says what there is if it is not understood.
  await import('#chip/setup/command.ts')
}
