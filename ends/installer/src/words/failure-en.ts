import type { SetupFailure } from '../setup.ts'

/** What happened, and what to do about it: one sentence each. */
export interface FailureWords {
  readonly what: string
  readonly todo: string
}

export const failureEn = {
  'wrong-password': {
    what: 'The password for “{ssid}” is wrong',
    todo: 'Type it again: capital letters count, and it often stands on the router.',
  },
  'network-gone': {
    what: '“{ssid}” is not in reach any more',
    todo: 'Check that its router is on and near enough, or choose another network.',
  },
  'no-cable': {
    what: 'The network cable carries no signal',
    todo: 'Push in both plugs, check that the other end is on, and try again.',
  },
  'unsupported-security': {
    what: 'The chip cannot use how “{ssid}” is protected',
    todo: 'Choose a network that asks for a password only, or use a network cable.',
  },
  'no-address': {
    what: '“{ssid}” gave the chip no address',
    todo: 'Switch its router off and on and try again, or choose another network.',
  },
  portal: {
    what: '“{ssid}” wants a sign-in on a web page first',
    todo: 'A chip cannot sign in: ask the owner of this network to let it through, or choose another network.',
  },
  'no-route': {
    what: '“{ssid}” has no way to the internet',
    todo: 'Check with your phone whether this network is online, then try again.',
  },
  'wrong-clock': {
    what: 'The chip’s clock could not be set',
    todo: 'Try again in a minute; if it happens again, tell your operator the number of this chip.',
  },
  'name-unknown': {
    what: 'The address {host} does not exist',
    todo: 'Compare it letter by letter with the one in the console.',
  },
  'system-unreachable': {
    what: '{host} does not answer',
    todo: 'Check the address; if it is right, this network may block it: ask its owner, or choose another network.',
  },
  'system-untrusted': {
    what: 'What answers at {host} is not your system',
    todo: 'Check the address; if it is right, use another network and tell your operator.',
  },
  'claim-unknown': {
    what: 'The system does not know this claim code',
    todo: 'Compare it with the console, or get a new one there.',
  },
  'claim-used': {
    what: 'This claim code was used already',
    todo: 'Get a new one for this machine in the console.',
  },
  'claim-expired': {
    what: 'This claim code is too old',
    todo: 'Get a new one for this machine in the console.',
  },
  'claim-other-chip': {
    what: 'This claim code is for another chip',
    todo: 'Get one in the console for the number on this chip’s label: {chip}.',
  },
  'chip-owned': {
    what: 'This chip belongs to another machine',
    todo: 'Have it released in the console first, then try again.',
  },
  'chip-refused': {
    what: 'The system refuses this chip',
    todo: 'Use another chip, and tell your operator the number of this one: {chip}.',
  },
  'too-many-tries': {
    what: 'The system takes no more tries just now',
    todo: 'Compare the claim code with the console, wait a few minutes (an hour at most), and try again.',
  },
  'broker-unreachable': {
    what: 'The connection for payments does not open',
    todo: 'Try again; if it stays, this network blocks it: ask its owner, or choose another network.',
  },
  'radio-failed': {
    what: 'The chip’s radio does not work',
    todo: 'Switch the machine’s power off and on and try again; if it stays, use a cable or another chip.',
  },
} as const satisfies Readonly<Record<SetupFailure, FailureWords>>
