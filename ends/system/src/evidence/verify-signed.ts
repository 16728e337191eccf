import { fromBase64url, toHex } from '#protocol/bytes.ts'
import type { Verifier } from '#protocol/cose.ts'
import { openVerified } from '#protocol/envelope.ts'
import type { Message, MessageOf } from '#protocol/message/registry.ts'
import { keyIdOfSpki, nodeVerifier, sha256 } from '#protocol/node-keys.ts'
import type { Event, EventOf } from '../payment/event.ts'
import type { Payment } from '../payment/state.ts'
import type { EvidenceFile, EvidenceKey } from './evidence-file.ts'
import { type Finding, broken, differing, finding, holds, unchecked } from './report.ts'

/** The file taken apart: the state that it gives, and the events after the claim. */
export interface Story {
  readonly file: EvidenceFile
  readonly payment: Payment
  readonly events: readonly Event[]
}

interface Opened {
  readonly messages: readonly Message[]
  readonly finding: Finding
}

/** Every signed message with the keys that the file gives: the chip's for what went up, the system's for what went down. */
export function openSigned({ file, payment }: Story): Opened {
  const wrong: string[] = []
  const messages: Message[] = []
  const keys = { chip: verifiersOf(file.keys, 'chip'), system: verifiersOf(file.keys, 'system') }
  for (const [index, { kind, bytes }] of file.signed.entries()) {
    const name = `signed ${String(index + 1)} (${kind})`
    const opened = openVerified(fromBase64url(bytes) ?? new Uint8Array(0), ({ direction }) =>
      direction === 'up' ? keys.chip : keys.system,
    )
    if (!opened.ok) wrong.push(`${name} does not verify: ${opened.error.code}`)
    else if (opened.value.name !== (kind === 'code' ? 'payment-code' : kind))
      wrong.push(`${name} is a ${opened.value.name}`)
    else if (opened.value.chipId !== payment.chipId) wrong.push(`${name} is of another chip`)
    else messages.push(opened.value)
  }
  const words = `${String(file.signed.length)} signed messages verify with the keys of the chip and of the system`
  return { messages, finding: finding('signatures', wrong, words) }
}

function verifiersOf(keys: readonly EvidenceKey[], of: EvidenceKey['of']): readonly Verifier[] {
  return keys.flatMap((key) => {
    const spki = key.of === of ? fromBase64url(key.spki) : null
    return spki !== null && keyIdOfSpki(spki) === key.keyId ? [nodeVerifier(spki)] : []
  })
}

function named<Name extends Message['name']>(messages: readonly Message[], name: Name) {
  return messages.filter((message): message is MessageOf<Name> & Message => message.name === name)
}

function eventsNamed<Kind extends Event['kind']>({ events }: Story, kind: Kind) {
  return events.filter((event): event is EventOf<Kind> & Event => event.kind === kind)
}

/** Whether all that is signed is about this one payment: its chip, goods, amount, command. */
export function checkAbout(story: Story, messages: readonly Message[]): readonly Finding[] {
  return [
    checkCode(story, messages),
    ...checkChecks(story, messages),
    ...checkCommand(story, messages),
    ...checkStarted(story, messages),
    ...checkOutcome(story, messages),
  ]
}

function checkCode({ file, payment }: Story, messages: readonly Message[]): Finding {
  const about = 'code'
  if (payment.code === undefined) return unchecked(about, 'the chip issued no code')
  const [code] = named(messages, 'payment-code')
  const bytes = file.signed.find(({ kind }) => kind === 'code')?.bytes ?? ''
  if (code === undefined) return broken(about, 'the signed payment code is missing')
  const { purchase, code: claimed } = payment
  const wrong = differing('the code', {
    bytes: [bytes, claimed.codeBase64],
    hash: [toHex(sha256(fromBase64url(bytes) ?? new Uint8Array(0))), claimed.codeHash],
    amount: [code.amountMinor, purchase.amountMinor],
    currency: [code.currency, purchase.currency],
    tariff: [code.tariffVersion, purchase.tariffVersion],
    counter: [code.counter, claimed.counter],
    boot: [String(code.boot), claimed.boot],
    goods: [code.goods, typeof code.goods === 'number' ? purchase.productId : purchase.goods],
  })
  return finding(about, wrong, `the chip issued it for exactly this amount (${moneyOf(payment)}) and goods`)
}

export function moneyOf({ purchase }: Payment): string {
  return `${purchase.amountMinor.toString()} minor units of ${purchase.currency}`
}

