import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StageVisit } from './stage-visit.ts'

/** The stage: what a newcomer does first. */

const PAID = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9'] as const

let visit: StageVisit
before(async () => {
  visit = await StageVisit.begin()
})
after(async () => {
  if (visit !== undefined) assert.equal(await visit.end(), 0, 'Ctrl-C stops it cleanly')
})

test('the machines are there, and no step is lit before anything happened', async () => {
  const { page } = visit
  await page.goto(visit.url)
  await visit.machine('washer').waitFor()
  const keys = await page
    .locator('article.machine')
    .evaluateAll((all) => all.map((one) => one.dataset['key']))
  assert.deepEqual(keys, ['washer', 'snacks', 'chair', 'charger', 'dryer'])
  assert.equal(await page.locator('button.step').count(), 12)
  assert.equal(await page.locator('button.step[data-lit=yes]').count(), 0)
})

test("a click on the washing machine's code, a payment on the phone, and S1 to S10 light up", async () => {
  const { page, phone } = visit
  await visit.scanQuickWash()
  await visit.approve()
  await phone.getByTestId('pay').click()
  await phone.getByTestId('screen-delivered').waitFor()
  for (const name of [...PAID, 'S10']) await visit.isLit(name)
  for (const name of ['S11', 'S12']) assert.equal(await visit.step(name).getAttribute('data-lit'), 'no')
  await visit.step('S10').click()
  const said = page.locator('details.saying', { has: page.locator('.signed[data-ok=true]') }).first()
  await said.locator('summary').click()
  assert.match(await said.locator('.signed').innerText(), /Signed by the chip .*the signature checks out/)
  await page.locator('#show-all').click()
})

test('jammed: S11 and S12 light up, and the phone shows the refund', async () => {
  const { phone } = visit
  const washer = visit.machine('washer')
  await washer.locator('button[data-act=jam]').click()
  await washer.locator('button.code .caption').waitFor()
  await washer.locator('button.code').click()
  await phone.getByTestId('pay').click()
  await phone.locator('[data-testid=screen-refunded],[data-testid=screen-partly-refunded]').waitFor()
  for (const name of [...PAID, 'S11', 'S12']) await visit.isLit(name)
  assert.match(await phone.getByTestId('refund-reference').innerText(), /\w/)
  assert.deepEqual(visit.faults, [], 'the browser complained')
})
