import type { ComponentChildren } from 'preact'
import type { App } from '../app.ts'
import { adviceFor } from '../advice.ts'
import { goHome, openHistory } from '../flow-visit.ts'
import type { MoneyView, PaymentView, Problem } from '../payment.ts'
import { supportLink } from '../support-link.ts'
import type { Figure, Statement } from '../statement.ts'
import type { Key } from '../words/en.ts'

/** The pieces that screens are made of. */

export interface InApp {
  readonly app: App
}

function Coin() {
  return (
    <svg class="coin" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="14.5" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M16 16V5a11 11 0 0 1 11 11z" class="quarter" />
    </svg>
  )
}

export function Header({ app }: InApp) {
  const { page, speech, isBusy } = app.model
  const isHistory = page.kind === 'history' || page.kind === 'receipt' || page.kind === 'scan'
  return (
    <header class="head">
      {isHistory ? (
        <button type="button" class="quiet" data-testid="back" onClick={() => app.back()}>
          <Arrow /> {speech.say('back')}
        </button>
      ) : (
        <a
          class="brand"
          href="/"
          data-testid="home"
          onClick={(event) => {
            event.preventDefault()
            goHome(app)
          }}
        >
          <Coin /> Farthing
        </a>
      )}
      {page.kind !== 'history' && page.kind !== 'receipt' && (
        <button
          type="button"
          class="quiet"
          data-testid="open-history"
          aria-disabled={isBusy}
          onClick={() => void openHistory(app)}
        >
          {speech.say('receipts')}
        </button>
      )}
    </header>
  )
}

function Arrow() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d="M15 5l-7 7 7 7" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
    </svg>
  )
}

/** A heading that takes the focus when the screen before it is gone. */
export function Title({ children, class: name = '' }: { children: ComponentChildren; class?: string }) {
  return (
    <h1 class={name} tabIndex={-1} data-testid="title">
      {children}
    </h1>
  )
}

export function Waiting() {
  return (
    <p class="waiting" aria-hidden="true">
      <i />
      <i />
      <i />
    </p>
  )
}

const MARKS: Readonly<Record<Statement['tone'], string>> = {
  good: 'M9 16.5l5 5 9-11',
  back: 'M11 13h8a4.5 4.5 0 0 1 0 9h-6M14.5 9l-4 4 4 4',
  stop: 'M10 10l12 12M22 10L10 22',
  open: 'M16 8v10M16 22.6v.4',
  plain: 'M16 9v9M16 22.6v.4',
}

/** What kind of end this is, for the eye; the words say the same. */
export function Mark({ tone }: { tone: Statement['tone'] }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="15" />
      <path d={MARKS[tone]} fill="none" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}

/** What is paid for, to whom, where: what awaits verification. */
export function Facts({ app, view }: InApp & { view: PaymentView }) {
  const { speech } = app.model
  const { machine, unitPrice } = view
  const number = machine.number === undefined ? '' : ` · ${speech.say('number', { number: machine.number })}`
  return (
    <dl class="facts" data-testid="facts">
      <Fact label={speech.say('goods')} value={view.goods} />
      {unitPrice && (
        <Fact
          label={speech.say('unitPrice')}
          value={`${speech.money(unitPrice.money)} / ${unitPrice.unit}`}
        />
      )}
      <Fact label={speech.say('payee')} value={view.payee.name} />
      <Fact label={speech.say('machine')} value={machine.name + number} />
      <Fact label={speech.say('place')} value={machine.place} />
    </dl>
  )
}

export function Fact({ label, value, strong = false }: { label: string; value: string; strong?: boolean }) {
  return (
    <div class={strong ? 'strong' : ''}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  )
}

export function Figures({ app, figures }: InApp & { figures: readonly Figure[] }) {
  const { speech } = app.model
  if (figures.length === 0) return null
  return (
    <dl class="facts figures" data-testid="figures">
      {figures.map((figure) => (
        <Fact
          key={figure.label}
          label={speech.say(figure.label)}
          value={typeof figure.value === 'string' ? figure.value : speech.money(figure.value)}
          strong={figure.strong === true}
        />
      ))}
    </dl>
  )
}

