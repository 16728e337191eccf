import type { SetupFailure, SetupStep } from '../setup-view.ts'

/** How far it got, in a terminal. */
export const STEP_WORDS: Readonly<Record<SetupStep, string>> = {
  joined: 'network joined',
  address: 'address received',
  clock: 'clock checked',
  name: 'name of the system found',
  tls: 'system reached, and it is the right one',
  enrolled: 'identity received',
  connected: 'connected',
  heartbeat: 'the system has answered',
}

/** What went wrong, and what to do. */
export const FAILURE_WORDS: Readonly<Record<SetupFailure, string>> = {
  'wrong-password': 'The network refused the password. Type it once more.',
  'network-gone': 'There is no such network in reach any more. Look at the list again, or move the chip.',
  'no-cable': 'No cable is plugged in, or its other end is dead.',
  'unsupported-security':
    'This network asks for more than a password (enterprise), or is secured in a way that is broken (WEP). Use another.',
  'no-address': 'The network gave the chip no address. Restart the router, or ask whoever runs the network.',
  portal:
    'The venue’s own sign-in page stands in the way, and a chip cannot sign in. Ask for a network without one, or to let this chip through.',
  'no-route': 'The network has no way into the internet. Check the router, or use another network.',
  'wrong-clock':
    'The chip’s clock is wrong and could not be set. Give it a few minutes in a network, then try again.',
  'name-unknown': 'Nobody knows a system of that name. Check its address.',
  'system-unreachable':
    'The system does not answer at that address. Check it, and whether a firewall is in the way.',
  'system-untrusted':
    'Somebody answers at that address, but it is not the system this chip was made for. Check the address and the network.',
  'claim-unknown': 'The system does not know this claim code. Check it.',
  'claim-used': 'This claim code has been used. Make a new one in the console.',
  'claim-expired': 'This claim code has expired. Make a new one in the console.',
  'claim-other-chip': 'This claim code is for another chip.',
  'chip-owned': 'This chip belongs to somebody already. Its owner has to release it first.',
  'chip-refused': 'The system refuses this chip. Ask whoever runs the system.',
  'too-many-tries':
    'Too many tries came from here, or too many wrong claim codes. Wait a few minutes, an hour at most, then try again.',
  'broker-unreachable':
    'The chip has its identity, but cannot stay connected. A firewall may let through web pages only; ask for the broker’s port.',
  'radio-failed': 'The chip’s radio failed. Try again; switch the chip off and on if that does not help.',
}
