import type { SetupView } from '#chip/setup/setup-view.ts'
import type { InstallerPhone } from './installer-phone.suite.ts'
import { type StubChip, stepsTo, viewOf } from './stub-chip.suite.ts'
import { fillIn } from './way.suite.ts'

/** Every screen of the page, as the chip's state and the touches that bring it about. */
export interface ShownScreen {
  readonly name: string
  readonly view: SetupView
  /** Behind `#`. */
  readonly fragment?: string
  readonly shows: string
  readonly touch?: (phone: InstallerPhone, stub: StubChip) => Promise<void>
}

const GIVEN = { ssid: 'Laundry', hidden: false, systemAddress: 'pay.example.org', driver: 'relay' }
const LINK = '#s=pay.example.org&c=4K7QM-2X9DT'
const WORKING: SetupView = { ...viewOf('working'), steps: stepsTo('tls', 'working'), given: GIVEN }

const FILLED = { network: 'Laundry', passphrase: 'warm water', machine: ['relay', 'a'] } as const

function failed(name: string, step: Parameters<typeof stepsTo>[0], code: Failure['code']): ShownScreen {
  const view = { ...viewOf('failed'), steps: stepsTo(step, 'failed'), failure: { step, code }, given: GIVEN }
  return { name, view, shows: 'screen-failed' }
}
type Failure = NonNullable<SetupView['failure']>

export const SHOWN_SCREENS: readonly ShownScreen[] = [
  { name: 'proof', view: viewOf('locked'), shows: 'screen-proof' },
  {
    name: 'proof-wrong',
    view: viewOf('locked'),
    shows: 'screen-proof',
    touch: async (phone) => {
      await phone.type('proof', 'WRONG')
      await phone.touch('proof-send')
      await phone.says('tries', /4/)
    },
  },
  { name: 'closed', view: { ...viewOf('closed'), closesInS: 0, triesLeft: 0 }, shows: 'screen-closed' },
  { name: 'form', view: viewOf('open'), shows: 'network-choice' },
  {
    name: 'form-filled',
    view: viewOf('open'),
    fragment: LINK,
    shows: 'network-choice',
    touch: async (phone) => {
      await fillIn(phone, FILLED)
      await phone.touch('try-it')
      await phone.says('tried', /./)
    },
  },
  {
    name: 'form-one-radio',
    view: { ...viewOf('open'), holdsBoth: false },
    fragment: LINK,
    shows: 'beforehand',
    touch: (phone) => fillIn(phone, FILLED),
  },
  {
    name: 'form-faults',
    view: { ...viewOf('open'), ethernet: false },
    shows: 'network-choice',
    touch: async (phone, stub) => {
      stub.tried = { ok: false, code: 'machine-silent' }
      await phone.choose('network-other', '')
      await phone.type('ssid', '洗衣房洗衣房洗衣房洗衣房')
      await phone.type('passphrase', 'clé de la buanderie')
      await phone.type('address', 'pay example')
      await phone.type('claimCode', '4K7QM-2X9D')
      await phone.touch('driver-relay')
      await phone.touch('wiring-a')
      await phone.touch('try-it')
      await phone.says('tried', /./)
      await phone.touch('connect')
      await phone.sees('ssid-fault')
    },
  },
  { name: 'form-cable', view: { ...viewOf('open'), ethernet: true }, shows: 'network-cable' },
  { name: 'form-owned', view: { ...viewOf('open'), owned: true }, shows: 'owned' },
  { name: 'progress', view: WORKING, shows: 'screen-progress' },
  {
    name: 'progress-gone',
    view: { ...WORKING, holdsBoth: false, steps: stepsTo('joined', 'working') },
    shows: 'screen-progress',
    touch: async (phone, stub) => {
      stub.goAway()
      await phone.sees('gone')
    },
  },
  {
    name: 'progress-lost',
    view: WORKING,
    shows: 'screen-progress',
    touch: async (phone, stub) => {
      stub.goAway()
      await phone.says('connection', /./)
    },
  },
  failed('failed-wrong-password', 'joined', 'wrong-password'),
  failed('failed-portal', 'address', 'portal'),
  failed('failed-system-unreachable', 'tls', 'system-unreachable'),
  failed('failed-claim-used', 'enrolled', 'claim-used'),
  failed('failed-chip-refused', 'enrolled', 'chip-refused'),
  {
    ...failed('failed-mending', 'joined', 'wrong-password'),
    touch: async (phone) => {
      await phone.touch('change')
      await phone.sees('passphrase-fault')
    },
  },
  { name: 'done', view: { ...viewOf('done'), steps: stepsTo('heartbeat', 'working') }, shows: 'screen-done' },
]

export async function bringAbout(screen: ShownScreen, phone: InstallerPhone, stub: StubChip): Promise<void> {
  stub.show({ ...screen.view })
  await phone.open(`${stub.url}/${screen.fragment ?? ''}`)
  await phone.sees(screen.shows)
  await screen.touch?.(phone, stub)
}
