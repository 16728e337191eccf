import {
  BootId,
  CommandId,
  type Evidence,
  fromHex,
  type OutcomeResult,
  PaymentId,
  RetirementId,
} from '#protocol'

/** The facts that a chip must not forget. JSON-able, so that any store can hold them. */
export type JournalRecord =
  | { readonly kind: 'boot'; readonly boot: BootId }
  /** Counters up to this one may have been used; the next boot begins behind it. */
  | { readonly kind: 'counters'; readonly upTo: number }
  /** A whole tariff message as the system signed it, in hex. */
  | { readonly kind: 'tariff'; readonly message: string }
  | StartedRecord
  | { readonly kind: 'progress'; readonly paymentId: PaymentId; readonly deliveredUnits: number }
  | OutcomeRecord
  | { readonly kind: 'acknowledged'; readonly sequence: number }
  /** From here on nothing more is sold: the chip leaves its owner. */
  | { readonly kind: 'retiring'; readonly retirementId: RetirementId }
  /** The last word was taken by the broker: the owner may have closed the door by now. */
  | { readonly kind: 'left' }

/** From here on the machine may have moved. */
export interface StartedRecord {
  readonly kind: 'started'
  readonly commandId: CommandId
  readonly paymentId: PaymentId
  readonly productId: number
  readonly units: number
  readonly maxDurationS: number
  readonly boot: BootId
  readonly atMs: number
}

export interface OutcomeRecord {
  readonly kind: 'outcome'
  readonly commandId: CommandId
  readonly paymentId: PaymentId
  readonly result: OutcomeResult
  readonly deliveredMin: number
  readonly deliveredMax: number
  readonly ordered: number
  readonly evidence: Evidence
  readonly reason: string
  readonly sequence: number
}

type Fields = Record<string, unknown>

const RESULTS: ReadonlySet<unknown> = new Set<OutcomeResult>(['delivered', 'failed', 'interrupted', 'void'])
const EVIDENCES: ReadonlySet<unknown> = new Set<Evidence>(['sensor', 'acknowledged', 'command-only'])

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const areCounts = (fields: Fields, ...names: string[]): boolean =>
  names.every((name) => isCount(fields[name]))

const GUARDS: Record<JournalRecord['kind'], (fields: Fields) => boolean> = {
  boot: (r) => BootId.is(r['boot']),
  counters: (r) => isCount(r['upTo']),
  tariff: (r) => typeof r['message'] === 'string' && fromHex(r['message']) !== null,
  started: (r) =>
    CommandId.is(r['commandId']) &&
    PaymentId.is(r['paymentId']) &&
    BootId.is(r['boot']) &&
    areCounts(r, 'productId', 'units', 'maxDurationS', 'atMs'),
  progress: (r) => PaymentId.is(r['paymentId']) && isCount(r['deliveredUnits']),
  outcome: (r) =>
    CommandId.is(r['commandId']) &&
    PaymentId.is(r['paymentId']) &&
    RESULTS.has(r['result']) &&
    EVIDENCES.has(r['evidence']) &&
    typeof r['reason'] === 'string' &&
    areCounts(r, 'deliveredMin', 'deliveredMax', 'ordered', 'sequence'),
  acknowledged: (r) => isCount(r['sequence']),
  retiring: (r) => RetirementId.is(r['retirementId']),
  left: () => true,
}

/** Whether something read from a store is a record of this version. */
export function isJournalRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const { kind } = value
  if (typeof kind !== 'string' || !isKind(kind)) return false
  return GUARDS[kind]({ ...value })
}

function isKind(kind: string): kind is JournalRecord['kind'] {
  return Object.hasOwn(GUARDS, kind)
}
