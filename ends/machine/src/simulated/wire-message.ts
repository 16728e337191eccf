/**
 * What the simulated driver and a simulated machine's board say to each other: one JSON object per line.
 * Nothing here is signed: the wire is a cable inside the machine's case.
 */
import type { Evidence, MachineDescription, MachineState, RunEnd } from '../machine.ts'

/** What stands on the machine's display. `url` is there only on the `code` screen. */
export interface Screen {
  readonly kind: 'blank' | 'code' | 'words' | 'running' | 'done' | 'failed' | 'wait' | 'out-of-service'
  readonly text: string
  readonly url?: string
}

export interface BoardDescription extends MachineDescription {
  /** How long one unit takes, for machines that do not say when they are done. */
  readonly unitDurationMs: number
}

export type ToBoard =
  | { readonly type: 'hello' }
  | { readonly type: 'reserve' }
  | { readonly type: 'unreserve' }
  | { readonly type: 'start'; readonly runId: string; readonly productId: number; readonly units: number }
  | { readonly type: 'stop'; readonly runId: string }
  | { readonly type: 'ask'; readonly runId: string }
  | { readonly type: 'display'; readonly screen: Screen }
  | { readonly type: 'blink'; readonly number: string }

export type FromBoard =
  | { readonly type: 'description'; readonly description: BoardDescription }
  | { readonly type: 'state'; readonly state: MachineState }
  | { readonly type: 'refused'; readonly runId: string; readonly reason: string }
  | { readonly type: 'progress'; readonly runId: string; readonly deliveredUnits: number }
  | Done
  | Told
  | { readonly type: 'button' }
  | { readonly type: 'selected'; readonly productId: number }

export interface Done {
  readonly type: 'done'
  readonly runId: string
  readonly end: RunEnd
  readonly deliveredUnits: number
  readonly reason: string
}

/** The answer to `ask`. `known: false`: the board remembers nothing of this run. */
export type Told =
  | { readonly type: 'told'; readonly runId: string; readonly known: false }
  | {
      readonly type: 'told'
      readonly runId: string
      readonly known: true
      readonly running: boolean
      readonly end: RunEnd
      readonly deliveredUnits: number
      readonly reason: string
    }

/** A line longer than this is not a message of ours. */
export const MAX_LINE_CHARACTERS = 4096

const STATES: ReadonlySet<string> = new Set<MachineState>([
  'ready',
  'busy',
  'fault',
  'unpowered',
  'in-use',
  'empty',
])
const ENDS: ReadonlySet<string> = new Set<RunEnd>([
  'refused',
  'completed',
  'stopped',
  'failed',
  'interrupted',
])
const EVIDENCES: ReadonlySet<string> = new Set<Evidence>(['sensor', 'acknowledged', 'command-only'])
const SCREENS: ReadonlySet<string> = new Set<Screen['kind']>([
  'blank',
  'code',
  'words',
  'running',
  'done',
  'failed',
  'wait',
  'out-of-service',
])

type Fields = Record<string, unknown>

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_LINE_CHARACTERS
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const oneOf = (set: ReadonlySet<string>, value: unknown): boolean =>
  typeof value === 'string' && set.has(value)
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const TO_BOARD: Record<ToBoard['type'], (m: Fields) => boolean> = {
  hello: () => true,
  reserve: () => true,
  unreserve: () => true,
  start: (m) => isText(m['runId']) && isCount(m['productId']) && isCount(m['units']),
  stop: (m) => isText(m['runId']),
  ask: (m) => isText(m['runId']),
  display: (m) => isScreen(m['screen']),
  blink: (m) => isText(m['number']),
}

const FROM_BOARD: Record<FromBoard['type'], (m: Fields) => boolean> = {
  description: (m) => isDescription(m['description']),
  state: (m) => oneOf(STATES, m['state']),
  refused: (m) => isText(m['runId']) && isText(m['reason']),
  progress: (m) => isText(m['runId']) && isCount(m['deliveredUnits']),
  done: (m) => isText(m['runId']) && isEnding(m),
  told: (m) => isText(m['runId']) && (m['known'] === false || (isFlag(m['running']) && isEnding(m))),
  button: () => true,
  selected: (m) => isCount(m['productId']),
}

function isEnding(m: Fields): boolean {
  return oneOf(ENDS, m['end']) && isCount(m['deliveredUnits']) && isText(m['reason'])
}

function isScreen(value: unknown): boolean {
  if (!isObject(value)) return false
  const urlFits = value['url'] === undefined || isText(value['url'])
  return oneOf(SCREENS, value['kind']) && isText(value['text']) && urlFits
}

function isDescription(value: unknown): boolean {
  if (!isObject(value)) return false
  const flags = ['metered', 'resumesByItself', 'display', 'button', 'lamp'].every((name) =>
    isFlag(value[name]),
  )
  return flags && oneOf(EVIDENCES, value['evidence']) && isCount(value['unitDurationMs'])
}

const isToBoard = (value: unknown): value is ToBoard => fits(TO_BOARD, value)
const isFromBoard = (value: unknown): value is FromBoard => fits(FROM_BOARD, value)

/** A message for the board, or undefined for anything else. */
export function readToBoard(value: unknown): ToBoard | undefined {
  return isToBoard(value) ? value : undefined
}

/** A message from the board, or undefined for anything else. */
export function readFromBoard(value: unknown): FromBoard | undefined {
  return isFromBoard(value) ? value : undefined
}

function fits(guards: Record<string, (m: Fields) => boolean>, value: unknown): boolean {
  if (!isObject(value) || typeof value['type'] !== 'string') return false
  if (!Object.hasOwn(guards, value['type'])) return false
  return guards[value['type']]?.(value) ?? false
}
