import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Bus } from './bus.ts'
import { MANAGER, MANAGER_PATH } from './names.ts'

/** Another place of the program than the usual one. */
const PROGRAM = process.env.FARTHING_NETWORK_MANAGER ?? 'NetworkManager'
const START_TRIES_MAX = 100
const START_PAUSE_MS = 100
const CALL_MS_MAX = 5_000

/**
 * Why the real NetworkManager cannot be asked here; false where it can. It runs in a network namespace of its own, where it
 * sees no interface of the host.
 */
export function withoutRealNetworkManager(): string | false {
  if (spawnSync(PROGRAM, ['--version']).status !== 0) return 'NetworkManager is not installed'
  if (spawnSync('unshare', ['--net', '--mount', 'true']).status !== 0)
    return 'no network namespace of its own can be made here (it needs root)'
  return false
}

export interface RealNetworkManager {
  close(): Promise<void>
}

export async function startRealNetworkManager(address: string): Promise<RealNetworkManager> {
  const folder = await mkdtemp(path.join(tmpdir(), 'farthing-nm-'))
  const settings = path.join(folder, 'nm.conf')
  await writeFile(
    settings,
    `[main]\nplugins=keyfile\nauth-polkit=false\ndhcp=internal\ndns=none\nrc-manager=unmanaged\n[keyfile]\npath=${folder}/profiles\n`,
  )
  const start = `mount -t tmpfs tmpfs /run && mkdir -p ${folder}/conf.d && exec "$0" --no-daemon --config=${settings} --config-dir=${folder}/conf.d --system-config-dir=${folder}/conf.d --state-file=${folder}/state`
  const child = spawn('unshare', ['--net', '--mount', '--kill-child', 'sh', '-c', start, PROGRAM], {
    env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: address },
    stdio: 'ignore',
  })
  const close = async (): Promise<void> => {
    await stopped(child)
    await rm(folder, { recursive: true, force: true })
  }
  if (await answers(address)) return { close }
  await close()
  throw new Error('NetworkManager did not start')
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function answers(address: string): Promise<boolean> {
  const bus = new Bus(address, CALL_MS_MAX)
  try {
    for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
      if ((await bus.property(MANAGER_PATH, MANAGER, 'Version')).ok) return true
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS))
    }
    return false
  } finally {
    await bus.close()
  }
}
