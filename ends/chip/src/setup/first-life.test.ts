import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { RetirementId } from '#protocol'
import { isMessage } from '#protocol/message/registry.ts'
import type { Browser } from './bench.suite.ts'
import { CHIP, follow, HOME, type RunningChip, startWorld, until, type World } from './first-life.suite.ts'
import { airNetwork } from './radio/air.ts'
import { SETUP_STEPS, type SetupView } from './setup-view.ts'

describe('the first life of a chip, from its box to its first heartbeat', () => {
  let world: World

  before(async () => {
    world = await startWorld()
  })

  after(() => world.close())

  async function setUp(browser: Browser, order: unknown = world.order): Promise<SetupView> {
    const answer = await browser.post('/api/set-up', order)
    assert.equal(answer.status, 202, answer.text)
    for (;;) {
      const view = await browser.state()
      if (view.phase === 'done' || view.phase === 'failed') return view
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const lives = async (chip: RunningChip): Promise<void> => {
    await until('life begins', () => chip.said('life begins'))
    await until('a code on the display', () => world.thing.panel.view().screen.kind === 'code')
  }

  test('set up through the page, it lives; started again, it goes on; its log holds no secret', async () => {
    world.unpack('first')
    const chip = await world.start()
    assert.equal(world.configuration(), undefined)
    const view = await setUp(await world.enter())
    assert.deepEqual(
      view.steps.map(({ status }) => status),
      SETUP_STEPS.map(() => 'done'),
      JSON.stringify(view.failure),
    )
    await lives(chip)
    const said = JSON.stringify(chip.lines)
    for (const secret of [HOME.passphrase, world.order.system.claimCode, 'PRIVATE KEY']) {
      assert.ok(!said.includes(secret), secret)
    }
    await chip.kill()
    world.thing.losePower()
    world.thing.restorePower()
    const again = await world.start()
    assert.deepEqual(world.air.hotspots(), [])
    await lives(again)
    assert.equal(await again.kill('SIGTERM'), 0)
  })

  test('a router that is slow at boot: it waits, and the hotspot stays away', async () => {
    world.air.remove(HOME.ssid)
    const chip = await world.start()
    await until('tells that the network is gone', () =>
      chip.lines.find((line) => JSON.stringify(line['what'] ?? '').includes('network-gone')),
    )
    assert.deepEqual(world.air.hotspots(), [])
    const heard = world.system.heard.length
    world.air.put(airNetwork(HOME))
    await until('hello', () => world.system.heard.slice(heard).find((message) => isMessage(message, 'hello')))
    assert.deepEqual(world.air.hotspots(), [])
    await chip.kill('SIGTERM')
  })

  test('a command key that is new is fetched when a message names it', async () => {
    const chip = await world.start()
    await lives(chip)
    const next = await world.newCommandKey('next')
    world.est.commandCertificates = [next.certificatePem]
    world.system.signer = next.signer
    world.system.tariffVersion = 8
    // As the system does: said again until it is heard.
    await until('the new tariff', () => {
      if (chip.lines.some((line) => JSON.stringify(line['what'] ?? '').includes('"tariffVersion":8')))
        return true
      world.say(world.tariff())
      return undefined
    })
    assert.equal(world.configuration()?.connection.commandKeys.length, 1)
    await chip.kill('SIGTERM')
  })

  test('a certificate that is over is renewed, and then the chip is back', async () => {
    await world.lapse()
    const heard = world.system.heard.length
    const chip = await world.start()
    await until('renewed', () => chip.said('certificate renewed'))
    await until('hello', () => world.system.heard.slice(heard).find((message) => isMessage(message, 'hello')))
    await chip.kill('SIGTERM')
  })

  test('it leaves its owner, is as out of the box, and can be set up again', async () => {
    const chip = await world.start()
    await lives(chip)
    const retirementId = RetirementId.of('0123456789abcdef0123456789abcdef')
    world.say({ name: 'retire', chipId: CHIP, retirementId })
    await until('wiped', () => chip.said('wiped'))
    assert.ok(world.system.heard.some((message) => isMessage(message, 'retired')))
    assert.deepEqual(readdirSync(world.dataFolder()), [])
    world.est.claims.set(world.order.system.claimCode, undefined)
    const view = await setUp(await world.enter())
    assert.equal(view.phase, 'done', JSON.stringify(view.failure))
    await until('lives again', () => chip.lines.filter((line) => line['msg'] === 'life begins').length === 2)
    await chip.kill('SIGTERM')
  })

  test('every failure leaves it able to be set up', async () => {
    world.unpack('failing')
    const chip = await world.start()
    const browser = await world.enter()
    const wrong = { ...world.order, network: { ...world.order.network, passphrase: 'not that one' } }
    assert.equal((await setUp(browser, wrong)).failure?.code, 'wrong-password')
    const unknown = { ...world.order, system: { ...world.order.system, claimCode: '00000-00000' } }
    assert.equal((await setUp(browser, unknown)).failure?.code, 'claim-unknown')
    const nobody = { ...world.order, system: { ...world.order.system, address: 'localhost:1' } }
    assert.equal((await setUp(browser, nobody)).failure?.code, 'system-unreachable')
    assert.equal(world.configuration(), undefined)
    assert.equal((await setUp(browser)).phase, 'done')
    await lives(chip)
    await chip.kill('SIGTERM')
  })

  test('a broken configuration stops the start with its name and what to do', async () => {
    world.unpack('broken')
    mkdirSync(world.dataFolder())
    writeFileSync(path.join(world.dataFolder(), 'configuration.json'), '{"format":1,')
    assert.equal((await world.start()).exitCode(), 2)
    assert.equal(readFileSync(path.join(world.dataFolder(), 'configuration.json'), 'utf8'), '{"format":1,')
  })

  for (const step of SETUP_STEPS) {
    test(`killed at the step "${step}": as before or done, and set up by the next start`, async () => {
      world.unpack(`killed-at-${step}`)
      const chip = await world.start()
      const browser = await world.enter()
      let killed: Promise<unknown> | undefined
      const unfollow = follow(world.phone.port, browser, ({ steps }) => {
        const seen = steps.find((one) => one.step === step)
        if (seen?.status === 'working' || seen?.status === 'done') killed ??= chip.kill()
      })
      await browser.post('/api/set-up', world.order).catch(() => {})
      await until('killed', () => killed)
      await killed
      unfollow()
      const done = world.configuration()
      if (done !== undefined) assert.ok(existsSync(path.join(world.dataFolder(), done.identity.keyFile)))

      const next = await world.start()
      const resumes = existsSync(path.join(world.dataFolder(), 'pending.json'))
      if (done === undefined && !resumes) {
        const view = await setUp(await world.enter())
        assert.equal(view.phase, 'done', JSON.stringify(view.failure))
      }
      await lives(next)
      assert.ok(world.configuration())
      assert.ok(!existsSync(path.join(world.dataFolder(), 'pending.json')))
      assert.equal(await next.kill('SIGTERM'), 0)
    })
  }
})
