import type { CaseReason, ClaimRefusal, EndReason, RefundReason } from '../payment/reason.ts'
import { type ErrorRow, charged, final, retry, uncertain } from './error-code.ts'

/** Refusals of S2 and S3, before a payment exists. */
export const CLAIM_ROWS: Readonly<Record<ClaimRefusal, ErrorRow>> = {
  'code-malformed': final(400, [
    'Code not readable',
    'This is not a code of a machine. Scan the code on the machine again.',
  ]),
  'code-foreign': final(404, [
    'Code of no machine of ours',
    'This code belongs to no machine here. Do not pay with it.',
  ]),
  'code-signature-invalid': final(422, [
    'Code not made by the machine',
    'The code was altered or copied together: the machine did not make it. Do not pay with it.',
  ]),
  'code-expired': final(410, ['Code expired', 'The machine shows a new code by now. Scan that one.']),
  'code-used': final(409, ['Code already used', 'This code was used for a payment. Scan a new one.']),
  'chip-revoked': final(403, [
    'Machine withdrawn',
    'The chip in this machine is no longer trusted. Please use another machine.',
  ]),
  'chip-quarantined': final(403, [
    'Machine held back',
    'There may be a copy of the chip in this machine, so it takes no payments until staff have looked. Please use another machine.',
  ]),
  'machine-disabled': final(403, [
    'Machine switched off',
    'This machine is out of service. Please use another one.',
  ]),
  'merchant-disabled': final(403, ['Seller switched off', 'This seller takes no payments at the moment.']),
  'system-disabled': retry(503, ['Payments paused', 'No payments are taken at the moment.']),
  'tariff-old': retry(409, [
    'Price out of date',
    'The machine had an old price and gets the new one now. Scan again in a moment.',
  ]),
  'product-unknown': final(404, ['Not sold here', 'The machine does not sell this.']),
  'amount-above-limit': final(403, [
    'More than this machine may take',
    'This machine cannot show that you stand before it, so it takes smaller amounts alone.',
  ]),
  'machine-claimed': retry(409, [
    'Machine in use by another payer',
    'Someone else is paying at this machine. Try again in a moment.',
  ]),
  'too-many-claims': retry(429, [
    'Too many tries',
    'Too many payments were started from here or at this machine. Wait a moment.',
  ]),
}

/** Payments that ended without a charge. */
export const END_ROWS: Readonly<Record<EndReason, ErrorRow>> = {
  'chip-silent': retry(504, [
    'Machine does not answer',
    'The machine did not answer in time. It may have no power or no network.',
  ]),
  'chip-not-issued': final(409, [
    'Not a code of this machine',
    'The machine says it never made this code. Do not pay with it.',
  ]),
  'chip-answer-differs': final(409, [
    'Machine and code disagree',
    'The machine answered for something else than this payment.',
  ]),
  'chip-clock-unset': retry(409, [
    'Machine not ready yet',
    'The machine does not know the time yet. Try again in a minute.',
  ]),
  'chip-rebooted': retry(409, ['Machine restarted', 'The machine restarted meanwhile. Scan its new code.']),
  'code-expired-at-chip': final(410, ['Code expired', 'The machine shows a new code by now. Scan that one.']),
  'code-used-at-chip': final(409, [
    'Code already used',
    'The machine has already used this code. Scan a new one.',
  ]),
  'tariff-differs': retry(409, [
    'Price changed',
    'The price changed meanwhile. Scan again to see the new one.',
  ]),
  'machine-busy': retry(409, ['Machine busy', 'The machine is running. Try again when it has finished.']),
  'machine-fault': retry(409, [
    'Machine out of order',
    'The machine reports a fault. Please use another one.',
  ]),
  'machine-in-use': retry(409, [
    'Machine taken',
    'Somebody is using the machine with coins. Try again afterwards.',
  ]),
  'machine-empty': retry(409, ['Sold out', 'The machine has nothing left to sell.']),
  'reservation-lost': retry(409, [
    'Reservation lost',
    'The machine was no longer reserved for this payment. Scan again.',
  ]),
  'presence-timeout': retry(408, [
    'Not confirmed at the machine',
    'Nobody showed in time to be at the machine. Scan again.',
  ]),
  'presence-wrong': retry(403, [
    'Wrong number',
    'The number is not the one of this machine. Check it and scan again.',
  ]),
  'confirmation-timeout': retry(408, [
    'Not confirmed in time',
    'The payment was not confirmed in time. Scan again.',
  ]),
  'verification-failed': final(403, ['Confirmation failed', 'The confirmation was wrong too often.']),
  'approval-refused': final(403, ['Not approved at the bank', 'The payment was not approved at the bank.']),
  cancelled: final(409, ['Cancelled', 'You cancelled this payment.']),
  disabled: final(403, ['Switched off', 'The machine, its seller or payments were switched off meanwhile.']),
  'bank-no-money': final(402, [
    'Not enough money',
    'The bank says there is not enough money on the account.',
  ]),
  'bank-limit': final(402, ['Above the limit', 'The payment is above the limit approved at the bank.']),
  'bank-mandate-invalid': final(402, [
    'Approval no longer valid',
    'The approval at the bank is not valid any more. Approve again.',
  ]),
  'bank-refused': final(402, ['Refused by the bank', 'The bank refused the payment.']),
  'bank-never-received': retry(503, [
    'Bank not reached',
    'The bank never received the payment, and its time has passed.',
  ]),
  'bank-reversed': final(402, [
    'Taken back by the bank',
    'The bank took the payment back before the machine started.',
  ]),
  'hold-released': final(409, ['Nothing used, nothing charged', 'What the bank held was let go.']),
}

