import { spawn, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/**
 * Nothing that this process started may outlive it, not even when it is killed. A small shell reads our end of
 * a pipe: `+pid` for what was started, `-pid` for what has ended. When the pipe closes, because we ended in
 * whatever way, it stops what is left: SIGTERM, some seconds, SIGKILL. (A postmaster takes SIGTERM for "wait
 * for the clients", so SIGINT follows it.)
 */
const SCRIPT = `
left=" "
while read -r line; do
  pid="\${line#?}"
  case "$line" in
    +*) left="$left$pid " ;;
    -*) left="\${left%% $pid *} \${left#* $pid }" ;;
  esac
done
alive() { for pid in $left; do kill -0 "$pid" 2>/dev/null && return 0; done; return 1; }
for signal in TERM INT; do
  for pid in $left; do kill -s "$signal" "$pid" 2>/dev/null; done
  tries=0
  while alive && [ "$tries" -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done
done
for pid in $left; do kill -s KILL "$pid" 2>/dev/null; done
`

let guardian: Writable | null = null

function pipe(): Writable {
  if (guardian && !guardian.destroyed) return guardian
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  shell.unref()
  shell.on('error', () => {})
  const input = shell.stdin
  input.on('error', () => {})
  // The pipe must not keep this process running.
  if (input instanceof Socket) input.unref()
  guardian = input
  return input
}

/** Sees to it that a started process ends when this one does. */
export function guard(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  pipe().write(`+${String(pid)}\n`)
  child.once('exit', () => {
    pipe().write(`-${String(pid)}\n`)
  })
}
