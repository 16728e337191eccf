import type { JSX } from 'preact'
import { cancel, confirmByPasskey, confirmByPin, goToBank } from '../flow-payment.ts'
import { type Way, passkeySupport, waysOf } from '../passkey.ts'
import type { Key } from '../words/en.ts'
import { Act, Amount, Facts, Note, Title, Waiting } from './parts.tsx'
import { type InPayment, KeptFor } from './payment.tsx'
import { Words, WordsDiffer, WordsNo } from './presence.tsx'

/** What awaits verification, and one button. */
export function Confirm({ app, view }: InPayment): JSX.Element {
  const { speech, aside } = app.model
  if (aside === 'words-differ') return <WordsDiffer app={app} view={view} />
  const isWords = view.presence.method === 'words' && (view.presence.words ?? '') !== ''
  return (
    <>
      <div class="body" data-testid="screen-confirm">
        <p class="money" data-testid="money-line">
          {speech.say('chargedNotYet')}
        </p>
        <Title class="small">{speech.say('confirmTitle', { payee: view.payee.name })}</Title>
        <Amount app={app} money={view.money} />
        {view.mode === 'hold' && <p class="lead">{speech.say('payAtMost')}</p>}
        {isWords && (
          <section class="check">
            <h2>{speech.say('wordsTitle')}</h2>
            <Words words={view.presence.words ?? ''} />
            <WordsNo app={app} view={view} />
          </section>
        )}
        <Facts app={app} view={view} />
        <KeptFor app={app} view={view} />
      </div>
      <div class="acts">
        {view.needsApproval ? <Approval app={app} view={view} /> : <ConfirmActs app={app} view={view} />}
        {view.canCancel && (
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

function Approval({ app }: InPayment) {
  const { speech, isBusy } = app.model
  return (
    <>
      <p class="hint">
        <b>{speech.say('approvalTitle')}.</b> {speech.say('approvalText')}
      </p>
      <Note app={app} />
      <Act
        app={app}
        label={speech.say(isBusy ? 'leaving' : 'approvalGo')}
        testid="go-to-bank"
        onAct={() => void goToBank(app)}
      />
    </>
  )
}

function ConfirmActs({ app, view }: InPayment) {
  const { options, wantedWay, note } = app.model
  if (options === null) return note === null ? <Waiting /> : <Note app={app} />
  const support = passkeySupport()
  const { way, other } = waysOf(options, support, wantedWay)
  if (way === null) return <p class="note">{app.model.speech.say('noWayToConfirm')}</p>
  const isPin = way === 'pin' || way === 'new-pin'
  return (
    <>
      {isPin && support !== 'yes' && <p class="hint">{app.model.speech.say(UNSUPPORTED[support])}</p>}
      {isPin ? (
        <PinForm app={app} view={view} isNew={way === 'new-pin'} />
      ) : (
        <PasskeyAct app={app} view={view} way={way} />
      )}
      {other !== null && <OtherWay app={app} other={other} />}
    </>
  )
}

const UNSUPPORTED = { insecure: 'passkeyInsecure', missing: 'passkeyMissing' } as const

function PasskeyAct({ app, view, way }: InPayment & { way: Way }) {
  const { speech } = app.model
  const label: Key = view.mode === 'hold' ? 'hold' : 'pay'
  return (
    <>
      <p class="hint">{speech.say(way === 'new-passkey' ? 'newPasskeyHint' : 'passkeyHint')}</p>
      <Note app={app} />
      <Act
        app={app}
        label={speech.say(label, { money: view.money })}
        testid="pay"
        onAct={() => void confirmByPasskey(app)}
      />
    </>
  )
}

function OtherWay({ app, other }: Pick<InPayment, 'app'> & { other: Way }) {
  const isPin = other === 'pin' || other === 'new-pin'
  return (
    <Act
      app={app}
      kind="second"
      label={app.model.speech.say(isPin ? 'usePin' : 'usePasskey')}
      testid={isPin ? 'use-pin' : 'use-passkey'}
      onAct={() => app.set({ wantedWay: other, note: null })}
    />
  )
}

function PinForm({ app, view, isNew }: InPayment & { isNew: boolean }) {
  const { speech, isBusy } = app.model
  const label: Key = view.mode === 'hold' ? 'hold' : 'pay'
  return (
    <form
      class="form"
      noValidate
      data-testid="pin-form"
      onSubmit={(event) => {
        event.preventDefault()
        const fields = new FormData(event.currentTarget)
        void confirmByPin(app, textOf(fields, 'pin'), isNew ? textOf(fields, 'again') : null)
      }}
    >
      {isNew && (
        <p class="hint">
          <b>{speech.say('newPinTitle')}.</b> {speech.say('newPinText')}
        </p>
      )}
      <PinField app={app} name="pin" isNew={isNew} label={speech.say(isNew ? 'newPinLabel' : 'pinLabel')} />
      {isNew && <PinField app={app} name="again" isNew label={speech.say('newPinAgainLabel')} />}
      <Note app={app} />
      <button type="submit" class="act main" data-testid="pay-pin" disabled={isBusy}>
        {speech.say(label, { money: view.money })}
      </button>
    </form>
  )
}

interface PinFieldProps extends Pick<InPayment, 'app'> {
  readonly name: 'pin' | 'again'
  readonly isNew: boolean
  readonly label: string
}

function PinField({ app, name, isNew, label }: PinFieldProps) {
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type="password"
        class="big"
        inputMode="numeric"
        maxLength={6}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        aria-describedby="note"
        aria-invalid={app.model.note !== null}
        data-testid={name === 'pin' ? 'pin' : 'pin-again'}
      />
    </>
  )
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}
