import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LIFE_LIMIT_MS, StageVisit } from './stage-visit.ts'

/** The machine whose chip is still in its box: from the carton to the first payment, on the stage. */

let visit: StageVisit
before(async () => {
  visit = await StageVisit.begin()
})
after(async () => {
  if (visit !== undefined) assert.equal(await visit.end(), 0, 'Ctrl-C stops it cleanly')
})

test('out of the box, through its hotspot, to its first payment; and let go again', async () => {
  const { page, phone, box } = visit
  await page.goto(visit.url)
  await visit.openBox()
  const { origin: chipPage } = new URL((await page.locator('#screen iframe').getAttribute('src')) ?? '')
  await visit.fillInSetUp()
  await visit.setUp()

  await visit.machine('dryer').locator('button.code').click()
  await visit.approve()
  await phone.getByTestId('pay').click()
  await phone.getByTestId('screen-delivered').waitFor()
  await visit.isLit('S10')

  await box.locator('[data-act=release]').click()
  await box.getByText('hotspot is up').waitFor({ timeout: LIFE_LIMIT_MS })
  // The hotspot goes under the chip's own page, as it should; a browser logs each request that it takes along.
  const faults = visit.faults.filter((fault) => !fault.includes(` ${chipPage}/`))
  assert.deepEqual(faults, [], 'the browser complained')
})
