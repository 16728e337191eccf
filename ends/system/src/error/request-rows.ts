import { type ErrorRow, type RequestError, final, retry, uncertain } from './error-code.ts'

export const REQUEST_ROWS: Readonly<Record<RequestError, ErrorRow>> = {
  'request-malformed': final(400, [
    'Request not understood',
    'The request is not as the interface describes it.',
  ]),
  'request-too-large': final(413, [
    'Request too large',
    'The request has more bytes than any good one needs.',
  ]),
  'media-type-unsupported': final(415, ['Media type not supported', 'Send application/json.']),
  'route-unknown': final(404, ['No such address', 'There is nothing at this address.']),
  'payment-unknown': final(404, [
    'No such payment here',
    'There is no such payment, or this device did not make it. Only the device that claimed a payment reads it.',
  ]),
  'machine-unknown': final(404, ['No such machine', 'No machine of ours has this code.']),
  'origin-refused': final(403, [
    'Foreign page',
    'This request came from another site. Open the payment page itself.',
  ]),
  'idempotency-key-missing': final(400, [
    'Idempotency-Key missing',
    'A request that makes something carries an Idempotency-Key, so that a repeat makes nothing twice.',
  ]),
  'idempotency-key-malformed': final(400, [
    'Idempotency-Key malformed',
    'An Idempotency-Key has 20 to 64 letters, digits, hyphens or underscores.',
  ]),
  'idempotency-key-reused': final(422, [
    'Idempotency-Key used for something else',
    'This key was sent with another request before. Take a fresh key for a new request.',
  ]),
  'idempotency-in-progress': retry(409, [
    'The same request is under way',
    'The first request with this key is not answered yet. Send it again in a moment.',
  ]),
  'too-many-requests': retry(429, ['Too many requests', 'Wait a moment, then try again.']),
  'too-many-streams': retry(503, ['Too many open pages', 'Ask for the payment itself now and then instead.']),
  'state-passed': final(409, [
    'Too late for that',
    'The payment has gone on. Look at it again to see where it is.',
  ]),
  'presence-missing': final(409, [
    'Not yet shown to be at the machine',
    'Show first that you stand at this machine.',
  ]),
  'approval-missing': final(409, [
    'No approval at the bank',
    'Approve at your bank first; then confirm here.',
  ]),
  'approval-unavailable': retry(503, [
    'The bank does not answer',
    'The bank cannot be reached. Try again in a moment.',
  ]),
  'verification-wrong': retry(403, ['That was not right', 'The PIN or passkey was not accepted. Try again.']),
  'verification-malformed': final(400, [
    'Confirmation not understood',
    'Send one passkey answer, or a PIN of six digits.',
  ]),
  'verification-used': final(409, [
    'Already confirmed',
    'A confirmation serves once, and this payment has one.',
  ]),
  'verification-other': final(403, [
    'Confirmation of something else',
    'What was confirmed is not exactly this payment: amount, payee, machine and payment have to be the same.',
  ]),
  'pin-locked': final(403, [
    'PIN locked on this device',
    'The PIN was wrong too often on this device. Use a passkey, or approve at your bank again and choose a new PIN.',
  ]),
  'pin-unset': final(409, ['No PIN on this device', 'Approve at your bank first, then choose a PIN.']),
  'passkey-unknown': final(403, [
    'Passkey not known',
    'Use the passkey made for this site, or approve at your bank again.',
  ]),
  'enrolment-refused': final(403, [
    'A new PIN or passkey needs the bank',
    'A new PIN or passkey is taken only together with a fresh approval at the bank.',
  ]),
  'notification-unsigned': final(401, [
    'Notification not signed by the bank',
    'The signature is missing or wrong.',
  ]),
  unavailable: uncertain(503, [
    'Not available at the moment',
    'What you asked for could not be done now. What was already under way goes on by itself.',
  ]),
  internal: uncertain(500, [
    'A fault on our side',
    'Something went wrong here. What was already under way goes on by itself; look at the payment again.',
  ]),
}
