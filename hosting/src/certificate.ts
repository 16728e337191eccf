import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, SubjectAlternativeNameExtension } from '@peculiar/x509'
import {
  authorityExtensions,
  certify,
  endExtensions,
  exists,
  filesOf,
  makeKeys,
  readIssuer,
  readPublicKey,
  saveChain,
  saveKey,
  selfSigned,
  validFor,
  type CertificateFiles,
  type CertificatePlan,
  type KeyKind,
  type Validity,
} from './certificate-files.ts'

export type { CertificateFiles } from './certificate-files.ts'

const ROOT_VALIDITY_DAYS = 7300
const ISSUING_VALIDITY_DAYS = 3650
const COMMAND_VALIDITY_DAYS = 1825
const CERTIFICATE_VALIDITY_DAYS = 825
const ROOT_NAME = 'Farthing Root'
const ISSUING_NAME = 'Farthing Issuing'
const COMMAND_NAME = 'Farthing Command'
const FACTORY_NAME = 'Farthing Factory'
/** The key usage of a key that may command chips; a certificate for anything else does not have it. */
export const COMMAND_KEY_USAGE = '1.3.6.1.4.1.58270.1.1'
/** X.520 serialNumber, where IEEE 802.1AR section 8.6 has a device named. */
const SERIAL_NUMBER = '2.5.4.5'
/** IEEE 802.1AR section 8.7: what is written for "does not expire". */
const NO_EXPIRY = new Date('9999-12-31T23:59:59Z')

/** Where a certificate is not to be the usual one. */
export interface CertificateOptions {
  /** The files' name; otherwise the common name. */
  readonly file?: string
  readonly validity?: Validity
  readonly alg?: KeyKind
}

/**
 * A house's authority: a root that signs nothing but issuing authorities and command keys, and issuing authorities
 * that sign the certificates of broker, system and chips. Everything is kept in files, and used again.
 */
export interface Authority {
  /** The root's certificate, the only one that anybody has to trust. */
  readonly caFile: string
  /** Every issuing authority, the newest last: that one issues. */
  issuing(): readonly CertificateFiles[]
  /** From now on another one issues. What the earlier ones signed stays good. */
  newIssuing(): Promise<CertificateFiles>
  /** A server certificate for localhost and 127.0.0.1, in one file with the issuing one. */
  server(name: string, options?: CertificateOptions): Promise<CertificateFiles>
  /** A client certificate with this common name, in one file with the issuing one. */
  client(commonName: string, options?: CertificateOptions): Promise<CertificateFiles>
  /** The root's word that this private key's public half may command chips. Returns the certificate's file. */
  commandCertificate(keyFile: string, validity?: Validity): Promise<string>
}

/** Opens the authority kept in a folder, or makes one there. */
export async function openAuthority(folder: string): Promise<Authority> {
  const at = (...parts: string[]) => path.join(folder, ...parts)
  // The root's key lies apart: no running end is ever given its path.
  const root: CertificateFiles = {
    certificateFile: at('root.certificate.pem'),
    keyFile: at('offline', 'root.key.pem'),
  }
  if (!(await exists(root.certificateFile))) await makeRoot(root, ROOT_NAME, 1)
  const issuing = await findIssuing(at('issuing'))
  const newIssuing = async () => {
    const files = filesOf(at('issuing'), String(issuing.length + 1))
    await makeIssuing(root, files, issuing.length + 1)
    issuing.push(files)
    return files
  }
  if (issuing.length === 0) await newIssuing()
  const leaf = (usage: 'server' | 'client') => async (name: string, options?: CertificateOptions) => {
    const files = filesOf(at(usage), options?.file ?? name)
    const newest = issuing.at(-1)
    if (newest && !(await exists(files.certificateFile)))
      await makeLeaf(newest, files, { name, usage, ...options })
    return files
  }
  return {
    caFile: root.certificateFile,
    issuing: () => [...issuing],
    newIssuing,
    server: leaf('server'),
    client: leaf('client'),
    commandCertificate: (keyFile, validity) => keepCommand(root, at('command'), { keyFile, validity }),
  }
}

async function findIssuing(folder: string): Promise<CertificateFiles[]> {
  const names = (await exists(folder)) ? await readdir(folder) : []
  const numbers = names.flatMap((name) => /^(\d+)\.certificate\.pem$/.exec(name)?.slice(1) ?? [])
  return numbers.sort((left, right) => Number(left) - Number(right)).map((number) => filesOf(folder, number))
}

