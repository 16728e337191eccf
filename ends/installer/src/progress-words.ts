import { type Model, placesOf } from './model.ts'
import type { SetupStep, SetupView } from './setup.ts'
import type { Key } from './words/en.ts'

const STEP: Readonly<Record<SetupStep, Key>> = {
  joined: 'stepJoined',
  address: 'stepAddress',
  clock: 'stepClock',
  name: 'stepName',
  tls: 'stepTls',
  enrolled: 'stepEnrolled',
  connected: 'stepConnected',
  heartbeat: 'stepHeartbeat',
}

type Status = SetupView['steps'][number]['status']

export const STATUS: Readonly<Record<Status, Key>> = {
  waiting: 'statusWaiting',
  working: 'statusWorking',
  done: 'statusDone',
  failed: 'statusFailed',
}

/** A step in plain words, as it is on this way. */
export function stepWords(model: Model, step: SetupStep): string {
  const { speech, view } = model
  const places = placesOf(model)
  if (step === 'joined' && isByCable(model)) return speech.say('stepCable')
  if (step === 'enrolled' && view?.owned === true) return speech.say('stepKept')
  return speech.say(STEP[step], places)
}

function isByCable({ view, draft }: Model): boolean {
  // Whatever was given last had a network's name, unless it was a cable.
  if (view?.given !== undefined) return view.given.ssid === undefined
  return draft.network.kind === 'ethernet'
}

/** How far it got, in one sentence to be read out. */
export function progressWords(model: Model): string {
  const { speech, view } = model
  const reached = view?.steps.findLast(({ status }) => status !== 'waiting')
  if (reached === undefined) return ''
  return `${stepWords(model, reached.step)}: ${speech.say(STATUS[reached.status])}`
}
