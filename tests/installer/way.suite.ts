import type { InstallerPhone } from './installer-phone.suite.ts'

/** What an installer types; each part only where it is asked for. */
export interface Typed {
  readonly network?: string
  readonly passphrase?: string
  readonly address?: string
  readonly claimCode?: string
  /** The driver's and the wiring's ids. */
  readonly machine?: readonly [driver: string, wiring?: string]
}

export async function giveProof(phone: InstallerPhone, proof: string): Promise<void> {
  await phone.sees('screen-proof')
  await phone.type('proof', proof)
  await phone.touch('proof-send')
}

export async function fillIn(phone: InstallerPhone, typed: Typed): Promise<void> {
  await phone.sees('screen-form')
  if (typed.network !== undefined) await phone.choose('network-choice', typed.network)
  if (typed.passphrase !== undefined) await phone.type('passphrase', typed.passphrase)
  if (typed.address !== undefined) await phone.type('address', typed.address)
  if (typed.claimCode !== undefined) await phone.type('claimCode', typed.claimCode)
  const [driver, wiring] = typed.machine ?? []
  if (driver !== undefined) await phone.choose(`driver-${driver}`, '')
  if (wiring !== undefined) await phone.choose(`wiring-${wiring}`, '')
}
