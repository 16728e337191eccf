import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Phone } from './phone.ts'
import { until } from './until.ts'
import { World } from './world.ts'

/** What goes wrong in life, as the payer sees it: machines that fail, phones that sleep, a system that restarts. */

/** What Chromium says by itself of an answer that is a refusal, and of a line that is down. */
const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d/
const LINE_DOWN = /Failed to load resource: net::ERR_/

let world: World
before(async () => {
  world = await World.open({ machines: ['washer', 'dryer', 'snacks', 'charger'] })
})
after(() => world?.close())

/** From the code on the machine's display to the touch that pays. */
async function payAt(phone: Phone, key: 'washer' | 'dryer'): Promise<void> {
  await phone.open(await world.codeOf(key))
  await phone.decideAtBank('approve-mandate')
  await phone.touch('pay')
}

for (const [locale, title] of [
  ['en', '€2.50 was paid back to you'],
  ['zh-CN', '€2.50 已退回给您'],
] as const) {
  test(`a jam before anything came out: all of it comes back, with the bank's reference (${locale})`, async () => {
    const phone = await world.phone({ locale })
    const { thing } = world.house.machine('washer')
    const code = await world.codeOf('washer')
    thing.jam(0)
    await phone.open(code)
    await phone.decideAtBank('approve-mandate')
    await phone.touch('pay')
    await phone.sees('screen-refunded')
    assert.equal(await phone.read('title'), title)
    const { refund, state, reason } = await phone.latest()
    assert.deepEqual([state, reason], ['refunded', 'machine-failed'])
    assert.match(refund?.bankReference ?? '', /./)
    assert.equal(await phone.read('refund-reference'), refund?.bankReference)
    assert.ok((await phone.read('support')).includes('laundry@lindenhof.example'))
    thing.repair()
    await phone.putAway()
  })
}

test('two of three waters: one third comes back, to the cent', async () => {
  const phone = await world.phone()
  const { thing } = world.house.machine('snacks')
  thing.deliverOnly(2)
  await phone.open(await world.codeOf('snacks'))
  await phone.touch('product-2')
  await phone.sees('screen-presence')
  thing.pressButton()
  await phone.decideAtBank('approve-mandate')
  await phone.touch('pay')
  await phone.sees('screen-partly-refunded')
  const figures = await phone.read('figures')
  const { refund } = await phone.latest()
  // 301 for three: two cost 200.67, and the payer is never charged for what is not whole.
  assert.equal(refund?.money.amountMinor, '101')
  for (const sum of ['€3.01', '€1.01', '€2.00']) assert.ok(figures.includes(sum), `${sum} in ${figures}`)
  assert.match(await phone.read('screen-partly-refunded'), /2 of 3 pieces/)
  await phone.putAway()
})

const IN_WORDS = {
  en: {
    claimed: /Someone else is paying at this machine just now/,
    again: /Try again at \d+:\d\d/,
    notCharged: 'You were not charged.',
    notHere: 'Then do not pay here',
  },
  'zh-CN': {
    claimed: /此刻有其他人正在这台机器上付款/,
    again: /请在 \S*\d+:\d\d 重试/,
    notCharged: '没有向您扣款。',
    notHere: '请不要在这里付款',
  },
} as const

for (const locale of ['en', 'zh-CN'] as const) {
  const words = IN_WORDS[locale]

  test(`two phones at one machine: one goes on, the other is told when to try again (${locale})`, async () => {
    const first = await world.phone({ locale })
    const second = await world.phone({ locale, allowed: [REFUSED] })
    const code = await world.codeOf('snacks')
    await first.open(code)
    await first.touch('product-1')
    await first.sees('screen-presence')
    await second.open(code)
    await second.touch('product-1')
    await second.says('screen-problem', words.claimed)
    assert.equal(await second.read('title'), words.notCharged)
    await second.says('screen-problem', words.again)

    world.house.machine('snacks').thing.pressButton()
    await first.decideAtBank('approve-once')
    await first.touch('pay')
    await first.sees('screen-delivered')
    await second.touch('retry')
    await second.sees('screen-presence')
    await second.touch('cancel')
    await second.sees('screen-ended')
    assert.equal(await second.read('title'), words.notCharged)
    await first.putAway()
    await second.putAway()
  })

  test(`another machine's code pasted over: the words differ, and it ends without a charge (${locale})`, async () => {
    const phone = await world.phone({ locale })
    // The payer stands at the washing machine, whose display is covered with the dryer's code.
    await phone.open(await world.codeOf('dryer'))
    assert.match(await phone.read('facts'), /Dryer 2/)
    const { screen } = world.house.machine('washer').thing.panel.view()
    assert.notEqual(screen.text, await phone.read('presence-words'))
    await phone.touch('words-no')
    assert.equal(await phone.read('title'), words.notHere)
    await phone.touch('words-end')
    await phone.sees('screen-ended')
    assert.equal(await phone.read('title'), words.notCharged)
    const { state, charged } = await phone.latest()
    assert.deepEqual([state, charged], ['ended', 'no'])
    // The machine is let go at once: the next payer gets a fresh code from it.
    await world.codeOf('dryer')
    await phone.putAway()
  })

  test(`the phone sleeps while the machine runs, and is right again (${locale})`, async () => {
    const phone = await world.phone({ locale })
    await payAt(phone, 'dryer')
    await phone.sees('screen-running')
    await phone.sleep()
    await phone.latestIs('delivered')
    await phone.wake()
    await phone.sees('screen-delivered')
    assert.match(await phone.read('title'), /€2\.00/)
    await phone.putAway()
  })
}

