import type { Configuration } from './configuration.ts'
import type { TlsIdentity } from './dial.ts'
import type { Store } from './store.ts'

/** The chip's local identity as TLS takes it; undefined where its key is gone. */
export function identityOf(store: Store, { identity }: Configuration): TlsIdentity | undefined {
  const privateKeyPem = store.key(identity.keyFile)
  return privateKeyPem === undefined ? undefined : { certificatePem: identity.certificatePem, privateKeyPem }
}
