import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { BootId, ChipId, currencyOf, fromBase64url, seal, toBase64url, type PaymentCode } from '#protocol'
import { generateNodeKeys, nodeSigner } from '#protocol/node-keys.ts'
import { VENDOR, WASHER } from './fleet.ts'
import { assertInvariants, assertRefused, assertTold, until, useHall } from './hall.ts'

/** What phones bring that is no good code, and machines at which nothing may be begun. */

const hall = useHall({ machines: [WASHER, VENDOR, { ...WASHER, key: 'old', name: 'Old washer' }] })
const HOUR_S = 3600

/** A code as the washer would sign it, with something else in it. */
function signed(changes: Partial<PaymentCode>, key: string): string {
  const code: PaymentCode = {
    name: 'payment-code',
    chipId: hall.machine('washer').chipId,
    boot: BootId.of('00'.repeat(8)),
    counter: 900_000,
    goods: 1,
    tariffVersion: 1,
    amountMinor: 250n,
    currency: currencyOf('EUR'),
    issuedAtS: Math.floor(Date.now() / 1000),
    lifetimeS: 120,
    ...changes,
  }
  return toBase64url(seal(code, nodeSigner(key, { withKid: false })))
}

async function keyOf(machine: string): Promise<string> {
  const chip = hall.house.provisioned.chips.get(machine)
  assert.ok(chip)
  return readFile(chip.keyFile, 'utf8')
}

test('a code of no machine of ours is refused', async () => {
  const { privateKeyPem } = generateNodeKeys('ES256')
  const code = signed({ chipId: ChipId.of('0123456789abcdef') }, privateKeyPem)
  await assertRefused(hall, () => hall.payer('payer0').claim({ code }), 'code-foreign')
})

test('a code that somebody altered is refused', async () => {
  const { code } = (await hall.code('washer')) as { code: string }
  const bytes = fromBase64url(code) ?? new Uint8Array()
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  const altered = { code: toBase64url(bytes) }
  await assertRefused(hall, () => hall.payer('payer0').claim(altered), 'code-signature-invalid')
})

test("a code with the machine's name and a stranger's signature is refused", async () => {
  const code = signed({ amountMinor: 1n }, generateNodeKeys('ES256').privateKeyPem)
  await assertRefused(hall, () => hall.payer('payer0').claim({ code }), 'code-signature-invalid')
})

test('an expired code is refused', async () => {
  const issuedAtS = Math.floor(Date.now() / 1000) - HOUR_S
  const code = signed({ issuedAtS }, await keyOf('washer'))
  await assertRefused(hall, () => hall.payer('payer0').claim({ code }), 'code-expired')
})

test('a code that the chip never issued ends uncharged', async () => {
  const before = await hall.purse('payer0')
  const payer = hall.payer('payer0')
  const code = signed({}, await keyOf('washer'))
  const ended = await payer.claim({ code }).then(({ paymentId }) => hall.ended(payer, paymentId))
  assertTold(ended, { state: 'ended', reason: 'chip-not-issued', charged: 'no' })
  assert.deepEqual(await hall.purse('payer0'), before)
})

test('a code that is being paid is refused to a second phone', async () => {
  const payer = hall.payer('payer0')
  const code = await hall.code('washer')
  const { paymentId } = await payer.claim(code)
  await assertRefused(hall, () => hall.payer('payer1').claim(code), 'code-used')
  assert.equal((await payer.claim(code)).paymentId, paymentId, 'the first phone gets its own payment again')
  await payer.act(paymentId, 'cancellation')
})

test('a code that was paid is refused', async () => {
  const payer = hall.payer('payer0')
  const code = await hall.code('washer')
  const { paymentId } = await payer.claim(code)
  const waiting = await payer.until(paymentId, ['confirm'], 20_000)
  await payer.confirm(waiting)
  assertTold(await hall.ended(payer, paymentId), { state: 'delivered', charged: 'yes' })
  await assertRefused(hall, () => hall.payer('payer1').claim(code), 'code-used')
})

test('a machine that another payer has claimed is refused, with a time to try again', async () => {
  const first = hall.payer('payer0')
  const { paymentId } = await hall.claimed(first, 'vendor')
  await assertRefused(
    hall,
    async () => hall.payer('payer1').claim(await hall.code('vendor')),
    'machine-claimed',
  )
  await first.act(paymentId, 'cancellation')
  assertTold(await first.read(paymentId), { state: 'ended', reason: 'cancelled', charged: 'no' })
})

