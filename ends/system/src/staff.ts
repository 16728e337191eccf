import os from 'node:os'
import { connectDatabase } from './database.ts'
import { migrate } from './migrations.ts'
import { readSettings } from './settings.ts'
import { carryOut } from './staff/carry-out.ts'
import { USAGE, parseStaffCommand } from './staff/command.ts'

const EXIT_REFUSED = 1
const EXIT_MISUSED = 2

/** Staff's commands; see `staff/command.ts`. Exits 0 when done, 1 when refused, 2 when misunderstood. */
async function main(): Promise<number> {
  const parsed = parseStaffCommand(process.argv.slice(2))
  if (!parsed.ok) {
    process.stderr.write(`${parsed.error}\n\n${USAGE}\n`)
    return EXIT_MISUSED
  }
  const { settingsFile, json, command } = parsed.value
  const { database, est, publicOrigin } = readSettings(settingsFile)
  const sql = connectDatabase(database)
  try {
    await migrate(sql)
    const answer = await carryOut(sql, command, {
      actor: os.userInfo().username,
      atMs: Date.now(),
      publicOrigin,
      ...(est ? { estAddress: est.publicAddress } : {}),
    })
    const text = json ? JSON.stringify({ done: answer.done, ...answer.data }) : answer.words.join('\n')
    process.stdout.write(`${text}\n`)
    return answer.done ? 0 : EXIT_REFUSED
  } finally {
    await sql.end({ timeout: 5 })
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = EXIT_REFUSED
}
