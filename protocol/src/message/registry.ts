/* Every kind of message, once. */
import { check } from './check.ts'
import { checkAnswer } from './check-answer.ts'
import { command } from './command.ts'
import { hello } from './hello.ts'
import { issueAnswer } from './issue-answer.ts'
import { issueRequest } from './issue-request.ts'
import type { ValueOf } from './message.ts'
import { outcome } from './outcome.ts'
import { outcomeAck } from './outcome-ack.ts'
import { paymentCode } from './payment-code.ts'
import { presence } from './presence.ts'
import { progress } from './progress.ts'
import { query } from './query.ts'
import { release } from './release.ts'
import { retire } from './retire.ts'
import { retired } from './retired.ts'
import { started } from './started.ts'
import { stop } from './stop.ts'
import { tariff } from './tariff.ts'

/** By name, which is how a value of the union `Message` tells what it is. */
export const MESSAGES = {
  'payment-code': paymentCode,
  tariff,
  'issue-request': issueRequest,
  'issue-answer': issueAnswer,
  check,
  'check-answer': checkAnswer,
  presence,
  release,
  command,
  stop,
  query,
  started,
  progress,
  outcome,
  'outcome-ack': outcomeAck,
  hello,
  retire,
  retired,
} as const

export type MessageName = keyof typeof MESSAGES
export type MessageOf<Name extends MessageName> = ValueOf<(typeof MESSAGES)[Name]>
/** Any message; `name` tells which. */
export type Message = { [Name in MessageName]: MessageOf<Name> }[MessageName]

export type UpName =
  | 'issue-answer'
  | 'check-answer'
  | 'presence'
  | 'started'
  | 'progress'
  | 'outcome'
  | 'hello'
  | 'retired'
export type DownName = Exclude<MessageName, UpName | 'payment-code'>
/** What a chip publishes on its `up` topic. */
export type UpMessage = MessageOf<UpName>
/** What the system publishes on a chip's `down` topic. */
export type DownMessage = MessageOf<DownName>

export const MESSAGE_NAMES: readonly MessageName[] = Object.keys(MESSAGES).filter(isMessageName)

export function isMessageName(text: string): text is MessageName {
  return Object.hasOwn(MESSAGES, text)
}

/** Tells the messages of the union apart where the name is only known at run time. */
export function isMessage<Name extends MessageName>(value: Message, name: Name): value is MessageOf<Name> {
  return value.name === name
}

const NAME_BY_KIND: ReadonlyMap<number, MessageName> = new Map(
  MESSAGE_NAMES.map((name) => [MESSAGES[name].kind, name]),
)

export function messageNameOfKind(kind: number): MessageName | null {
  return NAME_BY_KIND.get(kind) ?? null
}
