/** How much goes wrong. Probabilities are per occasion, `…EveryMs` are mean times between two happenings. */
export interface FaultProfile {
  readonly name: FaultLevel
  readonly network: {
    readonly loss: number
    readonly double: number
    /** The share of messages that take much longer, and so overtake each other. */
    readonly straggle: number
    readonly straggleMs: number
    readonly outageEveryMs: number
    readonly outageMs: number
  }
  readonly system: {
    readonly restartEveryMs: number
    readonly downMs: number
    readonly journalError: number
  }
  readonly chip: {
    readonly killEveryMs: number
    readonly powerCutEveryMs: number
    readonly downMs: number
    /** Per write to the chip's journal: power goes right there. */
    readonly cutWhileWriting: number
  }
  readonly machine: { readonly incident: number; readonly coinEveryMs: number; readonly janitorMs: number }
  readonly bank: {
    readonly lostRequest: number
    readonly lostAnswer: number
    readonly double: number
    readonly slow: number
    readonly refuse: number
    readonly refuseLater: number
    readonly pending: number
    readonly settleLate: number
    readonly wrongAmount: number
    readonly reverse: number
    /** Of what is taken back: only a part of it. */
    readonly reversePart: number
    /** Of what was settled over another amount: whoever erred takes it back. */
    readonly reverseWrong: number
    readonly silenceEveryMs: number
    readonly silenceMs: number
  }
  readonly payer: {
    readonly odd: number
    readonly cancel: number
    readonly wrong: number
    readonly lost: number
    readonly complain: number
  }
  readonly staff: {
    readonly switchEveryMs: number
    readonly offMs: number
    readonly tariffEveryMs: number
    readonly revocations: number
  }
}

export const FAULT_LEVELS = ['none', 'normal', 'heavy'] as const
export type FaultLevel = (typeof FAULT_LEVELS)[number]

const NEVER_MS = 1e12
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

const NONE: FaultProfile = {
  name: 'none',
  network: { loss: 0, double: 0, straggle: 0, straggleMs: 1, outageEveryMs: NEVER_MS, outageMs: 1 },
  system: { restartEveryMs: NEVER_MS, downMs: 1, journalError: 0 },
  chip: { killEveryMs: NEVER_MS, powerCutEveryMs: NEVER_MS, downMs: 1, cutWhileWriting: 0 },
  machine: { incident: 0, coinEveryMs: NEVER_MS, janitorMs: MINUTE_MS },
  bank: {
    lostRequest: 0,
    lostAnswer: 0,
    double: 0,
    slow: 0,
    refuse: 0,
    refuseLater: 0,
    pending: 0,
    settleLate: 0,
    wrongAmount: 0,
    reverse: 0,
    reversePart: 0,
    reverseWrong: 0,
    silenceEveryMs: NEVER_MS,
    silenceMs: 1,
  },
  payer: { odd: 0, cancel: 0, wrong: 0, lost: 0, complain: 0 },
  staff: { switchEveryMs: NEVER_MS, offMs: 1, tariffEveryMs: NEVER_MS, revocations: 0 },
}

const NORMAL: FaultProfile = {
  name: 'normal',
  network: {
    loss: 0.03,
    double: 0.04,
    straggle: 0.03,
    straggleMs: 4 * SECOND_MS,
    outageEveryMs: 25 * MINUTE_MS,
    outageMs: 30 * SECOND_MS,
  },
  system: { restartEveryMs: 8 * MINUTE_MS, downMs: 3 * SECOND_MS, journalError: 0.002 },
  chip: {
    killEveryMs: 40 * MINUTE_MS,
    powerCutEveryMs: 40 * MINUTE_MS,
    downMs: 20 * SECOND_MS,
    cutWhileWriting: 0.001,
  },
  machine: { incident: 0.15, coinEveryMs: 20 * MINUTE_MS, janitorMs: 2 * MINUTE_MS },
  bank: {
    lostRequest: 0.02,
    lostAnswer: 0.03,
    double: 0.03,
    slow: 0.05,
    refuse: 0.03,
    refuseLater: 0.005,
    pending: 0.06,
    settleLate: 0.02,
    wrongAmount: 0.002,
    reverse: 0.01,
    reversePart: 0.4,
    reverseWrong: 0.8,
    silenceEveryMs: 40 * MINUTE_MS,
    silenceMs: 40 * SECOND_MS,
  },
  payer: { odd: 0.05, cancel: 0.04, wrong: 0.08, lost: 0.02, complain: 0.05 },
  staff: {
    switchEveryMs: 3 * MINUTE_MS,
    offMs: 40 * SECOND_MS,
    tariffEveryMs: 15 * MINUTE_MS,
    revocations: 1,
  },
}

const HEAVY: FaultProfile = {
  name: 'heavy',
  network: {
    loss: 0.08,
    double: 0.1,
    straggle: 0.08,
    straggleMs: 15 * SECOND_MS,
    outageEveryMs: 10 * MINUTE_MS,
    outageMs: 40 * SECOND_MS,
  },
  system: { restartEveryMs: 2 * MINUTE_MS, downMs: 5 * SECOND_MS, journalError: 0.01 },
  chip: {
    killEveryMs: 12 * MINUTE_MS,
    powerCutEveryMs: 12 * MINUTE_MS,
    downMs: 40 * SECOND_MS,
    cutWhileWriting: 0.005,
  },
  machine: { incident: 0.4, coinEveryMs: 8 * MINUTE_MS, janitorMs: 2 * MINUTE_MS },
  bank: {
    lostRequest: 0.1,
    lostAnswer: 0.1,
    double: 0.1,
    slow: 0.15,
    refuse: 0.06,
    refuseLater: 0.02,
    pending: 0.15,
    settleLate: 0.08,
    wrongAmount: 0.005,
    reverse: 0.04,
    reversePart: 0.4,
    reverseWrong: 0.8,
    silenceEveryMs: 12 * MINUTE_MS,
    silenceMs: 90 * SECOND_MS,
  },
  payer: { odd: 0.1, cancel: 0.04, wrong: 0.1, lost: 0.08, complain: 0.15 },
  staff: {
    switchEveryMs: 90 * SECOND_MS,
    offMs: 40 * SECOND_MS,
    tariffEveryMs: 6 * MINUTE_MS,
    revocations: 3,
  },
}

export const FAULT_PROFILES: Readonly<Record<FaultLevel, FaultProfile>> = {
  none: NONE,
  normal: NORMAL,
  heavy: HEAVY,
}
