import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SETUP_STEPS } from '#chip/setup/setup-view.ts'
import { LANGUAGES } from '../../ends/installer/src/words/speak.ts'
import { until } from '../browser/until.ts'
import { FILLED, LINK, LOST, OPEN, theatre } from './scene.suite.ts'
import { PROOF, stepsTo } from './stub-chip.suite.ts'
import { fillIn, giveProof } from './way.suite.ts'

/** The hotspot goes and comes back, at the worst of times. */
const scene = theatre()
for (const locale of ['en', 'zh-CN'] as const)
  test(`from the label's proof to a machine that is online (${locale})`, () =>
    scene({}, { locale }, async ({ stub, phone }) => {
      const { words } = LANGUAGES[locale]
      await phone.open(stub.url)
      await giveProof(phone, PROOF)
      await fillIn(phone, { ...FILLED, address: 'Pay.example.org', claimCode: '4k7qm2x9dt' })
      await phone.touch('try-it')
      await phone.says('tried', /./)
      assert.equal(await phone.read('tried'), words.tryReady)
      await phone.touch('connect')
      await phone.sees('screen-progress')
      for (const step of SETUP_STEPS) {
        stub.reach(step)
        await phone.page.locator(`[data-testid=step-${step}][data-status=working]`).waitFor()
      }
      const said = await phone.page.locator('#said').textContent()
      assert.equal(said, `${words.stepHeartbeat}: ${words.statusWorking}`)
      stub.show({ phase: 'done' })
      await phone.sees('screen-done')
      assert.equal(await phone.read('title'), words.doneTitle)
      assert.match(await phone.read('chip-number'), /^7F3A.0011.2233.445D$/)
      assert.deepEqual(stub.posts.at(-1), {
        path: '/api/set-up',
        body: {
          network: { kind: 'wifi', ssid: 'Laundry', hidden: false, passphrase: 'warm water' },
          system: { address: 'pay.example.org', claimCode: '4K7QM-2X9DT' },
          machine: { driver: 'relay', wiring: 'b' },
        },
      })
      const stored = await phone.page.evaluate(() => [
        localStorage.length,
        sessionStorage.length,
        document.cookie,
        location.href,
      ])
      assert.deepEqual(stored, [0, 0, '', `${stub.url}/`])
      // Online: the hotspot goes, and the page has nothing to complain about.
      stub.goAway()
      await phone.page.evaluate(() => dispatchEvent(new Event('online')))
      await phone.sees('screen-done')
    }))

test('where the hotspot goes it is said beforehand, and the result stands there on return', () =>
  scene({ ...OPEN, holdsBoth: false }, LOST, async ({ stub, phone }) => {
    await phone.open(`${stub.url}${LINK}`)
    await fillIn(phone, FILLED)
    assert.match(await phone.read('beforehand'), /will lose this hotspot[^]*Join “.?Farthing 7F3A/)
    await phone.touch('connect')
    await phone.sees('screen-progress')
    stub.goAway()
    assert.match(await phone.read('gone'), /gone, as expected[^]*Join “.?Farthing 7F3A/)
    assert.equal(await phone.page.getByTestId('connection').textContent(), '')
    stub.comeBack()
    stub.show({ phase: 'done' })
    await phone.sees('screen-done')
  }))

test('an answer that gets lost with the hotspot is not a failure: the chip’s state tells', () =>
  scene({ ...OPEN, holdsBoth: false }, LOST, async ({ stub, phone }) => {
    await phone.open(`${stub.url}${LINK}`)
    await fillIn(phone, FILLED)
    stub.swallowsSetUp = true
    await phone.touch('connect')
    await phone.sees('gone')
    // It never got it: said so, and everything is still there.
    stub.swallowsSetUp = false
    stub.comeBack()
    await phone.sees('screen-form')
    assert.match(await phone.read('note'), /did not get this/)
    assert.equal(await phone.valueOf('passphrase'), 'warm water')
    // It got it.
    stub.swallowsSetUp = true
    await phone.touch('connect')
    await phone.sees('gone')
    stub.comeBack()
    stub.fail('address', 'portal')
    await phone.page.locator('[data-testid=screen-failed][data-code=portal]').waitFor()
  }))

test('a phone that fell into another network believes nobody but its own chip', () =>
  scene({ ...OPEN, holdsBoth: false }, LOST, async ({ stub, phone }) => {
    await phone.open(`${stub.url}${LINK}`)
    await fillIn(phone, FILLED)
    await phone.touch('connect')
    await phone.sees('screen-progress')
    const { chip } = stub.view
    stub.show({ chip: { chipId: 'ffffffffffffffff', name: 'Somebody else' }, phase: 'done' })
    await phone.sees('gone')
    stub.show({
      chip,
      phase: 'failed',
      steps: stepsTo('joined', 'failed'),
      failure: { step: 'joined', code: 'network-gone' },
    })
    await phone.sees('screen-failed')
  }))

test('a lost line is told while it lasts, and set-up that ran out meanwhile is told as closed', () =>
  scene(OPEN, LOST, async ({ stub, phone }) => {
    await phone.open(stub.url)
    await phone.sees('network-choice')
    stub.goAway()
    await phone.says('connection', /still in the Wi-Fi “.?Farthing 7F3A/)
    stub.comeBack()
    await until('the line stands again', async () => {
      return (await phone.page.getByTestId('connection').textContent()) === ''
    })
    stub.show({ closesInS: 1 })
    await phone.says('closes', /less than a minute/)
    stub.goAway()
    await phone.sees('screen-closed')
  }))

test('without events the page asks', () =>
  scene(OPEN, LOST, async ({ stub, phone }) => {
    stub.hasEvents = false
    await phone.open(`${stub.url}${LINK}`)
    await fillIn(phone, FILLED)
    await phone.touch('connect')
    await phone.sees('screen-progress')
    stub.reach('tls')
    await phone.page.locator('[data-testid=step-tls][data-status=working]').waitFor()
    stub.show({ phase: 'done' })
    await phone.sees('screen-done')
  }))