test('no money at the bank: not charged is the first thing said', async () => {
  const phone = await world.phone()
  const runs = world.runsOf('washer')
  await phone.open(await world.codeOf('washer'))
  await phone.decideAtBank('approve-mandate', 'ben')
  await phone.touch('pay')
  await phone.sees('screen-ended')
  assert.equal(await phone.read('title'), 'You were not charged.')
  assert.match(await phone.read('why'), /does not have enough money/)
  assert.equal(world.runsOf('washer'), runs)
  await phone.putAway()
})

test('a PIN where the phone has no passkeys', async () => {
  const phone = await world.phone({ passkeys: false, allowed: [REFUSED] })
  await phone.open(await world.codeOf('washer'))
  await phone.decideAtBank('approve-mandate')
  await phone.type('pin', '493027')
  await phone.type('pin-again', '493028')
  await phone.touch('pay-pin')
  await phone.says('note', /not the same/)
  await phone.type('pin', '493027')
  await phone.type('pin-again', '493027')
  await phone.touch('pay-pin')
  await phone.sees('screen-delivered')
  await phone.open(await world.codeOf('washer'))
  await phone.type('pin', '111111')
  await phone.touch('pay-pin')
  await phone.says('note', /Tries left: \d/)
  await phone.type('pin', '493027')
  await phone.touch('pay-pin')
  await phone.sees('screen-delivered')
  await phone.putAway()
})

test('the phone goes off line and loses its page while the machine runs: right again each time', async () => {
  const phone = await world.phone({ allowed: [LINE_DOWN] })
  await payAt(phone, 'dryer')
  await phone.sees('screen-running')
  await phone.context.setOffline(true)
  await phone.says('connection', /No connection/)
  await until('the dryer to be done', () => world.house.machine('dryer').thing.state() === 'ready')
  await phone.context.setOffline(false)
  await phone.sees('screen-delivered')
  assert.equal(await phone.read('connection'), '')

  await phone.open(await world.codeOf('dryer'))
  await phone.touch('pay')
  await phone.sees('screen-running')
  const passkeys = await phone.closeTab()
  await phone.latestIs('delivered')
  await phone.reopen(world.house.systemUrl, passkeys)
  await phone.sees('screen-delivered')
  await phone.putAway()
})

test('the system is killed while the machine runs: the page finds it again', async () => {
  const phone = await world.phone({ allowed: [LINE_DOWN] })
  await payAt(phone, 'dryer')
  await phone.sees('screen-running')
  await world.house.system.kill()
  await until('the dryer to be done', () => world.house.machine('dryer').thing.state() === 'ready')
  await world.house.system.start()
  await phone.sees('screen-delivered')
  assert.equal(await phone.read('title'), 'Done. You paid €2.00.')
  await phone.putAway()
})

test('the charger: held, stopped by the payer, and only what was used is taken', async () => {
  const phone = await world.phone()
  const { thing } = world.house.machine('charger')
  await phone.open(await world.codeOf('charger'))
  await phone.sees('screen-presence')
  const blinks = await until('blinking', () => thing.panel.view().blinking)
  await phone.type('presence-text', blinks)
  await phone.touch('presence-send')
  assert.equal(await phone.read('amount'), '€90.00')
  await phone.decideAtBank('approve-once')
  assert.match(await phone.read('pay'), /€90\.00/)
  await phone.touch('pay')
  await phone.sees('screen-running')
  assert.equal(await phone.read('money-line'), '€90.00 held, not paid')
  await until('something charged', () => (thing.history().at(-1)?.deliveredUnits ?? 0) > 0)
  await phone.touch('stop')
  await phone.sees('screen-delivered')
  const used = thing.history().at(-1)?.deliveredUnits ?? 0
  const { captured, charged } = await phone.latest()
  assert.equal(charged, 'yes')
  assert.equal(captured?.amountMinor, String(45 * used))
  assert.equal(await phone.read('title'), `Done. You paid €${((45 * used) / 100).toFixed(2)}.`)
  await phone.putAway()
})