async function makeRoot(files: CertificateFiles, name: string, pathLength: number): Promise<void> {
  const keys = await makeKeys('ES256')
  const certificate = await selfSigned(
    {
      subject: [{ CN: [name] }],
      validity: validFor(ROOT_VALIDITY_DAYS),
      extensions: authorityExtensions(pathLength),
    },
    keys,
  )
  await saveKey(files, keys.privateKey)
  await saveChain(files.certificateFile, [certificate])
}

async function makeIssuing(root: CertificateFiles, files: CertificateFiles, number: number): Promise<void> {
  const keys = await makeKeys('ES256')
  const plan = {
    subject: [{ CN: [`${ISSUING_NAME} ${String(number)}`] }],
    validity: validFor(ISSUING_VALIDITY_DAYS),
    extensions: authorityExtensions(0),
  }
  await saveKey(files, keys.privateKey)
  await saveChain(files.certificateFile, [await certify(await readIssuer(root), plan, keys.publicKey)])
}

interface Leaf extends CertificateOptions {
  readonly name: string
  readonly usage: 'server' | 'client'
}

async function makeLeaf(by: CertificateFiles, files: CertificateFiles, leaf: Leaf): Promise<void> {
  const keys = await makeKeys(leaf.alg ?? 'ES256')
  const issuer = await readIssuer(by)
  const plan = {
    subject: [{ CN: [leaf.name] }],
    validity: leaf.validity ?? validFor(CERTIFICATE_VALIDITY_DAYS),
    extensions: [...endExtensions(), ...usageExtensions(leaf.usage)],
  }
  await saveKey(files, keys.privateKey)
  await saveChain(files.certificateFile, [await certify(issuer, plan, keys.publicKey), issuer.certificate])
}

function usageExtensions(usage: 'server' | 'client') {
  if (usage === 'client') return [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]
  return [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ]),
  ]
}

interface CommandKey {
  readonly keyFile: string
  readonly validity: Validity | undefined
}

/** Named after the key, so that the same key is certified once and a new one beside it. */
async function keepCommand(root: CertificateFiles, folder: string, command: CommandKey): Promise<string> {
  const publicKey = await readPublicKey(command.keyFile)
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey))
  const { certificateFile } = filesOf(folder, createHash('sha256').update(spki).digest('hex').slice(0, 16))
  if (await exists(certificateFile)) return certificateFile
  const plan = {
    subject: [{ CN: [COMMAND_NAME] }],
    validity: command.validity ?? validFor(COMMAND_VALIDITY_DAYS),
    extensions: [...endExtensions(), new ExtendedKeyUsageExtension([COMMAND_KEY_USAGE])],
  }
  await saveChain(certificateFile, [await certify(await readIssuer(root), plan, publicKey)])
  return certificateFile
}

/** The chips' manufacturer: gives each chip its initial identity (IEEE 802.1AR). */
export interface Factory {
  readonly caFile: string
  /** The initial identity of a chip, its key included. Made once. */
  idevid(chipId: string, alg: KeyKind): Promise<CertificateFiles>
}

/** Opens the factory kept in a folder, or makes one there. */
export async function openFactory(folder: string): Promise<Factory> {
  const own: CertificateFiles = {
    certificateFile: path.join(folder, 'factory.certificate.pem'),
    keyFile: path.join(folder, 'offline', 'factory.key.pem'),
  }
  if (!(await exists(own.certificateFile))) await makeRoot(own, FACTORY_NAME, 0)
  return {
    caFile: own.certificateFile,
    async idevid(chipId, alg) {
      const files = filesOf(path.join(folder, 'idevid'), chipId)
      if (await exists(files.certificateFile)) return files
      const keys = await makeKeys(alg)
      const plan: CertificatePlan = {
        subject: [{ CN: [chipId] }, { [SERIAL_NUMBER]: [{ printableString: chipId }] }],
        validity: { ...validFor(1), notAfter: NO_EXPIRY },
        extensions: [...endExtensions(), ...usageExtensions('client')],
      }
      await saveKey(files, keys.privateKey)
      await saveChain(files.certificateFile, [await certify(await readIssuer(own), plan, keys.publicKey)])
      return files
    },
  }
}
