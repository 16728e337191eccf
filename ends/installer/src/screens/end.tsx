import type { JSX } from 'preact'
import { MENDED_AT } from '../advice.ts'
import { change, sendSetUp } from '../flow-form.ts'
import { labelNumber, placesOf } from '../model.ts'
import { stepWords } from '../progress-words.ts'
import type { Field } from '../set-up-request.ts'
import type { Key } from '../words/en.ts'
import { Act, type InApp, Mark, Note, Title } from './parts.tsx'
import { ChipName, ClosesIn } from './proof.tsx'

const MEND: Readonly<Partial<Record<Field, Key>>> = {
  network: 'changeNetwork',
  passphrase: 'changePassword',
  address: 'changeAddress',
  claimCode: 'changeClaim',
}

/** What happened, and what to do: one sentence each. What was typed is still there. */
export function Failed({ app }: InApp): JSX.Element | null {
  const { speech, view, isBusy } = app.model
  const failure = view?.failure
  if (failure === undefined) return null
  const words = speech.failure(failure.code, placesOf(app.model))
  const mendedAt = MENDED_AT[failure.code]
  const again = (kind: 'main' | 'second') => (
    <Act
      app={app}
      kind={kind}
      label={speech.say(isBusy ? 'sending' : 'tryAgain')}
      testid="try-again"
      onAct={() => void sendSetUp(app)}
    />
  )
  const mend = (kind: 'main' | 'second') => (
    <Act
      app={app}
      kind={kind}
      label={speech.say(mendedAt === null ? 'change' : (MEND[mendedAt] ?? 'change'))}
      testid="change"
      onAct={() => change(app)}
    />
  )
  const isMendedHere = mendedAt !== null
  return (
    <>
      <div class="body result open" data-testid="screen-failed" data-code={failure.code}>
        <Mark tone="open" />
        <Title>{words.what}</Title>
        <p class="lead" data-testid="todo">
          {words.todo}
        </p>
        <p data-testid="stopped-at">
          {speech.say('stoppedAt', { step: stepWords(app.model, failure.step) })}
        </p>
        <ChipName app={app} />
      </div>
      <div class="acts">
        <Note app={app} />
        {isMendedHere ? mend('main') : again('main')}
        {isMendedHere ? again('second') : mend('second')}
        <ClosesIn app={app} />
      </div>
    </>
  )
}

export function Done({ app }: InApp): JSX.Element {
  const { speech, view } = app.model
  return (
    <div class="body result good" data-testid="screen-done">
      <Mark tone="good" />
      <Title>{speech.say('doneTitle')}</Title>
      <p class="lead">{speech.say('doneText')}</p>
      <dl class="number">
        <dt>{speech.say('chipNumber')}</dt>
        <dd data-testid="chip-number">{labelNumber(view?.chip.chipId ?? '')}</dd>
      </dl>
      <h2>{speech.say('nextTitle')}</h2>
      <ol class="next">
        <li>{speech.say('nextNetwork')}</li>
        <li>{speech.say('nextPay')}</li>
        <li>{speech.say('nextLabel')}</li>
      </ol>
    </div>
  )
}
