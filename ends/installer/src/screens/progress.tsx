import type { JSX } from 'preact'
import { placesOf } from '../model.ts'
import { STATUS, stepWords } from '../progress-words.ts'
import type { SetupView } from '../setup.ts'
import { type InApp, Title } from './parts.tsx'

/** The hotspot is said to be away for about a minute; after this long, something else is the matter. */
const GONE_LONG_MS = 150_000

export function Progress({ app }: InApp): JSX.Element {
  const { speech, view, isLost } = app.model
  return (
    <div class="body" data-testid="screen-progress">
      <Title>{speech.say('progressTitle')}</Title>
      {view?.holdsBoth === false && isLost ? <Gone app={app} /> : <p>{speech.say('progressText')}</p>}
      <Steps app={app} />
    </div>
  )
}

function Gone({ app }: InApp): JSX.Element {
  const { speech, lostAtMs } = app.model
  const isLong = Date.now() - lostAtMs > GONE_LONG_MS
  return (
    <div class="beforehand" role="status" data-testid="gone">
      <h2>{speech.say(isLong ? 'goneLongTitle' : 'goneTitle')}</h2>
      <p>{speech.say(isLong ? 'goneLongText' : 'goneText', placesOf(app.model))}</p>
    </div>
  )
}

/** How far it got, for eye and ear. */
export function Steps({ app }: InApp): JSX.Element {
  const { speech, view } = app.model
  return (
    <ol class="steps" data-testid="steps">
      {view?.steps.map(({ step, status }) => (
        <li key={step} data-testid={`step-${step}`} data-status={status}>
          <StepSign status={status} />
          <span>
            {stepWords(app.model, step)}
            <span class="unseen"> ({speech.say(STATUS[status])})</span>
          </span>
        </li>
      ))}
    </ol>
  )
}

type Status = SetupView['steps'][number]['status']

const SIGNS: Readonly<Partial<Record<Status, string>>> = {
  done: 'M7 12.5l3.5 3.5L17 9',
  failed: 'M8 8l8 8M16 8l-8 8',
}

function StepSign({ status }: { status: Status }): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false">
      <circle cx="12" cy="12" r="10.5" class="ring" />
      <path d={SIGNS[status] ?? ''} class="tick" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}
