import type { JSX } from 'preact'
import type { App } from '../app.ts'
import { cancel, confirmByPasskey, confirmByPin, goToBank, loadOptions } from '../flow-payment.ts'
import { type OtherWay, passkeySupport, waysOf } from '../passkey.ts'
import type { PaymentView } from '../payment.ts'
import type { Key } from '../words/en.ts'
import { Act, type ActProps, Amount, Facts, type InApp, Note, Title, Waiting, tryAgainIn } from './parts.tsx'
import { type InPayment, KeptFor } from './payment.tsx'
import { Words, WordsDiffer, WordsNo } from './presence.tsx'

/** What awaits verification, and one button. */
export function Confirm({ app, view }: InPayment): JSX.Element {
  const { speech, aside } = app.model
  if (aside === 'words-differ') return <WordsDiffer app={app} view={view} />
  const asked = askOf(app, view)
  return (
    <>
      <div class="body" data-testid="screen-confirm">
        <p class="money" data-testid="money-line">
          {speech.say('chargedNotYet')}
        </p>
        <Title class="small">{speech.say('confirmTitle', { payee: view.payee.name })}</Title>
        <Amount app={app} money={view.money} />
        {view.mode === 'hold' && <p class="lead">{speech.say('payAtMost')}</p>}
        {asked.pin !== null && <PinForm app={app} view={view} isNew={asked.pin === 'new-pin'} />}
        <WordsCheck app={app} view={view} />
        <Facts app={app} view={view} />
        {asked.hint !== null && <p class="hint">{speech.say(asked.hint)}</p>}
        <KeptFor app={app} view={view} />
      </div>
      <div class="acts">
        {asked.pin === null && <Note app={app} />}
        {asked.isWaiting && <Waiting />}
        {asked.act !== null && <Act app={app} {...asked.act} />}
        <div class="row">
          {asked.other !== null && <Instead app={app} other={asked.other} />}
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
      </div>
    </>
  )
}

/** What this payer is asked for: the bank, the passkey, or a PIN; and what is offered beside it. */
interface Asked {
  readonly act: Omit<ActProps, 'app'> | null
  readonly pin: 'pin' | 'new-pin' | null
  readonly other: OtherWay | null
  readonly hint: Key | null
  readonly isWaiting: boolean
}

const NOTHING_ASKED: Asked = { act: null, pin: null, other: null, hint: null, isWaiting: false }
const UNSUPPORTED = { yes: null, insecure: 'passkeyInsecure', missing: 'passkeyMissing' } as const

function askOf(app: App, view: PaymentView): Asked {
  const { speech, isBusy, options, wantedWay, note } = app.model
  const leave = speech.say(isBusy ? 'leaving' : 'approvalGo')
  const toBank = { label: leave, testid: 'go-to-bank', onAct: () => void goToBank(app) }
  if (view.needsApproval) return { ...NOTHING_ASKED, act: toBank, hint: 'approvalText' }
  if (options === null) {
    const act = { label: speech.say('tryAgain'), testid: 'retry', onAct: () => void loadOptions(app) }
    return note === null ? { ...NOTHING_ASKED, isWaiting: true } : { ...NOTHING_ASKED, act }
  }
  const support = passkeySupport()
  const { way, other } = waysOf(options, support, wantedWay)
  if (way === 'approval') return { ...NOTHING_ASKED, act: toBank, hint: 'noWayToConfirm' }
  if (way === 'pin' || way === 'new-pin')
    return { ...NOTHING_ASKED, pin: way, other, hint: UNSUPPORTED[support] }
  const label = speech.say(payKey(view), { money: view.money })
  const act = { label, testid: 'pay', onAct: () => void confirmByPasskey(app) }
  return { ...NOTHING_ASKED, act, other, hint: way === 'new-passkey' ? 'newPasskeyHint' : 'passkeyHint' }
}

function payKey(view: PaymentView): Key {
  return view.mode === 'hold' ? 'hold' : 'pay'
}

function WordsCheck({ app, view }: InPayment) {
  const { method, words = '' } = view.presence
  if (method !== 'words' || words === '') return null
  return (
    <section class="check">
      <h2>{app.model.speech.say('wordsTitle')}</h2>
      <Words words={words} />
      <WordsNo app={app} view={view} />
    </section>
  )
}

const INSTEAD: Readonly<Record<OtherWay, Key>> = {
  pin: 'usePin',
  'new-pin': 'usePin',
  passkey: 'usePasskey',
  'new-passkey': 'usePasskey',
  approval: 'approvalInstead',
}

function Instead({ app, other }: InApp & { other: OtherWay }) {
  const key = INSTEAD[other]
  return (
    <Act
      app={app}
      kind="quiet"
      label={app.model.speech.say(key)}
      testid={key === 'usePin' ? 'use-pin' : key === 'usePasskey' ? 'use-passkey' : 'go-to-bank'}
      onAct={() => (other === 'approval' ? void goToBank(app) : app.set({ wantedWay: other, note: null }))}
    />
  )
}

function PinForm({ app, view, isNew }: InPayment & { isNew: boolean }) {
  const { speech, isBusy } = app.model
  return (
    <form
      class="form"
      noValidate
      data-testid="pin-form"
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        const fields = new FormData(form)
        const again = isNew ? textOf(fields, 'again') : null
        void confirmByPin(app, textOf(fields, 'pin'), again).then(() => tryAgainIn(form))
      }}
    >
      {isNew && <h2>{speech.say('newPinTitle')}</h2>}
      {isNew && <p class="hint">{speech.say('newPinText')}</p>}
      <PinField app={app} name="pin" isNew={isNew} label={speech.say(isNew ? 'newPinLabel' : 'pinLabel')} />
      {isNew && <PinField app={app} name="again" isNew label={speech.say('newPinAgainLabel')} />}
      <Note app={app} />
      <button type="submit" class="act main" data-testid="pay-pin" aria-disabled={isBusy}>
        {speech.say(payKey(view), { money: view.money })}
      </button>
    </form>
  )
}

/** That a passkey was not used is no fault of the PIN. */
function isPinWrong({ model: { note } }: App): boolean {
  return note !== null && ('problem' in note || note.key.startsWith('pin'))
}

interface PinFieldProps extends InApp {
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
        aria-invalid={isPinWrong(app)}
        data-testid={name === 'pin' ? 'pin' : 'pin-again'}
      />
    </>
  )
}

function textOf(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}