export interface ActProps extends InApp {
  readonly label: string
  readonly testid: string
  readonly onAct: () => void
  readonly kind?: 'main' | 'second' | 'quiet' | 'danger'
}

export function Act({ app, label, testid, onAct, kind = 'main' }: ActProps) {
  return (
    <button
      type="button"
      class={`act ${kind}`}
      data-testid={testid}
      aria-disabled={app.model.isBusy}
      onClick={onAct}
    >
      {label}
    </button>
  )
}

/** What went wrong with the last touch; read out at once. */
export function Note({ app }: InApp) {
  const { note, speech } = app.model
  return (
    <p id="note" class={note === null ? 'unseen' : 'note'} role="alert" data-testid="note">
      {note === null ? '' : 'problem' in note ? noteWords(app, note.problem) : speech.line(note)}
    </p>
  )
}

/** Beside a form: the line above the title says already that nothing is charged, as long as nothing is. */
function noteWords(app: App, problem: Problem): string {
  const [money, ...others] = problemWords(app, problem)
  const isSaidAbove = money === app.model.speech.say('problemNo')
  return (isSaidAbove ? others : [money, ...others]).join(' ')
}

const PROBLEM_TITLE: Readonly<Record<Problem['charged'], Key>> = {
  no: 'problemNo',
  yes: 'problemYesAny',
  unknown: 'problemUnknown',
}

/** The money, why, and what to do; a code without words gets the other two. */
export function problemWords(app: App, problem: Problem): string[] {
  const { speech, view } = app.model
  // What the answer says of the money is about this request; the payment itself may be paid for long.
  const isBefore = view === null || view.charged === 'no'
  const isUnknown = isBefore && problem.charged === 'unknown'
  const why = speech.reason(problem.code)
  const retryAt = problem.retryAtMs
  return [
    isBefore ? speech.say(PROBLEM_TITLE[problem.charged]) : '',
    ...(why === null ? [] : [why]),
    isUnknown ? speech.say('problemUnknownText') : speech.say(adviceFor(problem.code)),
    problem.triesLeft === undefined ? '' : speech.say('triesLeft', { tries: problem.triesLeft }),
    ...(retryAt === undefined ? [] : [speech.say('againAt', { time: speech.clock(retryAt) })]),
  ].filter((text) => text !== '')
}

/** Shown while the line is down: when this was last known, and nothing about the money that is not known. */
export function LostLine({ app }: InApp) {
  const { isLost, heardAtMs, speech, view } = app.model
  const words =
    view === null
      ? speech.say('connectionNone')
      : speech.say('connectionLost', { time: speech.clock(heardAtMs) })
  return (
    <div role="status" class={isLost ? 'lost' : 'unseen'} data-testid="connection">
      {isLost ? words : ''}
    </div>
  )
}

/** How to reach people: each contact as a link where it is an address or a number. */
export function Support({ app, view }: InApp & { view: PaymentView }) {
  const { support, name } = view.payee
  if (support === '') return null
  return (
    <div class="support" data-testid="support">
      <p>{app.model.speech.say('support', { payee: name })}</p>
      {support.split(/[,;\n]\s*/).map((contact) => {
        const href = supportLink(contact)
        return <p key={contact}>{href === null ? contact : <a href={href}>{contact}</a>}</p>
      })}
    </div>
  )
}

export function Amount({ app, money }: InApp & { money: MoneyView }) {
  return (
    <p class="amount" data-testid="amount">
      {app.model.speech.money(money)}
    </p>
  )
}

/** A form that is still there was not taken: the next digit typed replaces what was wrong. */
export function tryAgainIn(form: HTMLFormElement): void {
  const field = form.querySelector('input')
  if (!form.isConnected || field === null) return
  field.focus()
  field.select()
}
