import { ChipId, PaymentId } from '#protocol/identifier.ts'
import { type Result, fail, ok } from '#protocol/result.ts'

/** What staff can ask for at a terminal. */
export type StaffCommand =
  | { readonly kind: 'fleet-apply'; readonly file: string }
  | { readonly kind: 'cases' }
  | {
      readonly kind: 'free-start'
      readonly chipId: ChipId
      readonly productId: number
      readonly reason: string
    }
  | {
      readonly kind: 'switch'
      readonly enabled: boolean
      readonly target:
        | { readonly kind: 'all' }
        | { readonly kind: 'merchant'; readonly id: string }
        | { readonly kind: 'machine'; readonly id: string }
    }
  | { readonly kind: 'revoke-chip'; readonly chipId: ChipId }
  | { readonly kind: 'release-chip'; readonly chipId: ChipId; readonly insist: boolean }
  | { readonly kind: 'quarantine-lift'; readonly chipId: ChipId }
  | {
      readonly kind: 'claim'
      readonly machineId: string
      readonly replaces: boolean
      readonly chipId?: ChipId
    }
  | { readonly kind: 'audit-verify' }
  | { readonly kind: 'invite-owner'; readonly email: string }
  | { readonly kind: 'payment'; readonly paymentId: PaymentId }

export interface StaffInvocation {
  readonly settingsFile: string
  readonly json: boolean
  readonly command: StaffCommand
}

export const USAGE = `node ends/system/src/staff.ts --settings FILE [--json] COMMAND

  fleet apply FILE                        merchants, machines, chips and prices from a file
  cases                                   payments that a person has to look at
  payment ID                              one payment, and all that happened to it
  free-start CHIP PRODUCT [REASON]        let a machine run without a payment
  disable | enable  machine ID            kill switches; in force at once
  disable | enable  merchant ID
  disable | enable  all
  claim MACHINE [--replace] [--chip CHIP] a code that binds one new chip to a machine
  release-chip CHIP [--insist]            let a chip go, to be set up anew by anybody; --insist does not
                                          wait for its answer
  quarantine-lift CHIP                    staff have looked: there is one of this chip only
  revoke-chip CHIP                        never trust this chip again
  audit verify                            walk the whole audit trail
  invite-owner EMAIL                      a link by which somebody becomes owner of the platform`

/** Errors are one sentence for whoever typed it. */
export function parseStaffCommand(args: readonly string[]): Result<StaffInvocation, string> {
  const words = [...args]
  const at = words.indexOf('--settings')
  const settingsFile = at < 0 ? undefined : words[at + 1]
  if (settingsFile === undefined) return fail('Say which settings: --settings FILE.')
  words.splice(at, 2)
  const jsonAt = words.indexOf('--json')
  if (jsonAt >= 0) words.splice(jsonAt, 1)
  const command = commandOf(words)
  return command.ok ? ok({ settingsFile, json: jsonAt >= 0, command: command.value }) : command
}

const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/

function commandOf(words: readonly string[]): Result<StaffCommand, string> {
  const [name = '', first = '', second = '', ...rest] = words
  switch (name) {
    case 'fleet':
      return first === 'apply' && second !== ''
        ? ok({ kind: 'fleet-apply', file: second })
        : fail('fleet apply FILE')
    case 'cases':
      return ok({ kind: 'cases' })
    case 'audit':
      return first === 'verify' ? ok({ kind: 'audit-verify' }) : fail('audit verify')
    case 'invite-owner':
      return EMAIL.test(first) ? ok({ kind: 'invite-owner', email: first }) : fail('invite-owner EMAIL')
    case 'payment': {
      const paymentId = PaymentId.parse(first)
      return paymentId === null
        ? fail('A payment id has 32 hexadecimal digits.')
        : ok({ kind: 'payment', paymentId })
    }
    case 'revoke-chip':
    case 'quarantine-lift':
      return withChip(first, (chipId) => ({ kind: name, chipId }))
    case 'release-chip':
      return releaseOf(words.slice(1))
    case 'claim':
      return claimOf(words.slice(1))
    case 'free-start':
      if (!/^[0-9]{1,10}$/.test(second))
        return fail('free-start CHIP PRODUCT [REASON]; the product is its number.')
      return withChip(first, (chipId) => ({
        kind: 'free-start',
        chipId,
        productId: Number(second),
        reason: rest.join(' ') || 'not said',
      }))
    case 'disable':
    case 'enable':
      return switchOf(name === 'enable', first, second)
    default:
      return fail(name === '' ? 'Say what to do.' : `There is no command ${name}.`)
  }
}

function withChip(text: string, command: (chipId: ChipId) => StaffCommand): Result<StaffCommand, string> {
  const chipId = ChipId.parse(text)
  return chipId === null ? fail('A chip id has 16 hexadecimal digits.') : ok(command(chipId))
}

function releaseOf(words: readonly string[]): Result<StaffCommand, string> {
  const rest = words.filter((word) => word !== '--insist')
  const [chip, ...more] = rest
  if (chip === undefined || more.length > 0) return fail('release-chip CHIP [--insist]')
  return withChip(chip, (chipId) => ({ kind: 'release-chip', chipId, insist: rest.length < words.length }))
}

function claimOf(words: readonly string[]): Result<StaffCommand, string> {
  const rest = [...words]
  const replaceAt = rest.indexOf('--replace')
  if (replaceAt >= 0) rest.splice(replaceAt, 1)
  const chipAt = rest.indexOf('--chip')
  const [, chip] = chipAt < 0 ? [] : rest.splice(chipAt, 2)
  const [machineId, ...more] = rest
  if (machineId === undefined || more.length > 0 || machineId.startsWith('--'))
    return fail('claim MACHINE [--replace] [--chip CHIP]')
  const claim = { kind: 'claim', machineId, replaces: replaceAt >= 0 } as const
  return chipAt < 0 ? ok(claim) : withChip(chip ?? '', (chipId) => ({ ...claim, chipId }))
}

function switchOf(enabled: boolean, kind: string, id: string): Result<StaffCommand, string> {
  if (kind === 'all') return ok({ kind: 'switch', enabled, target: { kind } })
  if ((kind === 'merchant' || kind === 'machine') && id !== '') {
    return ok({ kind: 'switch', enabled, target: { kind, id } })
  }
  return fail('Say what: machine ID, merchant ID, or all.')
}
