import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locale } from './phone.ts'
import { World } from './world.ts'

/** The way through: first payment, repeat payment, receipt, history, and "it did not run". */

let world: World
before(async () => {
  world = await World.open({ machines: ['washer', 'snacks', 'chair'] })
})
after(() => world?.close())

const SAYS: Readonly<Record<Locale, { notYet: string; pay: string; done: string; title: string }>> = {
  en: {
    notYet: 'Nothing charged yet',
    pay: 'Pay €2.50',
    done: 'Done. You paid €2.50.',
    title: 'Pay Lindenhof Housing?',
  },
  'zh-CN': {
    notYet: '尚未扣款',
    pay: '支付 €2.50',
    done: '完成。您支付了 €2.50。',
    title: '付款给 Lindenhof Housing？',
  },
}

for (const locale of ['en', 'zh-CN'] as const) {
  test(`first payment in three screens, then one screen and one touch (${locale})`, async () => {
    const phone = await world.phone({ locale })
    const says = SAYS[locale]
    const before = world.runsOf('washer')
    await phone.open(await world.codeOf('washer'))
    await phone.sees('go-to-bank')
    assert.deepEqual(phone.posts, ['POST /v1/payments'], 'one navigation and one POST tell what to pay')
    assert.equal(await phone.page.locator('html').getAttribute('lang'), locale)
    assert.equal(await phone.read('money-line'), says.notYet)
    assert.equal(await phone.read('title'), says.title)
    assert.equal(await phone.read('amount'), '€2.50')
    const facts = await phone.read('facts')
    for (const fact of ['Cotton 60°', 'Lindenhof Housing', 'Washing machine 4', 'Lindenhof, basement'])
      assert.ok(facts.includes(fact), `${fact} is named`)
    assert.equal(await phone.read('presence-words'), await world.wordsOn('washer'))

    await phone.decideAtBank('approve-mandate')
    assert.equal(await phone.read('pay'), says.pay)
    assert.equal(await phone.read('money-line'), says.notYet)
    await phone.touch('pay')
    await phone.sees('screen-delivered')
    assert.equal(await phone.read('title'), says.done)
    assert.deepEqual(phone.screens, ['screen-confirm', 'bank', 'screen-confirm'])
    assert.equal(world.runsOf('washer'), before + 1)

    phone.screens.length = 0
    await phone.open(await world.codeOf('washer'))
    await phone.touch('pay')
    await phone.sees('screen-delivered')
    assert.deepEqual(phone.screens, ['screen-confirm'])
    assert.equal(world.runsOf('washer'), before + 2)
    await phone.putAway()
  })
}

test('a printed code: a choice, the button on the machine, the receipt and the history', async () => {
  const phone = await world.phone()
  await phone.open(await world.codeOf('snacks'))
  await phone.touch('product-2')
  await phone.sees('screen-presence')
  world.house.machine('snacks').thing.pressButton()
  await phone.decideAtBank('approve-once')
  await phone.touch('pay')
  await phone.sees('screen-delivered')
  await phone.touch('show-receipt')
  const receipt = await phone.read('screen-receipt')
  const { receiptNumber, bankReference = 'none', machine } = await phone.latest()
  for (const part of [receiptNumber, bankReference, machine.place, 'Three waters', '€3.01', 'Kiosk am Ring'])
    assert.ok(receipt.includes(part), `the receipt names ${part}`)
  await phone.touch('back')
  await phone.touch('done')
  await phone.sees('screen-home')

  // Only this one payment was approved: the next one leads to the bank again, already signed in there.
  await phone.open(await world.codeOf('snacks'))
  await phone.touch('product-1')
  await phone.sees('screen-presence')
  world.house.machine('snacks').thing.pressButton()
  await phone.decideAtBank('approve-once')
  await phone.touch('pay')
  await phone.sees('screen-delivered')
  await phone.touch('open-history')
  await phone.sees('screen-history')
  const entries = await phone.page.getByTestId('history-entry').allInnerTexts()
  assert.equal(entries.length, 2)
  assert.match(entries[0] ?? '', /Chocolate bar[^]*€1\.20/)
  assert.match(entries[1] ?? '', /Three waters[^]*€3\.01/)
  await phone.page.getByTestId('history-entry').nth(1).tap()
  assert.ok((await phone.read('screen-receipt')).includes(receiptNumber))
  await phone.putAway()
})

test('a code and nothing else: the engraved number, a wrong one first; then "it did not run"', async () => {
  const phone = await world.phone({ allowed: [/status of 403/] })
  await phone.open(await world.codeOf('chair'))
  await phone.sees('screen-presence')
  await phone.type('presence-text', '9999')
  await phone.touch('presence-send')
  await phone.says('note', /./)
  await phone.type('presence-text', '0417')
  await phone.touch('presence-send')
  await phone.decideAtBank('approve-mandate')
  await phone.touch('pay')
  await phone.sees('screen-delivered')
  await phone.touch('did-not-run')
  await phone.touch('complain')
  await phone.sees('screen-refunded')
  assert.equal(await phone.read('title'), '€3.00 was paid back to you')
  const { refund } = await phone.latest()
  assert.equal(await phone.read('refund-reference'), refund?.bankReference)
  await phone.putAway()
})

test('the camera inside the page reads the code', async () => {
  const browser = await world.browserSeeing(await world.codeOf('chair'))
  try {
    const phone = await world.phone({ browser })
    await phone.open(world.house.systemUrl)
    await phone.touch('scan')
    await phone.sees('screen-presence')
    assert.match(await phone.read('screen-presence'), /Massage chair/)
    await phone.touch('cancel')
    await phone.sees('screen-ended')
    await phone.putAway()
  } finally {
    await browser.close()
  }
})

test('a code that leads elsewhere is named and refused by the camera inside the page', async () => {
  const browser = await world.browserSeeing('https://farthing-pay.example/#m.00112233445566ff')
  try {
    const phone = await world.phone({ browser })
    await phone.open(world.house.systemUrl)
    await phone.touch('scan')
    assert.match(await phone.read('screen-scan-foreign'), /farthing-pay\.example/)
    assert.equal(await phone.read('title'), 'Do not pay with this code')
    assert.deepEqual(phone.posts, [])
    await phone.putAway()
  } finally {
    await browser.close()
  }
})
