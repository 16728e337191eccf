import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pseudonymOf } from '../../payer/pseudonym.ts'
import { Phone, type World, startWorld } from '../world.suite.ts'
import { AMPLE, Person, addNeighbours, at, codeIn } from './person.suite.ts'

interface Shown {
  readonly paymentId: string
  readonly merchantId: string
  readonly payer?: string | null
  readonly claimedAtMs: number
  readonly case: { readonly reason: string } | null
}
interface Page {
  readonly items: readonly Shown[]
  readonly nextCursor: string | null
}

const PAYMENTS = 7
let world: World
let merchant: Person
let delivered: string

before(async () => {
  world = await startWorld({
    limits: { ...AMPLE, claimsPerMinutePerNetwork: 1000, claimsPerMinutePerChip: 1000 },
  })
  await addNeighbours(world)
  merchant = await Person.with(world, [at('merchant-owner', 'wash')])
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  await phone.post(`${url}/confirmation`, { newPin: '482913' })
  await phone.until(url, 'delivered')
  delivered = url.slice('/v1/payments/'.length)
  for (let index = 1; index < PAYMENTS; index += 1) await claimAndCancel()
})
after(() => world.stop())

async function claimAndCancel(): Promise<void> {
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.post(`${url}/cancellation`, {})
  await phone.until(url, 'ended')
}

async function page(person: Person, query: string, list = 'payments'): Promise<Page> {
  const answer = await person.get(`/v1/manage/${list}${query}`)
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<Page>()
}

test('payments come newest first, each once, whatever is paid meanwhile', async () => {
  const seen: Shown[] = []
  for (let cursor = ''; ; ) {
    const { items, nextCursor } = await page(merchant, `?limit=3${cursor}`)
    seen.push(...items)
    if (seen.length === 3) await claimAndCancel()
    if (nextCursor === null) break
    cursor = `&cursor=${nextCursor}`
  }
  assert.equal(seen.length, PAYMENTS)
  assert.equal(new Set(seen.map((payment) => payment.paymentId)).size, PAYMENTS)
  assert.ok(
    seen.every((payment, index) => index === 0 || payment.claimedAtMs <= (seen[index - 1]?.claimedAtMs ?? 0)),
  )
})

test('filters narrow, and never widen beyond the own merchant', async () => {
  assert.equal((await page(merchant, '?state=delivered')).items[0]?.paymentId, delivered)
  assert.equal((await page(merchant, '?endReason=cancelled&limit=100')).items.length, PAYMENTS)
  assert.deepEqual((await page(merchant, '?machineId=chair')).items, [])
  const { items } = await page(merchant, '?limit=1')
  const newest = items[0]?.claimedAtMs ?? 0
  assert.deepEqual((await page(merchant, `?fromMs=${String(newest + 1)}`)).items, [])
  assert.ok((await page(merchant, `?toMs=${String(newest)}&limit=100`)).items.length >= PAYMENTS - 1)
  const stranger = await Person.with(world, [at('merchant-owner', 'dry')])
  assert.deepEqual((await page(stranger, '?merchantId=wash')).items, [])
  assert.equal(codeIn(await stranger.get(`/v1/manage/payments/${delivered}`)), 'record-unknown')
  for (const query of ['?state=nothing', '?fromMs=-1', '?fromMs=1e3', "?machineId=' OR 1=1 --", '?other=1']) {
    assert.equal(codeIn(await merchant.get(`/v1/manage/payments${query}`)), 'request-malformed', query)
  }
})

test('one payment whole: its story with the chain, and nothing that leads to the payer', async () => {
  const answer = await merchant.get(`/v1/manage/payments/${delivered}`)
  const payment = answer.json<{ events: { hash: string; kind: string }[]; payer: string; orders: object[] }>()
  assert.ok(payment.events.length > 5 && payment.orders.length > 0)
  assert.equal(payment.events[0]?.kind, 'claimed')
  const [row] = await world.sql<{ payer_id: string; device_id: string; hash: string }[]>`
    SELECT payment.payer_id, payment.device_id, event.hash FROM payment JOIN payment_event event USING (payment_id, version)
    WHERE payment_id = ${delivered}`
  assert.equal(payment.events.at(-1)?.hash, row?.hash)
  const payerId = row?.payer_id ?? ''
  assert.equal(payment.payer, pseudonymOf(world.context.pseudonymSecret, { payerId, merchantId: 'wash' }))
  assert.ok(!answer.body.includes(payerId) && !answer.body.includes(row?.device_id ?? 'none'))
})

test('a site sees its own machines’ payments, without money for whoever repairs', async () => {
  const local = await Person.with(world, [at('technician', 'wash', 'hall')])
  const [first] = (await page(local, '?limit=1')).items
  assert.ok(first !== undefined && !('payer' in first) && !('amountMinor' in first))
  await world.sql`INSERT INTO site (merchant_id, site_id, name) VALUES ('wash', 'attic', 'Attic')`
  const elsewhere = await Person.with(world, [at('technician', 'wash', 'attic')])
  assert.deepEqual((await page(elsewhere, '')).items, [])
  assert.equal(codeIn(await elsewhere.get(`/v1/manage/payments/${delivered}`)), 'record-unknown')
  const both = await Person.with(world, [at('support', 'wash', 'hall'), at('auditor', 'dry')])
  assert.ok(
    (await page(both, '')).items.every((payment) => payment.merchantId === 'wash' && 'payer' in payment),
  )
})

test('cases are those that are open', async () => {
  assert.deepEqual((await page(merchant, '', 'cases')).items, [])
  await world.sql`
    UPDATE payment SET open_case = 'complaint',
      body = jsonb_set(body, '{case}', '{"reason":"complaint","openedAtMs":1}')
    WHERE payment_id = ${delivered}`
  const { items } = await page(merchant, '', 'cases')
  assert.deepEqual(
    items.map((payment) => [payment.paymentId, payment.case?.reason]),
    [[delivered, 'complaint']],
  )
})
