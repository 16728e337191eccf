import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAs, seal } from '#protocol/envelope.ts'
import { BootId, ChipId, CommandId, PaymentId, RequestId, RetirementId } from '#protocol/identifier.ts'
import type { Refusal } from '#protocol/message/refusal.ts'
import { generateNodeKeys, nodeSigner, nodeVerifier } from '#protocol/node-keys.ts'
import { systemClock } from '../clock.ts'
import type { MachineRecord } from '../machine/record.ts'
import { Example } from '../payment/example.suite.ts'
import { ChipConversation } from './conversation.ts'

const CHIP = ChipId.of('00000000000000a1')
const systemKeys = generateNodeKeys('ES256')
const chipKeys = generateNodeKeys('ES256')
const RECORD = {
  machineId: 'washer',
  chipId: CHIP,
  chipKeys: [nodeVerifier(chipKeys.spki)],
  chipRevoked: false,
  tariff: {
    tariffVersion: 4,
    currency: 'EUR',
    validFromS: 0,
    products: [
      {
        id: 1,
        name: 'Wash',
        mode: 'sale',
        priceMinor: 250n,
        units: 1,
        unit: 'wash',
        holdMinor: 0n,
        maxDurationS: 60,
      },
    ],
  },
} as unknown as MachineRecord

/** What the system sends down after a chip refused to issue a code for this reason. */
async function answersTo(refusal: Refusal): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = []
  let hear: (chipId: ChipId, bytes: Uint8Array) => void = () => {}
  const heard = Promise.withResolvers<void>()
  const conversation = new ChipConversation({
    link: {
      send: async (_chipId, bytes) => {
        sent.push(bytes)
      },
      onMessage: (receive) => {
        hear = receive
      },
    },
    machines: { machineByChip: async () => RECORD } as never,
    clock: systemClock,
    signer: nodeSigner(systemKeys.privateKeyPem, { withKid: true }),
    onFact: async () => {
      setImmediate(() => heard.resolve())
      return new Example().payment
    },
    onFreeStart: async () => false,
    warn: (message) => assert.fail(message),
  })
  const requestId = RequestId.of('0'.repeat(RequestId.lengthBytes * 2))
  const answer = { name: 'issue-answer', chipId: CHIP, requestId, refusal, code: new Uint8Array(0) } as const
  hear(CHIP, seal(answer, nodeSigner(chipKeys.privateKeyPem, { withKid: false })))
  await heard.promise
  assert.equal(conversation.lastHello(CHIP), undefined)
  return sent
}

for (const refusal of ['tariff-differs', 'unknown-product'] as const) {
  test(`a chip with a printed code that refuses with ${refusal} gets the tariff in force`, async () => {
    const [sent, ...more] = await answersTo(refusal)
    assert.equal(more.length, 0)
    const opened = openAs('tariff', sent ?? new Uint8Array(0), () => [nodeVerifier(systemKeys.spki)])
    assert.equal(opened.ok && opened.value.tariffVersion, 4)
  })
}

test('a chip that refuses for another reason gets nothing', async () => {
  assert.deepEqual(await answersTo('busy'), [])
})

for (const [what, standing] of [
  ['a revoked chip', { chipRevoked: true }],
  ['a chip that is held back', { chipQuarantined: true }],
] as const) {
  test(`what ${what} says causes nothing, but its outcome is evidence`, async () => {
    let hear: (chipId: ChipId, bytes: Uint8Array) => void = () => {}
    const sent: Uint8Array[] = []
    const warned: string[] = []
    const outcome = Promise.withResolvers<unknown>()
    const conversation = new ChipConversation({
      link: {
        send: async (_chipId, bytes) => {
          sent.push(bytes)
        },
        onMessage: (receive) => {
          hear = receive
        },
      },
      machines: { machineByChip: async () => ({ ...RECORD, ...standing }) } as never,
      clock: systemClock,
      signer: nodeSigner(systemKeys.privateKeyPem, { withKid: true }),
      onFact: async (_paymentId, fact) => {
        outcome.resolve(fact)
        return new Example().payment
      },
      onFreeStart: async () => false,
      onHello: () => assert.fail('its hello is looked at'),
      onRetired: () => assert.fail('it is released'),
      warn: (message) => warned.push(message),
    })
    const say = (message: Parameters<typeof seal>[0]) =>
      hear(CHIP, seal(message, nodeSigner(chipKeys.privateKeyPem, { withKid: false })))
    const clock = { monotonicMs: 1, wallS: 0 }
    const boot = BootId.of('1122334455667788')
    say({
      name: 'hello',
      chipId: CHIP,
      boot,
      counter: 1,
      tariffVersion: 0,
      machineState: 'ready',
      unacknowledged: 0,
      ...clock,
    })
    say({ name: 'retired', chipId: CHIP, retirementId: RetirementId.of('0'.repeat(32)) })
    const commandId = CommandId.of('1'.repeat(32))
    const delivered = { result: 'delivered', deliveredMin: 1, deliveredMax: 1, ordered: 1 } as const
    const told = { evidence: 'sensor', reason: '', sequence: 1 } as const
    say({
      name: 'outcome',
      chipId: CHIP,
      commandId,
      paymentId: PaymentId.of('2'.repeat(32)),
      ...delivered,
      ...told,
    })
    const fact = (await outcome.promise) as { kind: string; fromRevokedChip: boolean }
    assert.deepEqual([fact.kind, fact.fromRevokedChip], ['outcome-reported', true])
    assert.deepEqual(warned, ['a chip that is not trusted spoke', 'a chip that is not trusted spoke'])
    assert.equal(conversation.lastHello(CHIP), undefined)
    assert.deepEqual(sent, [])
  })
}
