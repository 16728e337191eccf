import { type ErrorCode, type ErrorRow, MANAGEMENT_ERRORS, REQUEST_ERRORS } from './error-code.ts'
import { CASE_REASONS, CLAIM_REFUSALS, END_REASONS, REFUND_REASONS } from '../payment/reason.ts'
import { ENROLMENT_ERRORS, ENROLMENT_ROWS } from '../identity/enrolment-error.ts'
import { ERRORS, isErrorCode } from './table.ts'

const SECTIONS: readonly (readonly [string, string, readonly ErrorCode[]])[] = [
  ['Requests', 'Answers to a request, whatever payment it is about.', REQUEST_ERRORS],
  ['Codes and claims', 'Refused before a payment exists. Nothing was charged.', CLAIM_REFUSALS],
  ['Payments that ended', 'The payment ended, and nothing was charged.', END_REASONS],
  ['Refunds', 'Money was taken and goes back; one refund for each reason and payment.', REFUND_REASONS],
  ['Cases', 'The method cannot settle it by itself: a person looks.', CASE_REASONS],
  ['Management', 'Answers to staff and their programs. No payer meets them.', MANAGEMENT_ERRORS],
]

/** `docs/reference/errors.md`, made from the table. */
export function errorDocument(): string {
  const sections = SECTIONS.map(([title, words, codes]) => section([title, words], codes))
  return `# Errors

Every error of the system's HTTP interface, and every reason for which a payment ends otherwise than delivered. Answers
are problem details (RFC 9457, \`application/problem+json\`): \`type\` is \`/errors#<code>\`, and beside the standard
members stand \`code\`, \`retryable\`, \`charged\` and, where they help, \`retryAtMs\`, \`triesLeft\`, \`field\`, \`because\` and
\`versions\`. A payment's \`reason\` is one of these codes too.

*Again* says whether the same thing may succeed later. *Charged* says what became of the money: \`no\`, \`yes\` (and a
refund, if there is to be one, is under way by itself), or \`unknown\` until the bank has said so.

${[...sections, enrolmentSection()].join('\n')}`
}

function section([title, words]: readonly [string, string], codes: readonly ErrorCode[]): string {
  const rows = codes.map((code) => line(code, ERRORS[code]))
  return `## ${title}

${words}

| code | status | title | again | charged | in words |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

/** Chips are told of nothing that was charged: these have a table of their own. */
function enrolmentSection(): string {
  const rows = ENROLMENT_ERRORS.filter((code) => !isErrorCode(code)).map((code) => {
    const { status, title, detail, retryable } = ENROLMENT_ROWS[code]
    return `| \`${code}\` | ${String(status)} | ${title} | ${retryable ? 'yes' : 'no'} | ${detail} |`
  })
  return `## Enrolment

Answers to chips, at the enrolment service (RFC 7030). Beside these it answers \`chip-revoked\`, \`chip-quarantined\`,
\`route-unknown\`, \`unavailable\` and \`internal\`, as above and without \`charged\`.

| code | status | title | again | in words |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function line(code: ErrorCode, row: ErrorRow): string {
  const again = row.retryable ? 'yes' : 'no'
  return `| \`${code}\` | ${String(row.status)} | ${row.title} | ${again} | ${row.charged} | ${row.detail} |`
}
