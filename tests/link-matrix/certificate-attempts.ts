import { createPrivateKey } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import tls from 'node:tls'
import {
  certify,
  endExtensions,
  filesOf,
  makeKeys,
  readIssuer,
  saveChain,
  saveKey,
  selfSigned,
  validFor,
  type CertificateFiles,
} from '#hosting/certificate-files.ts'
import { type Attempt, LET_IN, knock, withFiles } from './attempt.ts'
import { dialTls } from './line.ts'
import { A, B, type World } from './world.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const ONE_DAY = 1
/** In PKCS #8 of a P-256 key as OpenSSL writes it: where the secret number stands. */
const SECRET = { start: 36, end: 68 }

function days(from: number, to: number) {
  return { notBefore: new Date(Date.now() + from * DAY_MS), notAfter: new Date(Date.now() + to * DAY_MS) }
}

/** B's certificate, and a key that claims to be B's and has A's secret: TLS sends the one and signs with the other. */
async function keyOfAnother(world: World): Promise<CertificateFiles> {
  const der = async ({ keyFile }: CertificateFiles) =>
    createPrivateKey(await readFile(keyFile, 'utf8')).export({ type: 'pkcs8', format: 'der' })
  const { certificateFile, keyFile } = await world.authority.client(B)
  const mixed = await der({ certificateFile, keyFile })
  ;(await der(await world.authority.client(A))).copy(mixed, SECRET.start, SECRET.start, SECRET.end)
  const file = path.join(world.folder, 'mixed.key.pem')
  const lines = mixed.toString('base64').replaceAll(/.{64}/g, '$&\n')
  await writeFile(file, `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`)
  return { certificateFile, keyFile: file }
}

async function signedByItself(world: World): Promise<CertificateFiles> {
  const files = filesOf(world.folder, 'self-signed')
  const keys = await makeKeys('ES256')
  const plan = { subject: [{ CN: [B] }], validity: validFor(ONE_DAY), extensions: endExtensions() }
  await saveKey(files, keys.privateKey)
  await saveChain(files.certificateFile, [await selfSigned(plan, keys)])
  return files
}

/** A plays the authority, with its own certificate and key. */
async function signedByA(world: World): Promise<CertificateFiles> {
  const files = filesOf(world.folder, 'by-a')
  const own = await world.authority.client(A)
  const [issuing] = world.authority.issuing()
  if (!issuing) throw new Error('nobody issues')
  const issuer = await readIssuer(own)
  const keys = await makeKeys('ES256')
  const plan = { subject: [{ CN: [B] }], validity: validFor(ONE_DAY), extensions: endExtensions() }
  const chain = [await certify(issuer, plan, keys.publicKey), issuer.certificate]
  await saveKey(files, keys.privateKey)
  await saveChain(files.certificateFile, [...chain, (await readIssuer(issuing)).certificate])
  return files
}

/** A stranger's certificate with our issuing authority behind it. */
async function strangerWithOurChain(world: World): Promise<CertificateFiles> {
  const { certificateFile, keyFile } = await world.strangers.client(B)
  const [issuing] = world.authority.issuing()
  if (!issuing) throw new Error('nobody issues')
  const leaf = (await readFile(certificateFile, 'utf8')).split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? ''
  const file = path.join(world.folder, 'stranger-in-our-chain.pem')
  await writeFile(file, leaf + (await readFile(issuing.certificateFile, 'utf8')))
  return { certificateFile: file, keyFile }
}

async function byUnnamedIssuer(world: World): Promise<CertificateFiles> {
  await world.authority.newIssuing()
  return world.authority.client(B, { file: 'by-unnamed-issuer' })
}

async function commandKey(world: World): Promise<CertificateFiles> {
  const { keyFile } = await world.authority.client('command-key')
  return { keyFile, certificateFile: await world.authority.commandCertificate(keyFile) }
}

const stolenNames: readonly Attempt[] = [
  withFiles('has a certificate of B that has expired', ({ authority }) =>
    authority.client(B, { file: 'expired', validity: days(-3, -1) }),
  ),
  withFiles('has a certificate of B that is not valid yet', ({ authority }) =>
    authority.client(B, { file: 'not-yet', validity: days(1, 3) }),
  ),
  withFiles('has a certificate of B from a foreign authority of the same name', ({ strangers }) =>
    strangers.client(B),
  ),
  withFiles('has a foreign certificate of B with our issuer behind it', strangerWithOurChain),
  withFiles('has B’s initial identity from the factory', ({ factory }) => factory.idevid(B, 'ES256')),
  withFiles('signed itself that it is B', signedByItself),
  withFiles('signs with its own certificate that it is B', signedByA),
  withFiles('has a server’s certificate in the name of B', ({ authority }) => authority.server(B)),
  withFiles('has the certificate of a command key', commandKey),
  withFiles('has a certificate of a name that is nobody', ({ authority }) => authority.client('somebody')),
  withFiles('has a certificate of B and the name of A in front', ({ authority }) =>
    authority.client(`${A},CN=${B}`, { file: 'two-names' }),
  ),
  withFiles('has B’s certificate and its own key', keyOfAnother),
  // The last of these: from now on another authority issues, which the broker has not been told of.
  withFiles('has a certificate of B from an issuer that is not named', byUnnamedIssuer),
]

const revokedOnes: readonly Attempt[] = [
  {
    name: 'has a certificate of B that was revoked before',
    refusedBy: 'link',
    async attempt(world) {
      const files = await world.authority.client(B, { file: 'revoked' })
      await world.revoke(files.certificateFile)
      return knock(await world.dial(files), B)
    },
  },
  {
    name: 'is revoked while it is connected',
    refusedBy: 'link',
    async attempt(world) {
      const files = await world.authority.client(A, { file: 'revoked-while-connected' })
      const line = await world.dial(files)
      if ((await knock(line, A)) !== LET_IN) throw new Error('chip A is not let in')
      await world.revoke(files.certificateFile)
      return line.refusalOnLine()
    },
  },
]

const handshakes: readonly Attempt[] = [
  {
    name: 'has no certificate',
    refusedBy: 'link',
    async attempt(world) {
      const ca = await readFile(world.authority.caFile)
      return knock(world.note(dialTls({ port: world.broker.port, ca })), B)
    },
  },
  {
    name: 'speaks TLS 1.2',
    refusedBy: 'link',
    async attempt(world) {
      const { authority, broker } = world
      const own = await authority.client(A)
      const files = { cert: await readFile(own.certificateFile), key: await readFile(own.keyFile) }
      const ca = await readFile(authority.caFile)
      return knock(world.note(dialTls({ port: broker.port, ca, ...files, maxVersion: 'TLSv1.2' })), A)
    },
  },
  {
    name: 'resumes a session of a certificate revoked since',
    refusedBy: 'link',
    async attempt(world) {
      const { authority, broker } = world
      const own = await authority.client(A, { file: 'revoked-with-session' })
      const options = {
        port: broker.port,
        ca: await readFile(authority.caFile),
        secureContext: tls.createSecureContext({
          ca: await readFile(authority.caFile),
          cert: await readFile(own.certificateFile),
          key: await readFile(own.keyFile),
        }),
      }
      const first = world.note(dialTls(options))
      if ((await knock(first, A)) !== LET_IN) throw new Error('chip A is not let in')
      await first.refusalOnLine()
      const { session } = first
      await world.revoke(own.certificateFile)
      return knock(world.note(dialTls(session ? { ...options, session } : options)), A)
    },
  },
]

export const CERTIFICATE_ATTEMPTS: readonly Attempt[] = [...revokedOnes, ...handshakes, ...stolenNames]
