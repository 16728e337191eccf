import { type ErrorRow, type ManagementError, final, retry } from './error-code.ts'

export const MANAGEMENT_ROWS: Readonly<Record<ManagementError, ErrorRow>> = {
  'sign-in-missing': final(401, ['Not signed in', 'Sign in with a passkey, or send an API key.']),
  'sign-in-refused': final(403, [
    'Sign-in refused',
    'The passkey is not one of a member of staff, or its answer came too late. Begin again.',
  ]),
  'key-refused': final(401, ['API key refused', 'The key is unknown, expired or revoked.']),
  'role-refused': final(403, [
    'Not allowed',
    'None of your roles, or of the scopes of this key, may do this.',
  ]),
  'field-refused': final(403, [
    'Field not yours to set',
    'None of your roles may set the field that is named.',
  ]),
  'grant-refused': final(403, [
    'Role not yours to give',
    'Nobody gives or takes more than they have, or changes their own roles.',
  ]),
  'touch-missing': final(403, [
    'Passkey needed for this',
    'Touch your passkey for exactly this request; that holds for five minutes. An API key cannot do this.',
  ]),
  'record-unknown': final(404, ['No such record', 'There is no such record among those that you can see.']),
  'record-exists': final(409, ['Exists already', 'A record with this id exists already.']),
  'record-retired': final(409, ['Retired', 'What is retired is not changed any more.']),
  'in-use': final(409, ['Still in use', 'It cannot be retired while something needs it; that is named.']),
  'version-missing': final(428, [
    'If-Match missing',
    'A change says which version it was made to: send the ETag of the record in If-Match.',
  ]),
  'version-passed': final(412, [
    'Changed by somebody else',
    'Somebody else was quicker. Read the record again, and make the change anew if it is still wanted.',
  ]),
  'cursor-refused': final(400, ['Cursor refused', 'The cursor is none of ours, or of another question.']),
  'tariff-refused': final(422, [
    'Prices refused',
    'Machines cannot sell at these prices; what is wrong is named.',
  ]),
  'iban-refused': final(422, [
    'No such account number',
    'The IBAN is mistyped: its check digits do not fit.',
  ]),
  'plate-missing': final(422, [
    'Number on the plate missing',
    'Presence by plate needs the number that is on the plate.',
  ]),
  'invitation-unknown': final(404, [
    'Invitation not valid',
    'The invitation is unknown, used, withdrawn or too old. Ask for another.',
  ]),
  'approval-open': final(409, ['Asked for already', 'The same is being asked for and is not decided yet.']),
  'approval-own': final(403, ['A second person is needed', 'Nobody approves what they asked for.']),
  'approval-not-independent': final(403, [
    'An independent person is needed',
    'Whoever approves must not owe the own place among staff to whoever asked, nor both to the same person.',
  ]),
  'approval-decided': final(409, ['Decided already', 'It is decided, withdrawn or expired.']),
  'approval-stale': retry(409, [
    'No longer what was asked for',
    'What was to be changed has changed since. Withdraw it and ask again.',
  ]),
}
