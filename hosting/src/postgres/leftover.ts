import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { commandLineOf, isRunning } from '../process-table.ts'

const POLL_INTERVAL_MS = 20
const FAST_STOP_LIMIT_MS = 10_000
const IMMEDIATE_STOP_LIMIT_MS = 5_000

interface PidFile {
  readonly pid: number
  readonly ready: boolean
}

/** What `postmaster.pid` says (its first line is the process, its eighth the status). Null without one. */
export async function readPidFile(cluster: string): Promise<PidFile | null> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => null)
  if (text === null) return null
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1) return null
  return { pid, ready: (lines[7] ?? '').trim() === 'ready' }
}

async function ended(pid: number, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_INTERVAL_MS) {
    if (!isRunning(pid)) return true
    await pause(POLL_INTERVAL_MS)
  }
  return !isRunning(pid)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in between.
  }
}

/** Stops a postmaster: fast, then immediate, then by force. */
export async function stopPostmaster(pid: number): Promise<void> {
  send(pid, 'SIGINT')
  if (await ended(pid, FAST_STOP_LIMIT_MS)) return
  send(pid, 'SIGQUIT')
  if (await ended(pid, IMMEDIATE_STOP_LIMIT_MS)) return
  send(pid, 'SIGKILL')
  await ended(pid, IMMEDIATE_STOP_LIMIT_MS)
}

/**
 * A postmaster outlives a parent that was killed. It is found by `postmaster.pid`, and stopped if the process
 * of that number really is the postmaster of this folder. A file left by a machine that lost power goes, too:
 * its number may belong to a stranger by now, and PostgreSQL would refuse to start.
 */
export async function stopLeftover(cluster: string): Promise<void> {
  const found = await readPidFile(cluster)
  if (!found) return
  if (isRunning(found.pid) && commandLineOf(found.pid).includes(cluster)) await stopPostmaster(found.pid)
  else await rm(path.join(cluster, 'postmaster.pid'), { force: true })
}
