import type { JSX } from 'preact'
import { sendProof } from '../flow-proof.ts'
import { placesOf, secondsLeft } from '../model.ts'
import { Act, type InApp, Mark, Note, Title } from './parts.tsx'

/** The label's proof: that somebody stands before this very chip. */
export function Proof({ app }: InApp): JSX.Element {
  const { speech, draft, note, isBusy } = app.model
  return (
    <form
      class="body"
      data-testid="screen-proof"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        const field = event.currentTarget.querySelector('input')
        void sendProofOf(app, field)
      }}
    >
      <Title>{speech.say('proofTitle')}</Title>
      <ChipName app={app} />
      <p class="lead">{speech.say('proofText')}</p>
      <div class="field">
        <label for="proof">{speech.say('proofLabel')}</label>
        <input
          id="proof"
          name="proof"
          class="big"
          type="text"
          autocomplete="off"
          autocapitalize="characters"
          autocorrect="off"
          spellcheck={false}
          enterkeyhint="go"
          maxLength={64}
          value={draft.proof}
          onInput={(event) => app.set({ draft: { ...draft, proof: event.currentTarget.value } })}
          aria-invalid={note !== null}
          aria-describedby="note tries"
          data-testid="proof"
        />
      </div>
      <Note app={app} />
      <Tries app={app} />
      <Act app={app} label={speech.say(isBusy ? 'sending' : 'goOn')} testid="proof-send" />
      <ClosesIn app={app} />
    </form>
  )
}

async function sendProofOf(app: InApp['app'], field: HTMLInputElement | null): Promise<void> {
  await sendProof(app)
  // Still there: not taken. The next letter typed replaces what was wrong.
  if (field?.isConnected === true) field.select()
}

/** Whose page this is: with several new chips in a room, the name of the hotspot tells them apart. */
export function ChipName({ app }: InApp): JSX.Element | null {
  const name = app.model.view?.chip.name
  if (name === undefined) return null
  return (
    <p class="chip" data-testid="chip-name">
      {name}
    </p>
  )
}

const TRIES_AT_FIRST = 5

function Tries({ app }: InApp): JSX.Element {
  const { view, speech } = app.model
  const tries = view?.triesLeft ?? TRIES_AT_FIRST
  const words = tries === 1 ? speech.say('triesLast') : speech.say('triesLeft', { tries })
  return (
    <p id="tries" class="tries" role="status" data-testid="tries">
      {tries < TRIES_AT_FIRST && words}
    </p>
  )
}

const MINUTE_S = 60

/** Said in whole minutes: nobody types faster because seconds run. */
export function ClosesIn({ app }: InApp): JSX.Element | null {
  const { view, speech, isLost } = app.model
  const leftS = secondsLeft(app.model, Date.now())
  if (view === null || isLost || leftS <= 0) return null
  const minutes = Math.floor(leftS / MINUTE_S)
  return (
    <p class="hint" data-testid="closes">
      {minutes < 1 ? speech.say('closesSoon') : speech.say('closesIn', { minutes })}
    </p>
  )
}

export function Closed({ app }: InApp): JSX.Element {
  const { speech, view } = app.model
  const failure = view?.failure
  const places = placesOf(app.model)
  return (
    <div class="body result open" data-testid="screen-closed">
      <Mark tone="open" />
      <Title>{speech.say('closedTitle')}</Title>
      <p class="lead">{speech.say('closedText')}</p>
      {failure && (
        <p data-testid="closed-after">
          {speech.say('closedAfter', { ...speech.failure(failure.code, places) })}
        </p>
      )}
      <ol class="next">
        <li>{speech.say('closedPower')}</li>
        <li>{speech.say('closedJoin', places)}</li>
        <li>{speech.say('closedWait')}</li>
      </ol>
    </div>
  )
}