/** The machine was paid for and the money goes back. */
export const REFUND_ROWS: Readonly<Record<RefundReason, ErrorRow>> = {
  'not-started': charged(409, [
    'Machine did not start',
    'The machine did not start. Everything is paid back.',
  ]),
  'machine-failed': charged(409, [
    'Machine failed',
    'The machine started and failed. What was not delivered is paid back.',
  ]),
  'partly-delivered': charged(409, [
    'Delivered in part',
    'The machine delivered a part. The rest is paid back.',
  ]),
  interrupted: charged(409, [
    'Machine interrupted',
    'The machine was interrupted. What was not delivered is paid back.',
  ]),
  'settled-too-late': charged(409, [
    'Bank was too late',
    'The bank took too long and the machine was not started. Everything is paid back.',
  ]),
  'not-ready-after-payment': charged(409, [
    'Machine no longer ready',
    'The machine was no longer ready after the payment. Everything is paid back.',
  ]),
  'disabled-after-payment': charged(409, [
    'Switched off after the payment',
    'The machine or its seller was switched off after the payment. Everything is paid back.',
  ]),
  'reversed-in-part': charged(409, [
    'Taken back in part by the bank',
    'The bank took back a part of the payment before the machine started. The rest is paid back.',
  ]),
  silence: charged(409, [
    'Machine fell silent',
    'The machine did not say what it did. This is decided for you: the money is paid back.',
  ]),
  'did-not-run': charged(409, [
    'You said it did not run',
    'You said that the machine did not run. The money is paid back.',
  ]),
}

/** A person has to look. */
export const CASE_ROWS: Readonly<Record<CaseReason, ErrorRow>> = {
  'bank-unknown': uncertain(409, [
    'Bank still silent',
    'The bank has not said what became of the payment. A person is looking at it.',
  ]),
  'bank-amount-differs': uncertain(409, [
    'Bank reports another amount',
    'The bank reports another amount than was ordered. A person is looking at it.',
  ]),
  'refund-refused': charged(409, [
    'Refund held up',
    'The bank did not carry out the refund. A person is looking at it.',
  ]),
  'capture-refused': uncertain(409, [
    'Charge not carried out',
    'The bank did not carry out the charge for what was used. A person is looking at it.',
  ]),
  'reversed-after-delivery': uncertain(409, [
    'Taken back after delivery',
    'The bank took the payment back after the machine had run. A person is looking at it.',
  ]),
  complaint: charged(409, ['Complaint', 'You said that it did not run. A person is looking at it.']),
  'revoked-chip-outcome': charged(409, [
    'Report of a withdrawn machine',
    'The machine is no longer trusted, and its report is looked at by a person.',
  ]),
}
