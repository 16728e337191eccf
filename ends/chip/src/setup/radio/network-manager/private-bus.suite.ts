import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

/** A bus daemon of its own, in a temporary folder: the real one, with the rules of a system bus that trusts everybody. */
export interface PrivateBus {
  readonly address: string
  /** The daemon is killed; whoever was on the bus loses it. */
  stop(): Promise<void>
  /** A daemon at the same address again. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Why the tests that need the daemon cannot run here; false where they can. */
export function withoutBusDaemon(): string | false {
  const asked = spawnSync('dbus-daemon', ['--version'])
  return asked.status === 0 ? false : 'dbus-daemon is not installed (Debian: apt-get install dbus)'
}

export async function startPrivateBus(): Promise<PrivateBus> {
  const folder = await mkdtemp(path.join(tmpdir(), 'farthing-bus-'))
  const address = `unix:path=${path.join(folder, 'bus')}`
  const settings = path.join(folder, 'bus.conf')
  await writeFile(
    settings,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true"/><allow receive_sender="*"/>
  </policy>
</busconfig>
`,
  )
  let daemon = await startDaemon(settings)
  const killed = (): unknown => daemon.kill('SIGKILL')
  process.once('exit', killed)
  const stop = async (): Promise<void> => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return
    daemon.kill('SIGKILL')
    await once(daemon, 'exit')
  }
  return {
    address,
    stop,
    start: async () => {
      await stop()
      await rm(path.join(folder, 'bus'), { force: true })
      daemon = await startDaemon(settings)
    },
    close: async () => {
      await stop()
      process.off('exit', killed)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startDaemon(settings: string): Promise<ChildProcess> {
  const daemon = spawn(
    'dbus-daemon',
    ['--nofork', '--nopidfile', '--print-address=1', `--config-file=${settings}`],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  // It says its address once it listens.
  await Promise.race([
    once(daemon.stdout, 'data'),
    once(daemon, 'exit').then(() => Promise.reject(new Error('dbus-daemon did not start'))),
  ])
  return daemon
}
