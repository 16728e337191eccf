import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { Signer } from '#protocol/cose.ts'
import { nodeSigner } from '#protocol/node-keys.ts'
import type { CommandKey } from '../evidence/command-keeper.ts'
import { type Settings, SettingsError, readSecret } from '../settings.ts'
import { COMMAND_USAGE } from './command-usage.ts'
import { isInTime, isIssuedBy, readCertificates } from './certificate-file.ts'

export interface CommandKeys {
  readonly signer: Signer
  /** Of the one that signs. */
  readonly commandKey: CommandKey
  /** PEM texts for chips, the newest first; whoever has these obeys every key among them. */
  readonly certificates: readonly string[]
}

/**
 * In a change of keys several are certified at a time. The newest that is in its time, and whose key is at hand,
 * signs; chips are told of all. Without certificates `commandKeyFile` signs. Throws a SettingsError.
 */
export function readCommandKeys(
  settings: Pick<Settings, 'commandKeyFile' | 'identity' | 'broker'>,
  nowMs: number,
): CommandKeys {
  const first = readKey('commandKeyFile', settings.commandKeyFile)
  const { identity } = settings
  if (!identity || identity.commandCertificateFiles.length === 0)
    return { signer: first.signer, commandKey: { spki: first.spki, certificate: null }, certificates: [] }
  const more = identity.commandKeyFiles.map((file, index) =>
    readKey(`identity.commandKeyFiles.${String(index)}`, file),
  )
  const [root] = readCertificates('broker.caFile', settings.broker.caFile)
  const named = identity.commandCertificateFiles.map((file, index) => {
    const setting = `identity.commandCertificateFiles.${String(index)}`
    const [certificate] = readCertificates(setting, file)
    if (!isIssuedBy(certificate, root) || !certificate.keyUsage?.includes(COMMAND_USAGE))
      throw new SettingsError(
        `${setting} names ${file}, which is no command certificate that the root signed.`,
      )
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
    const signer = [first, ...more].find((key) => key.spki.equals(spki))?.signer
    return { certificate, signer, spki, validFromMs: certificate.validFromDate.getTime() }
  })
  // Of two made in the same second, the one named last is the newer.
  const certified = named.toReversed().sort((left, right) => right.validFromMs - left.validFromMs)
  const signing = certified.find(({ certificate, signer }) => signer && isInTime(certificate, nowMs))
  if (!signing?.signer)
    throw new SettingsError(
      'commandKeyFile holds no key of a certificate in identity.commandCertificateFiles that is in its time.',
    )
  return {
    signer: signing.signer,
    commandKey: { spki: signing.spki, certificate: new Uint8Array(signing.certificate.raw) },
    certificates: certified.map(({ certificate }) => String(certificate)),
  }
}

function readKey(setting: string, file: string): { readonly signer: Signer; readonly spki: Buffer } {
  const pem = readSecret(setting, file)
  try {
    const signer = nodeSigner(pem, { withKid: true })
    return { signer, spki: createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'der' }) }
  } catch (error) {
    throw new SettingsError(`${setting} names ${file}, which holds no P-256 or Ed25519 private key in PEM.`, {
      cause: error,
    })
  }
}
