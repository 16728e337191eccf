import { NOUNS } from './noun.ts'
import { ROLES, ROLE_TABLE, type Role } from './role.ts'
import type { NounRow } from './table.ts'

const SHORT: Readonly<Record<Role, string>> = {
  'platform-owner': 'platform owner',
  'merchant-owner': 'merchant owner',
  manager: 'manager',
  technician: 'technician',
  support: 'support',
  auditor: 'auditor',
}

/** `docs/reference/access.md`, made from the table. */
export function accessDocument(): string {
  const nouns: Readonly<Record<string, NounRow>> = NOUNS
  return `# Who may

What stands here is the table that the server itself checks by (\`ends/system/src/access/noun.ts\`); the console gets it
from \`GET /v1/manage/access\`. What does not stand here nobody may. What somebody may not see is answered as if it were
not there.

## Roles

A role is had on the whole platform, for one merchant, or for one of its sites, and reaches no further.

| role | who | can be had for | may give |
| --- | --- | --- | --- |
${ROLES.map(roleLine).join('\n')}

Nobody gives or takes what they do not have, and nobody changes their own roles. The platform keeps its last owner.

## Actions

*Touch*: needs the passkey's answer to exactly this request, within five minutes. No API key can do it.

| what | action | ${ROLES.map((role) => SHORT[role]).join(' | ')} | touch |
| --- | --- |${' --- |'.repeat(ROLES.length)} --- |
${Object.entries(nouns)
  .flatMap(([noun, row]) => actionLines(noun, row))
  .join('\n')}

## Fields

**r**: reads it. **s**: reads it, and changes it where the record can be changed at all. *Given*: set once, when the record
is made. Where a record has no table here, whoever reads it reads all of it.
${Object.entries(nouns)
  .filter(([, row]) => Object.keys(row.fields).length > 0)
  .map(([noun, row]) => fieldTable(noun, row))
  .join('')}`
}

function roleLine(role: Role): string {
  const { words, levels, grants } = ROLE_TABLE[role]
  const given = grants.length === 0 ? 'nothing' : grants.map((name) => SHORT[name]).join(', ')
  return `| \`${role}\` | ${words} | ${levels.join(', ')} | ${given} |`
}

function actionLines(noun: string, row: NounRow): readonly string[] {
  return Object.entries(row.actions).map(([verb, action], index) => {
    const marks = ROLES.map((role) => (action.roles.includes(role) ? 'yes' : ''))
    const what = index === 0 ? row.words : ''
    return `| ${[what, `\`${noun}.${verb}\``, ...marks, action.touch ? 'touch' : ''].join(' | ')} |`
  })
}

function fieldTable(noun: string, row: NounRow): string {
  const lines = Object.entries(row.fields).map(([name, field]) => {
    const marks = ROLES.map((role) =>
      field.set?.includes(role) ? 's' : field.read.includes(role) ? 'r' : '',
    )
    return `| ${[`\`${name}\``, ...marks, field.add ? 'given' : ''].join(' | ')} |`
  })
  return `
### ${noun}

| field | ${ROLES.map((role) => SHORT[role]).join(' | ')} | |
| --- |${' --- |'.repeat(ROLES.length)} --- |
${lines.join('\n')}
`
}
