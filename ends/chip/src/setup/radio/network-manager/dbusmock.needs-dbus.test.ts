/**
 * A second opinion: python-dbusmock's template of NetworkManager, written by others for other clients. It has neither states
 * on the way nor AddAndActivateConnection2, so that joining cannot be tried on it; what is read from it can.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createClient, type MessageBus } from 'dbus-native'
import { openNetworkManagerRadio } from '../network-manager-radio.ts'
import { MANAGER, MANAGER_PATH } from './names.ts'
import { startPrivateBus, withoutBusDaemon } from './private-bus.suite.ts'

const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import dbusmock']).status === 0,
)
const WITHOUT = withoutBusDaemon() || (PYTHON === undefined && 'python3-dbusmock is not installed')
const MOCK = 'org.freedesktop.DBus.Mock'
const START_TRIES_MAX = 100
const START_PAUSE_MS = 100
const STATE_DISCONNECTED = 30
const MODE_INFRASTRUCTURE = 2
const KEY_MANAGEMENT_PSK = 0x100
const KEY_MANAGEMENT_ENTERPRISE = 0x200

async function startTemplate(address: string): Promise<ChildProcess> {
  return spawn(PYTHON ?? 'python3', ['-m', 'dbusmock', '--system', '--template', 'networkmanager'], {
    env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: address },
    stdio: 'ignore',
  })
}

interface Telling {
  readonly member: string
  readonly signature: string
  readonly body: unknown[]
}

async function tell(bus: MessageBus, telling: Telling): Promise<unknown> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await bus.invoke({ destination: MANAGER, path: MANAGER_PATH, interface: MOCK, ...telling })
    } catch (error) {
      // It takes a while until it is on the bus.
      if (tries >= START_TRIES_MAX) throw error
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS))
    }
  }
}

describe('python-dbusmock', { skip: WITHOUT }, () => {
  test('networks are read from it, and a wish to join that it cannot carry out fails as such', async () => {
    const daemon = await startPrivateBus()
    const template = await startTemplate(daemon.address)
    const bus = createClient({ busAddress: daemon.address })
    try {
      const wifi = await tell(bus, {
        member: 'AddWiFiDevice',
        signature: 'ssu',
        body: ['wifi', 'wlan0', STATE_DISCONNECTED],
      })
      const points = [
        ['ap1', 'Laundry', 60, KEY_MANAGEMENT_PSK],
        ['ap2', 'Laundry', 80, KEY_MANAGEMENT_PSK],
        ['ap3', 'Office', 40, KEY_MANAGEMENT_ENTERPRISE],
        ['ap4', 'Café', 70, 0],
      ] as const
      for (const [name, ssid, strength, security] of points) {
        await tell(bus, {
          member: 'AddAccessPoint',
          signature: 'ssssuuuyu',
          body: [wifi, name, ssid, '00:23:F8:7E:12:BB', MODE_INFRASTRUCTURE, 2437, 54000, strength, security],
        })
      }
      const radio = await openNetworkManagerRadio({ interface: 'wlan0', busAddress: daemon.address })
      assert.deepEqual(await radio.scan(), {
        ok: true,
        value: [
          { ssid: 'Laundry', strengthPercent: 80, security: 'wpa-personal' },
          { ssid: 'Café', strengthPercent: 70, security: 'open' },
          { ssid: 'Office', strengthPercent: 40, security: 'wpa-enterprise' },
        ],
      })
      assert.equal(await radio.ethernet(), false)
      assert.deepEqual(await radio.join({ ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }), {
        ok: false,
        error: 'radio-failed',
      })
      await radio.close()
    } finally {
      await bus.close()
      template.kill('SIGKILL')
      if (template.exitCode === null && template.signalCode === null) await once(template, 'exit')
      await daemon.close()
    }
  })
})
