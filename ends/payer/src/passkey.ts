import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type { ConfirmationOptions } from './payment.ts'

export type PasskeySupport = 'yes' | 'insecure' | 'missing'
export type Way = ConfirmationOptions['method']

export function passkeySupport(): PasskeySupport {
  if (!isSecureContext) return 'insecure'
  return 'PublicKeyCredential' in globalThis ? 'yes' : 'missing'
}

/** How to confirm, and the other way that is offered beside it; `way` is null when neither is possible here. */
export interface Ways {
  readonly way: Way | null
  readonly other: Way | null
}

const PIN_FOR: Readonly<Record<Way, Way>> = {
  passkey: 'pin',
  pin: 'pin',
  'new-passkey': 'new-pin',
  'new-pin': 'new-pin',
}

/** A passkey where the browser has one; a PIN where the system takes one; the payer may change over. */
export function waysOf(options: ConfirmationOptions, support: PasskeySupport, wanted: Way | null): Ways {
  const pin = options.pinAllowed ? PIN_FOR[options.method] : null
  if (options.method === 'pin' || options.method === 'new-pin') return { way: options.method, other: null }
  if (support !== 'yes') return { way: pin, other: null }
  if (wanted !== null && wanted === pin) return { way: pin, other: options.method }
  return { way: options.method, other: pin }
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
