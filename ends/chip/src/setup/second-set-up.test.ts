import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PROOF } from './bench.suite.ts'
import { type RunningChip, startWorld, until, type World } from './first-life.suite.ts'
import { airNetwork } from './radio/air.ts'

const COMMAND = path.resolve(import.meta.dirname, 'command.ts')
const NEW_HOME = { ssid: 'Laundry upstairs', passphrase: 'cleaner clothes' }

/** A real process with a system, a broker and a machine around it: the ways into set-up mode besides the page. */
describe('a chip set up in a terminal, and again by its button', () => {
  let world: World
  let chip: RunningChip

  before(async () => {
    world = await startWorld()
    chip = await world.start()
  })
  after(() => world.close())

  const said = (msg: string): number => chip.lines.filter((line) => line['msg'] === msg).length
  const lives = async (times: number): Promise<void> => {
    await until('life begins', () => said('life begins') === times)
    await until('a code on the display', () => world.thing.panel.view().screen.kind === 'code')
  }
  /** Nobody waits for an end: this signal is the button. */
  const holdButton = (): void => void chip.kill('SIGUSR2')

  test('from a file, over the process’s own interface', async () => {
    const file = path.join(world.folder, 'set-up.json')
    writeFileSync(file, JSON.stringify({ proof: PROOF, ...world.order }))
    const ready = await until('ready', () => chip.said('ready'))
    const { setupPort } = ready['what'] as { setupPort: number }
    const at = `http://127.0.0.1:${String(setupPort)}`
    const command = spawn(process.execPath, [COMMAND, 'chip', 'setup', '--at', at, '--file', file])
    let out = ''
    for (const stream of [command.stdout, command.stderr]) stream.on('data', (text) => (out += String(text)))
    await until('the command ends', () => command.exitCode !== null)
    assert.equal(command.exitCode, 0, out)
    assert.match(out, /Done/)
    await lives(1)
    assert.deepEqual(world.air.hotspots(), [])
  })

  test('the button opens its hotspot; it keeps its owner, and moves to another network without a claim code', async () => {
    const before = world.configuration()
    assert.ok(before)
    holdButton()
    const browser = await world.enter()
    const state = await browser.state()
    assert.deepEqual([state.phase, state.owned], ['open', true])
    world.air.put(airNetwork(NEW_HOME))
    const { machine } = world.order
    const order = { network: { kind: 'wifi', hidden: false, ...NEW_HOME }, machine }
    const answer = await browser.post('/api/set-up', order)
    assert.equal(answer.status, 202, answer.text)
    await lives(2)
    assert.deepEqual(world.air.joined(), [NEW_HOME.ssid])
    assert.deepEqual(world.air.hotspots(), [])
    const now = world.configuration()
    assert.deepEqual(now?.network, order.network)
    assert.deepEqual([now?.identity, now?.system], [before.identity, before.system])
  })

  test('a set-up that fails leaves it the network and the owner that it had', async () => {
    const before = world.configuration()
    holdButton()
    const browser = await world.enter()
    const { machine } = world.order
    const network = { kind: 'wifi', ssid: 'Nowhere', hidden: false, passphrase: 'clean clothes' }
    assert.equal((await browser.post('/api/set-up', { network, machine })).status, 202)
    let state = await browser.state()
    const look = async (): Promise<void> => {
      state = await browser.state()
    }
    await until('failed', () => {
      void look()
      return state.failure !== undefined
    })
    assert.deepEqual(state.failure, { step: 'joined', code: 'network-gone' })
    assert.deepEqual(world.configuration(), before)
    for (let tries = 0; tries < 5; tries += 1) await browser.post('/api/proof', { proof: 'wrong' })
    await lives(3)
    assert.deepEqual(world.air.joined(), [NEW_HOME.ssid])
    assert.deepEqual(world.air.hotspots(), [])
  })
})
