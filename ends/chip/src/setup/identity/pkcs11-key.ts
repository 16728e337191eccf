import { spawnSync } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Algorithm } from '#protocol/cose.ts'
import { sha256 } from '#protocol/node-keys.ts'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { IdentityKey } from './key.ts'

/** A token that has not answered by then is gone. */
const TOKEN_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 16_384
const TOOL = 'pkcs11-tool'

export interface Pkcs11Place {
  /** The token's library, such as `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly modulePath: string
  readonly tokenLabel: string
  /** The environment variable in which the user's PIN stands: arguments can be read by every process. */
  readonly pinVariable: string
  /** Of the key pair, in hex. */
  readonly keyId: string
}

/**
 * A key inside a PKCS #11 token, which it never leaves, reached through OpenSC's `pkcs11-tool`. It signs messages and
 * certification requests. What it cannot do here is TLS: Node takes a client's key as bytes, or through an OpenSSL
 * engine, which is on its way out and not in the builds that we run on. So a chip whose token holds the identity that
 * it connects with needs a TLS end in front of Node (stunnel with the pkcs11 provider, say).
 */
export function openPkcs11Key(place: Pkcs11Place): Result<IdentityKey, 'token-failed'> {
  const read = ask(place, ['--read-object', '--type', 'pubkey'])
  const publicKey = read === undefined ? undefined : readPublicKey(read)
  const alg = publicKey === undefined ? undefined : algorithmOf(publicKey)
  if (publicKey === undefined || alg === undefined) return fail('token-failed')
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  return ok({ spki, signer: { alg, sign: (bytes) => sign(place, alg, bytes) } })
}

/** Has the token make a key pair under this id; one that is there already is left alone, and `token-failed`. */
export function makePkcs11Key(place: Pkcs11Place, alg: Algorithm): Result<IdentityKey, 'token-failed'> {
  if (openPkcs11Key(place).ok) return fail('token-failed')
  const type = alg === 'ES256' ? 'EC:prime256v1' : 'EC:edwards25519'
  const made = ask(place, ['--keypairgen', '--key-type', type, '--label', place.keyId])
  return made === undefined ? fail('token-failed') : openPkcs11Key(place)
}

/** A token that is gone throws, as any part of a chip that fails beneath it: it must not go on. */
function sign(place: Pkcs11Place, alg: Algorithm, bytes: Uint8Array): Uint8Array {
  const signature =
    alg === 'ES256'
      ? ask(place, ['--sign', '--mechanism', 'ECDSA', '--signature-format', 'rs'], sha256(bytes))
      : ask(place, ['--sign', '--mechanism', 'EDDSA'], bytes)
  if (signature === undefined) throw new Error('the token that holds the key does not sign')
  return new Uint8Array(signature)
}

function ask(place: Pkcs11Place, what: readonly string[], input?: Uint8Array): Buffer | undefined {
  const { modulePath, tokenLabel, pinVariable, keyId } = place
  const { status, stdout } = spawnSync(
    TOOL,
    [
      '--module',
      modulePath,
      '--token-label',
      tokenLabel,
      '--login',
      '--pin',
      `env:${pinVariable}`,
      '--id',
      keyId,
      ...what,
    ],
    { timeout: TOKEN_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES, ...(input === undefined ? {} : { input }) },
  )
  return status === 0 ? stdout : undefined
}

/** `pkcs11-tool` writes DER for some kinds of key, PEM for others. */
function readPublicKey(written: Buffer): KeyObject | undefined {
  try {
    return written.toString('latin1').includes('-----BEGIN')
      ? createPublicKey(written)
      : createPublicKey({ key: written, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined
}
