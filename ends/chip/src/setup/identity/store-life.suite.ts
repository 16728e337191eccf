/**
 * A chip's store through its life, step by step. As a process of its own, `node store-life.suite.ts FOLDER CALL`, it
 * kills itself at the call of this number to the disk, and says on standard output which steps were over.
 */
import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import type { Configuration, Pending } from './configuration.ts'
import { type Folder, openFolder } from './folder.ts'
import { Store } from './store.ts'

export const CHIP = '00000000000000c1'
export const ABOUT = { chipId: CHIP, alsoWiped: ['journal'] } as const
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'

export function pendingWith(keyFile: string, claimCode = 'ABCDE-FGHJK'): Pending {
  return {
    network: { kind: 'wifi', ssid: 'Waschhaus 名', hidden: false, passphrase: 'a long passphrase' },
    system: { address: { host: 'pay.example.org', port: 8443 }, claimCode },
    machine: { driver: 'simulated', wiring: 'wire' },
    keyFile,
  }
}

export function configurationWith(keyFile: string, certificatePem = 'first certificate'): Configuration {
  const { network, machine } = pendingWith(keyFile)
  return {
    chipId: CHIP,
    network,
    system: { address: { host: 'pay.example.org', port: 8443 } },
    machine,
    identity: { keyFile, certificatePem },
    connection: {
      brokerUrl: 'mqtts://broker.example.org:8883',
      paymentOrigin: 'https://pay.example.org',
      commandKeys: ['command certificate'],
    },
  }
}

export interface LifeStep {
  readonly name: string
  readonly take: (store: Store) => void
}

/** Set up, renewed, released, and set up once more. */
export const LIFE: readonly LifeStep[] = [
  {
    name: 'begin',
    take: (store) => {
      const keyFile = store.freshKeyFile()
      store.begin(pendingWith(keyFile), { keyFile, privateKeyPem: KEY })
    },
  },
  {
    name: 'begin with another claim, and another key',
    take: (store) => {
      const keyFile = store.freshKeyFile()
      store.begin(pendingWith(keyFile, 'ZZZZZ-ZZZZZ'), { keyFile, privateKeyPem: KEY })
    },
  },
  {
    name: 'configure',
    take: (store) => store.configure(configurationWith(store.pending()?.keyFile ?? 'none')),
  },
  {
    name: 'renew',
    take: (store) =>
      store.configure(configurationWith(store.configuration()?.identity.keyFile ?? 'none', 'second')),
  },
  { name: 'wipe', take: (store) => store.wipe() },
]

export function openStore(folder: Folder): Store {
  const opened = Store.open(folder, ABOUT)
  assert.ok(opened.ok, opened.ok ? '' : opened.error.say)
  return opened.value
}

/** The same without its repetitions, where each cut costs a process. */
export const SHORT_LIFE = LIFE.filter(({ name }) => ['begin', 'configure', 'wipe'].includes(name))

/** All that can be told apart from outside, key and leftovers included. */
export function stateOf(folder: Folder, store: Store): string {
  const keyFile = store.configuration()?.identity.keyFile ?? store.pending()?.keyFile
  if (keyFile !== undefined) assert.equal(store.key(keyFile), KEY)
  const { configuration, pending } = { configuration: store.configuration(), pending: store.pending() }
  return JSON.stringify({ configuration, pending, files: [...folder.list()].sort() })
}

/** Every call to the disk counts down; the last one never returns. A write is cut in its middle. */
function dying(folder: Folder, calls: number): Folder {
  let left = calls
  const die = (): boolean => {
    left -= 1
    return left < 0
  }
  const kill = (): void => {
    process.kill(process.pid, 'SIGKILL')
  }
  return {
    list: () => folder.list(),
    read: (name) => folder.read(name),
    write: (name, bytes) => {
      if (die()) {
        folder.write(name, bytes.subarray(0, bytes.length / 2))
        kill()
      }
      folder.write(name, bytes)
    },
    syncFile: (name) => (die() ? kill() : folder.syncFile(name)),
    rename: (from, to) => (die() ? kill() : folder.rename(from, to)),
    remove: (name) => (die() ? kill() : folder.remove(name)),
    syncNames: () => (die() ? kill() : folder.syncNames()),
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , path = '', calls = ''] = process.argv
  const store = openStore(dying(openFolder(path), Number(calls)))
  for (const { name, take } of SHORT_LIFE) {
    take(store)
    writeSync(process.stdout.fd, `${name}\n`)
  }
}
