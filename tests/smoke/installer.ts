import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { SetupGiven, SetupView } from '#chip/setup/setup-view.ts'
import { HOME_NETWORK } from '#hosting/boxed-chip.ts'
import type { RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import { WebClient } from '../payer/web-client.ts'

const SET_UP_LIMIT_MS = 60_000
const POLL_MS = 100

/**
 * What an installer does with a chip out of the box, over its set-up page's own HTTP: hotspot, label, network, claim,
 * machine. Resolves once the chip lives its own life, and its machine sells. Throws an Error that says where it stopped.
 */
export async function setUpChip(house: RunningHouse, machine: RunningMachine): Promise<void> {
  const { box } = machine
  if (!box) throw new Error(`the chip of ${machine.plan.key} came in no box`)
  let [lives, linked] = [false, false]
  const forget = house.onLine((process, { msg }) => {
    if (process !== `chip-${machine.plan.key}`) return
    lives ||= msg === 'life begins'
    linked ||= lives && msg === 'link connected'
  })
  await machine.putBackPlug()
  await until('its hotspot', () => box.phone.join(box.label.ssid, box.label.passphrase) === 'joined')
  const phone = new WebClient(box.label.url)
  try {
    await post(phone, '/api/proof', { proof: box.label.proof })
    await post(phone, '/api/set-up', await answersOf(house, machine))
    await until('the end of its set-up', async () => {
      const view = await phone.get('/api/state').then(viewOf, () => undefined)
      if (view?.phase === 'failed') throw new Error(`failed at ${JSON.stringify(view.failure)}`)
      // Once it is done the hotspot goes, at the latest after its time; what it wrote then stays.
      return view?.phase === 'done' || (view === undefined && !box.air.hotspots().includes(box.label.ssid))
    })
    await until('the link of its new life', () => linked)
  } finally {
    forget()
    await phone.close()
  }
}

async function answersOf(house: RunningHouse, { plan }: RunningMachine): Promise<SetupGiven> {
  const { code, output } = await house.staff('--json', 'claim', plan.key)
  if (code !== 0) throw new Error(output)
  const { code: claimCode } = JSON.parse(output) as { code: string }
  const { ssid, passphrase } = HOME_NETWORK
  return {
    network: { kind: 'wifi', ssid, hidden: false, passphrase },
    system: { address: `localhost:${String(house.wiring.estPort)}`, claimCode },
    machine: { driver: 'simulated', wiring: 'wire' },
  }
}

async function post(phone: WebClient, path: string, body: object): Promise<void> {
  const { status, text } = await phone.postJson(path, body, randomUUID())
  if (status >= 400) throw new Error(`${path} answered ${String(status)}: ${text}`)
}

function viewOf(answer: { readonly text: string }): SetupView {
  return JSON.parse(answer.text) as SetupView
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + SET_UP_LIMIT_MS
  while (!(await look())) {
    if (Date.now() > endMs) throw new Error(`there never was ${what}`)
    await pause(POLL_MS)
  }
}
