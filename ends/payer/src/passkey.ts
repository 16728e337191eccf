import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type { ConfirmationOptions } from './payment.ts'

export type PasskeySupport = 'yes' | 'insecure' | 'missing'
export type Way = ConfirmationOptions['method']
/** Also what the payer may wish for instead. */
export type OtherWay = Way | 'approval'

export function passkeySupport(): PasskeySupport {
  if (!isSecureContext) return 'insecure'
  return 'PublicKeyCredential' in globalThis ? 'yes' : 'missing'
}

/** How to confirm, and what is offered beside it. `approval` is the bank's: it lets a new PIN or passkey be made. */
export interface Ways {
  readonly way: OtherWay
  readonly other: OtherWay | null
}

const PIN_FOR: Readonly<Record<Way, 'pin' | 'new-pin'>> = {
  passkey: 'pin',
  pin: 'pin',
  'new-passkey': 'new-pin',
  'new-pin': 'new-pin',
}

/**
 * A passkey where the browser has one; a PIN where the system takes one; the payer may change over. Whose passkey
 * is lost, and who has no PIN, goes to the bank again.
 */
export function waysOf(options: ConfirmationOptions, support: PasskeySupport, wanted: Way | null): Ways {
  if (options.method === 'pin' || options.method === 'new-pin') {
    return { way: wanted === 'new-pin' ? wanted : options.method, other: null }
  }
  const pin = options.pinAllowed ? (wanted === 'new-pin' ? wanted : PIN_FOR[options.method]) : null
  if (support !== 'yes') return { way: pin ?? 'approval', other: null }
  if (pin !== null && wanted === pin) return { way: pin, other: options.method }
  return { way: options.method, other: pin ?? 'approval' }
}

/** Asks the phone for the passkey, or to make one; null when the person or the browser says no. */
export async function usePasskey(options: ConfirmationOptions): Promise<Record<string, unknown> | null> {
  try {
    if (options.method === 'new-passkey') {
      return { newPasskey: await startRegistration({ optionsJSON: options.publicKey }) }
    }
    if (options.method === 'passkey') {
      return { passkey: await startAuthentication({ optionsJSON: options.publicKey }) }
    }
    return null
  } catch {
    return null
  }
}