function checkChecks(story: Story, messages: readonly Message[]): readonly Finding[] {
  const about = 'checks'
  const { payment } = story
  const answers = named(messages, 'check-answer')
  const events = eventsNamed(story, 'check-answered')
  const wrong: string[] = []
  for (const answer of answers) {
    const name = `the answer to nonce ${answer.nonce}`
    const event = events.find(({ nonce }) => nonce === answer.nonce)
    if (answer.paymentId !== payment.paymentId) wrong.push(`${name} is about another payment`)
    else if (event === undefined) wrong.push(`${name} stands in no event`)
    else wrong.push(...differing(name, answerPairs(answer, event)))
    if (answer.verdict !== 'ready' || event === undefined) continue
    const { amountMinor, currency } = payment.purchase
    wrong.push(
      ...differing(name, {
        code: [String(answer.codeHash), payment.code?.codeHash],
        amount: [answer.amountMinor, amountMinor],
        currency: [answer.currency, currency],
      }),
    )
  }
  const kept = new Set(answers.map(({ nonce }) => nonce))
  const lost = events.filter(({ nonce }) => !kept.has(nonce)).length
  const ready = answers.filter(({ verdict }) => verdict === 'ready').length
  return [
    ...(answers.length === 0
      ? []
      : [finding(about, wrong, `the chip said ${String(ready)} times that it can deliver exactly this`)]),
    ...(lost === 0
      ? []
      : [unchecked(about, `${String(lost)} answers of the chip, whose bytes are not there`)]),
  ]
}

function answerPairs(
  answer: MessageOf<'check-answer'>,
  event: EventOf<'check-answered'>,
): Readonly<Record<string, readonly [unknown, unknown]>> {
  return {
    round: [answer.round, event.round],
    code: [String(answer.codeHash), event.codeHash],
    amount: [answer.amountMinor, event.amountMinor],
    currency: [answer.currency, event.currency],
    tariff: [answer.tariffVersion, event.tariffVersion],
    readiness: [answer.verdict === 'ready', event.verdict === 'ready'],
    boot: [String(answer.boot), event.boot],
    clock: [answer.monotonicMs, event.monotonicMs],
  }
}

function checkCommand({ payment }: Story, messages: readonly Message[]): readonly Finding[] {
  const about = 'command'
  const { command, purchase } = payment
  const sent = named(messages, 'command')
  if (command === undefined)
    return sent.length > 0 ? [broken(about, 'a command was signed that the payment does not have')] : []
  if (sent.length === 0) return [unchecked(about, 'the command, whose bytes are not there')]
  const wrong = sent.flatMap((message) =>
    differing('the command', {
      payment: [message.paymentId, payment.paymentId],
      id: [message.commandId, command.commandId],
      grant: [message.grant, 'paid'],
      product: [message.productId, purchase.productId],
      units: [message.units, purchase.units],
      boot: [String(message.boot), command.boot],
      deadline: [message.deadlineMs, command.deadlineMs],
    }),
  )
  const most = `${String(purchase.units)} ${purchase.unit} of ${purchase.goods}`
  return [finding(about, wrong, `the system commanded what was paid: ${most}`)]
}

function checkStarted(story: Story, messages: readonly Message[]): readonly Finding[] {
  const about = 'started'
  const words = named(messages, 'started')
  const events = eventsNamed(story, 'started').filter(
    ({ commandId }) => commandId === story.payment.command?.commandId,
  )
  if (words.length === 0)
    return events.length === 0 ? [] : [unchecked(about, 'that it started, whose bytes are not there')]
  const wrong = words.flatMap((word) => [
    ...(events.length === 0 ? ['it stands in no event'] : []),
    ...differing('started', {
      payment: [word.paymentId, story.payment.paymentId],
      command: [word.commandId, story.payment.command?.commandId],
    }),
  ])
  return [finding(about, wrong, 'the chip said that it started this command')]
}

function checkOutcome(story: Story, messages: readonly Message[]): readonly Finding[] {
  const about = 'outcome'
  const words = named(messages, 'outcome')
  const [event] = eventsNamed(story, 'outcome-reported')
  const known = story.payment.outcome
  if (words.length === 0) {
    if (event !== undefined) return [unchecked(about, 'the outcome, whose bytes are not there')]
    return known === undefined ? [] : [broken(about, 'the payment has an outcome that nobody reported')]
  }
  if (event === undefined || known === undefined) return [broken(about, 'the outcome stands in no event')]
  const wrong = words.flatMap((word) =>
    differing('the outcome', {
      payment: [word.paymentId, story.payment.paymentId],
      command: [word.commandId, event.commandId],
      result: [word.result, event.outcome.result],
      least: [word.deliveredMin, event.outcome.deliveredMin],
      most: [word.deliveredMax, event.outcome.deliveredMax],
      ordered: [word.ordered, event.outcome.ordered],
      evidence: [word.evidence, event.outcome.evidence],
      reason: [word.reason, event.outcome.reason],
      sequence: [word.sequence, event.outcome.sequence],
    }),
  )
  const { result, deliveredMin, deliveredMax, ordered, evidence } = event.outcome
  const delivered = `${String(deliveredMin)} to ${String(deliveredMax)} of ${String(ordered)}, as known by: ${evidence}`
  return wrong.length > 0
    ? [broken(about, wrong.join('; '))]
    : [holds(about, `the chip reported "${result}": ${delivered}`)]
}
