import { type Noun, NOUNS } from './noun.ts'
import { type Role, ROLES } from './role.ts'

/**
 * Who may do what: the one table. The server's checks, the console's buttons (`GET /v1/manage/access`) and
 * `docs/reference/access.md` all come from it. What does not stand in it nobody may.
 */

export type Action = {
  [N in Noun]: `${N}.${keyof (typeof NOUNS)[N]['actions'] & string}`
}[Noun]

export interface ActionRow {
  readonly roles: readonly Role[]
  /** Needs a passkey's answer to exactly this request, of the last five minutes: so no key can do it. */
  readonly touch?: true
}

export interface FieldRow {
  readonly read: readonly Role[]
  /** Who changes it; nobody, where nobody is named. */
  readonly set?: readonly Role[]
  /** Given when the record is made, by whoever may make it. */
  readonly add?: true
}

export interface NounRow {
  readonly words: string
  readonly actions: Readonly<Record<string, ActionRow>>
  readonly fields: Readonly<Record<string, FieldRow>>
}

const ROWS: Readonly<Record<string, NounRow>> = NOUNS

/** Every action, `noun.verb`, in the table's order. */
export const ACTIONS = Object.entries(ROWS).flatMap(([noun, row]) =>
  Object.keys(row.actions).map((verb) => `${noun}.${verb}`),
) as readonly Action[]

const KNOWN: ReadonlySet<string> = new Set(ACTIONS)

export function isAction(text: string): text is Action {
  return KNOWN.has(text)
}

/** Its row; a bug where there is none. */
export function rowOf(action: Action): ActionRow {
  const [noun = '', verb = ''] = action.split('.')
  const row = ROWS[noun]?.actions[verb]
  if (row === undefined) throw new TypeError(`${action} is not in the access table`)
  return row
}

/** What one role may: each action, and each field to read and to set. */
export function rightsOf(role: Role): {
  readonly actions: readonly Action[]
  readonly read: Readonly<Record<string, readonly string[]>>
  readonly set: Readonly<Record<string, readonly string[]>>
} {
  const fields = (may: (row: FieldRow) => readonly Role[]) =>
    Object.fromEntries(
      Object.entries(ROWS).map(([noun, row]) => [
        noun,
        Object.keys(row.fields).filter((name) => may(row.fields[name] as FieldRow).includes(role)),
      ]),
    )
  return {
    actions: ACTIONS.filter((action) => rowOf(action).roles.includes(role)),
    read: fields((row) => row.read),
    set: fields((row) => row.set ?? []),
  }
}

/** The whole table as data, for whoever draws buttons. */
export function accessTable(): Readonly<Record<Role, ReturnType<typeof rightsOf>>> {
  return Object.fromEntries(ROLES.map((role) => [role, rightsOf(role)])) as Record<
    Role,
    ReturnType<typeof rightsOf>
  >
}