test('a code at an old tariff is refused, and the chip gets the new one', async () => {
  const old = await hall.code('washer')
  const fleet = JSON.parse(await readFile(hall.house.provisioned.fleetFile, 'utf8'))
  fleet.machines[0].tariff.products[0].priceMinor = '275'
  const file = `${hall.house.provisioned.fleetFile}.new.json`
  await writeFile(file, JSON.stringify(fleet))
  await hall.staff('fleet', 'apply', file)
  const payer = hall.payer('payer0')
  await until('the refusal', async () => {
    const { code } = await hall.post('/v1/payments', JSON.stringify(old))
    return code === 'tariff-old' ? true : undefined
  })
  await assertRefused(hall, () => payer.claim(old), 'tariff-old')
  await until('a code at the new price', async () => {
    const fresh = (await hall.code('washer')) as { code: string }
    return 'code' in old && fresh.code === old.code ? undefined : true
  })
  const { paymentId, money } = await hall.claimed(payer, 'washer')
  assert.equal(money.amountMinor, '275')
  await payer.act(paymentId, 'cancellation')
})

test('a body or a code that is too long is refused', async () => {
  const long = JSON.stringify({ code: 'A'.repeat(2000) })
  assert.deepEqual(await hall.post('/v1/payments', long), {
    status: 400,
    code: 'code-malformed',
    charged: 'no',
  })
  const { status, code } = await hall.post('/v1/payments', JSON.stringify({ code: 'A'.repeat(1_000_000) }))
  assert.deepEqual({ status, code }, { status: 413, code: 'request-too-large' })
})

test('a malformed body or code is refused', async () => {
  const noise = JSON.stringify({ code: randomBytes(100).toString('base64url') })
  assert.deepEqual(await hall.post('/v1/payments', noise), {
    status: 400,
    code: 'code-malformed',
    charged: 'no',
  })
  for (const body of ['{"code":', '[]', '{"code":1}', '{"chipId":"../../etc","productId":1}', '{}']) {
    const { status, code } = await hall.post('/v1/payments', body)
    assert.deepEqual({ status, code }, { status: 400, code: 'request-malformed' }, body)
  }
})

test("a disabled merchant's code is refused", async () => {
  await hall.staff('disable', 'merchant', 'kiosk')
  const claim = async () => hall.payer('payer0').claim(await hall.code('vendor'))
  await assertRefused(hall, claim, 'merchant-disabled')
  await hall.staff('enable', 'merchant', 'kiosk')
})

test('a disabled machine is refused', async () => {
  await hall.staff('disable', 'machine', 'vendor')
  const claim = async () => hall.payer('payer0').claim(await hall.code('vendor'))
  await assertRefused(hall, claim, 'machine-disabled')
  await hall.staff('enable', 'machine', 'vendor')
})

test('when everything is disabled, every claim is refused', async () => {
  await hall.staff('disable', 'all')
  const answer = await hall.post('/v1/payments', JSON.stringify(await hall.code('vendor')))
  assert.deepEqual(answer, { status: 503, code: 'system-disabled', charged: 'no' })
  await hall.staff('enable', 'all')
})

test('a machine that is switched off before the confirmation ends the payment uncharged', async () => {
  const before = await hall.purse('payer2')
  const payer = hall.payer('payer2')
  const payment = await hall.claimed(payer, 'vendor')
  await payer.approve(payment.paymentId)
  await hall.staff('disable', 'machine', 'vendor')
  await payer.sendProof(payment.paymentId, payer.proof(await payer.options(payment.paymentId)))
  assertTold(await hall.ended(payer, payment.paymentId), {
    state: 'ended',
    reason: 'disabled',
    charged: 'no',
  })
  assert.deepEqual(await hall.purse('payer2'), before)
  await hall.staff('enable', 'machine', 'vendor')
})

test("a revoked chip's code is refused", async () => {
  const code = await hall.code('old')
  await hall.staff('revoke-chip', hall.machine('old').chipId)
  await assertRefused(hall, () => hall.payer('payer0').claim(code), 'chip-revoked')
})

test('bad codes broke no invariant', () => assertInvariants(hall))
