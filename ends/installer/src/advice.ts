import type { Field } from './set-up-request.ts'
import type { SetupFailure } from './setup.ts'

/** The field of the form where a failure is mended; null where it is mended elsewhere, and then tried again. */
export const MENDED_AT: Readonly<Record<SetupFailure, Field | null>> = {
  'wrong-password': 'passphrase',
  'network-gone': 'network',
  'no-cable': null,
  'unsupported-security': 'network',
  'no-address': null,
  portal: 'network',
  'no-route': null,
  'wrong-clock': null,
  'name-unknown': 'address',
  'system-unreachable': 'address',
  'system-untrusted': 'address',
  'claim-unknown': 'claimCode',
  'claim-used': 'claimCode',
  'claim-expired': 'claimCode',
  'claim-other-chip': 'claimCode',
  'chip-owned': null,
  'chip-refused': null,
  'too-many-tries': null,
  'broker-unreachable': null,
  'radio-failed': null,
}
