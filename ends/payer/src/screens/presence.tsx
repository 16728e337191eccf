import type { JSX } from 'preact'
import { cancel, showPresence } from '../flow-payment.ts'
import type { PresenceMethod } from '../payment.ts'
import type { Key } from '../words/en.ts'
import { Act, Facts, Mark, Note, Title, Waiting, tryAgainIn } from './parts.tsx'
import { type InPayment, KeptFor } from './payment.tsx'

/** Is the payer at this machine? Asked in the way this machine can show it. */
export function PresenceScreen({ app, view }: InPayment): JSX.Element {
  const { speech, aside } = app.model
  if (aside === 'words-differ') return <WordsDiffer app={app} view={view} />
  const asks = ASKS[view.presence.method]
  const price = view.mode === 'hold' ? speech.say('upTo', { money: view.money }) : speech.money(view.money)
  const places = { machine: view.machine.name, place: view.machine.place }
  return (
    <>
      <div class="body" data-testid="screen-presence" data-method={view.presence.method}>
        <p class="money" data-testid="money-line">
          {speech.say('chargedNotYet')}
        </p>
        <p class="where" data-testid="what">
          {view.goods} · {price}
        </p>
        <Title>{speech.say(asks.title)}</Title>
        {view.presence.method === 'words' && <Words words={view.presence.words ?? ''} />}
        {asks.text !== null && <p class="lead">{speech.say(asks.text, places)}</p>}
        {view.presence.method === 'button' && <PressHere />}
        {asks.label !== null && <NumberForm app={app} label={speech.say(asks.label)} />}
        <KeptFor app={app} view={view} />
        {asks.label === null && <Facts app={app} view={view} />}
      </div>
      <div class="acts">
        {asks.label === null && <Note app={app} />}
        {view.presence.method === 'words' && (
          <>
            <Act
              app={app}
              label={speech.say('wordsYes')}
              testid="words-yes"
              onAct={() => void showPresence(app, view.presence.words ?? '')}
            />
            <WordsNo app={app} view={view} />
          </>
        )}
        {view.canCancel && view.presence.method !== 'words' && (
          <Act
            app={app}
            kind="quiet"
            label={speech.say('cancel')}
            testid="cancel"
            onAct={() => void cancel(app)}
          />
        )}
      </div>
    </>
  )
}

interface Asks {
  readonly title: Key
  readonly text: Key | null
  /** Of the field, where something is to be entered. */
  readonly label: Key | null
}

const ASKS: Readonly<Record<PresenceMethod, Asks>> = {
  none: { title: 'askingTitle', text: 'askingText', label: null },
  words: { title: 'wordsTitle', text: null, label: null },
  button: { title: 'buttonTitle', text: 'buttonText', label: null },
  blink: { title: 'blinkTitle', text: 'blinkText', label: 'blinkLabel' },
  plate: { title: 'plateTitle', text: 'plateText', label: 'plateLabel' },
}

export function Words({ words }: { words: string }) {
  return (
    <p class="words" data-testid="presence-words">
      {words}
    </p>
  )
}

export function WordsNo({ app }: InPayment) {
  return (
    <Act
      app={app}
      kind="quiet"
      label={app.model.speech.say('wordsNo')}
      testid="words-no"
      onAct={() => app.set({ aside: 'words-differ', note: null })}
    />
  )
}

export function WordsDiffer({ app, view }: InPayment) {
  const { speech } = app.model
  return (
    <>
      <div class="body result stop" data-testid="screen-words-differ">
        <Mark tone="stop" />
        <Title>{speech.say('wordsOtherTitle')}</Title>
        <p class="lead">{speech.say('wordsOtherText')}</p>
      </div>
      <div class="acts">
        <Note app={app} />
        {view.canCancel && (
          <Act
            app={app}
            label={speech.say('wordsOtherEnd')}
            testid="words-end"
            onAct={() => void cancel(app)}
          />
        )}
        <Act
          app={app}
          kind="quiet"
          label={speech.say('back')}
          testid="words-back"
          onAct={() => app.set({ aside: null, note: null })}
        />
      </div>
    </>
  )
}

function PressHere() {
  return (
    <div class="press">
      <Waiting />
    </div>
  )
}

function NumberForm({ app, label }: Pick<InPayment, 'app'> & { label: string }) {
  const { speech, isBusy, note } = app.model
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        const text = new FormData(form).get('text')
        void showPresence(app, typeof text === 'string' ? text.trim() : '').then(() => tryAgainIn(form))
      }}
    >
      <label for="text">{label}</label>
      <input
        id="text"
        name="text"
        class="big"
        inputMode="numeric"
        autoComplete="off"
        maxLength={32}
        required
        aria-describedby="note"
        aria-invalid={note !== null}
        data-testid="presence-text"
      />
      <Note app={app} />
      <button type="submit" class="act main" data-testid="presence-send" aria-disabled={isBusy}>
        {speech.say('goOn')}
      </button>
    </form>
  )
}
