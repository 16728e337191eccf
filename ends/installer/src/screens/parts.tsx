import type { ComponentChildren, JSX } from 'preact'
import type { App } from '../app.ts'
import { placesOf } from '../model.ts'
import type { Field } from '../set-up-request.ts'

/** The pieces that screens are made of. */

export interface InApp {
  readonly app: App
}

export function Header(): JSX.Element {
  return (
    <header class="head">
      <span class="brand">
        <svg class="coin" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
          <circle cx="16" cy="16" r="14.5" fill="none" stroke="currentColor" stroke-width="2" />
          <path d="M16 16V5a11 11 0 0 1 11 11z" class="quarter" />
        </svg>
        Farthing
      </span>
    </header>
  )
}

/** A heading that takes the focus when the screen before it is gone. */
export function Title({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <h1 tabIndex={-1} data-testid="title">
      {children}
    </h1>
  )
}

const MARKS = { good: 'M9 16.5l5 5 9-11', open: 'M16 8v10M16 22.6v.4' } as const

/** What kind of end this is, for the eye; the words say the same. */
export function Mark({ tone }: { tone: keyof typeof MARKS }): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="15" />
      <path d={MARKS[tone]} fill="none" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}

export interface ActProps extends InApp {
  readonly label: string
  readonly testid: string
  /** Left out in a form, where the button sends it. */
  readonly onAct?: () => void
  readonly kind?: 'main' | 'second'
}

export function Act({ app, label, testid, onAct, kind = 'main' }: ActProps): JSX.Element {
  return (
    <button
      type={onAct === undefined ? 'submit' : 'button'}
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
export function Note({ app }: InApp): JSX.Element {
  const { note, speech } = app.model
  return (
    <p id="note" class={note === null ? 'unseen' : 'note'} role="alert" data-testid="note">
      {note === null ? '' : speech.line(note)}
    </p>
  )
}

/** While the chip does not answer: what the page waits for, and what helps. */
export function LostLine({ app, isShown }: InApp & { isShown: boolean }): JSX.Element {
  const { speech, view } = app.model
  const words = view === null ? speech.say('lostFirst') : speech.say('lost', placesOf(app.model))
  return (
    <div role="status" class={isShown ? 'lost' : 'unseen'} data-testid="connection">
      {isShown ? words : ''}
    </div>
  )
}

/** What is wrong with a field; where a failure is mended there, what happened. */
export function faultOf({ model }: App, field: Field): string | null {
  const { faults, editing, view, speech } = model
  const line = faults[field]
  if (line !== undefined) return speech.line(line)
  if (editing?.field !== field || view?.failure === undefined) return null
  return speech.failure(view.failure.code, placesOf(model)).what
}

export interface TextFieldProps extends InApp {
  readonly field: Field
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly onText: (text: string) => void
  readonly onLeave?: () => void
  readonly kind?: 'url' | 'code' | 'password'
  /** Beside the field, inside its frame. */
  readonly children?: ComponentChildren
}

export function TextField(props: TextFieldProps): JSX.Element {
  const { app, field, label, hint, value, onText, onLeave, kind, children } = props
  const fault = faultOf(app, field)
  const [hintId, faultId] = [`${field}-hint`, `${field}-fault`]
  return (
    <div class="field" data-field={field}>
      <label for={field}>{label}</label>
      <div class={children === undefined ? 'frame' : 'frame wide'}>
        <input
          id={field}
          name={field}
          class={kind === 'code' ? 'code' : ''}
          {...(kind === 'password' ? { type: 'password' } : { type: 'text' })}
          inputMode={kind === 'url' ? 'url' : 'text'}
          autocomplete="off"
          autocapitalize={kind === 'code' ? 'characters' : 'none'}
          autocorrect="off"
          spellcheck={false}
          value={value}
          onInput={(event) => onText(event.currentTarget.value)}
          onBlur={onLeave}
          aria-invalid={fault !== null}
          aria-describedby={[fault === null ? '' : faultId, hint === undefined ? '' : hintId]
            .join(' ')
            .trim()}
          data-testid={field}
        />
        {children}
      </div>
      {hint !== undefined && (
        <p id={hintId} class="hint">
          {hint}
        </p>
      )}
      <Fault id={faultId} text={fault} testid={`${field}-fault`} />
    </div>
  )
}

export function Fault(props: { id: string; text: string | null; testid: string }): JSX.Element | null {
  const { id, text, testid } = props
  if (text === null) return null
  return (
    <p id={id} class="fault" data-testid={testid}>
      {text}
    </p>
  )
}
