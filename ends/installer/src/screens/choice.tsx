import type { ComponentChildren, JSX } from 'preact'

export interface ChoiceProps {
  readonly name: string
  readonly value: string
  readonly isChosen: boolean
  readonly onChoose: () => void
  readonly title: string
  /** Under the title, smaller. */
  readonly text?: string
  readonly isUsable?: boolean
  /** At the end of the row, for the eye. */
  readonly sign?: ComponentChildren
  readonly testid: string
  /** Shown under the row. */
  readonly children?: ComponentChildren
}

/** A row that a wet thumb hits: the whole of it chooses. */
export function Choice(props: ChoiceProps): JSX.Element {
  const { name, value, isChosen, onChoose, title, text, isUsable = true, sign, testid, children } = props
  return (
    <li class={isChosen ? 'choice chosen' : 'choice'} data-testid={testid}>
      <label class={isUsable ? 'row' : 'row unusable'}>
        <input
          type="radio"
          name={name}
          value={value}
          checked={isChosen}
          disabled={!isUsable}
          onChange={onChoose}
        />
        <span class="what">
          <b>{title}</b>
          {text !== undefined && <small>{text}</small>}
        </span>
        {sign}
      </label>
      {children !== undefined && <div class="inside">{children}</div>}
    </li>
  )
}

export interface ChoicesProps {
  readonly field: string
  readonly title: ComponentChildren
  readonly fault: string | null
  readonly children: ComponentChildren
}

/** Several of which one is chosen, with what is wrong with the choice. */
export function Choices({ field, title, fault, children }: ChoicesProps): JSX.Element {
  const faultId = `${field}-fault`
  return (
    <fieldset data-field={field} aria-describedby={fault === null ? undefined : faultId}>
      <legend>{title}</legend>
      {fault !== null && (
        <p id={faultId} class="fault" data-testid={faultId}>
          {fault}
        </p>
      )}
      <ul class="choices">{children}</ul>
    </fieldset>
  )
}
