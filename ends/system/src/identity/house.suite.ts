import 'reflect-metadata'
import assert from 'node:assert/strict'
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage } from 'node:http'
import https from 'node:https'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import { Pkcs10CertificateRequestGenerator, X509Certificates } from '@peculiar/x509'
import pino from 'pino'
import { ChipId } from '#protocol/identifier.ts'
import { parsePaymentOrigin } from '#protocol/payment-url.ts'
import {
  type CertificateFiles,
  openAuthority as openHouseAuthority,
  openFactory,
} from '#hosting/certificate.ts'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { startTestPostgres } from '#hosting/test-postgres.ts'
import { randomHex } from '../clock.ts'
import { connectDatabase } from '../database.ts'
import { applyFleet } from '../machine/fleet.ts'
import { checkFleet } from '../machine/fleet-file.ts'
import { migrate } from '../migrations.ts'
import type { IdentitySettings } from '../settings.ts'
import { openAuthority } from './authority.ts'
import { makeClaim } from './claim.ts'
import { createEstServer } from './est-server.ts'

export const BROKER_URL = 'mqtts://broker.example:8883'
export const ORIGIN = 'http://localhost:8080'
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** An enrolment service with a real database, certificates of a house, and chips out of a factory. */
export async function startIdentityHouse() {
  const database = await startTestPostgres()
  const temporary = await makeTemporaryFolder('identity')
  const sql = connectDatabase({ ...database, connectionsMax: 10 })
  await migrate(sql)
  await registerMachines(sql)
  const authority = await openHouseAuthority(path.join(temporary.folder, 'ca'))
  const factory = await openFactory(path.join(temporary.folder, 'factory'))
  const foreign = await openFactory(path.join(temporary.folder, 'foreign'))
  const clock = { nowMs: Date.now() }
  const est = await authority.server('est')
  const settingsOf = (change: Partial<IdentitySettings> = {}): IdentitySettings => ({
    issuers: authority.issuing(),
    factoryCaFiles: [factory.caFile],
    commandCertificateFiles: [],
    commandKeyFiles: [],
    certificateDays: 90,
    renewalGraceDays: 30,
    ...change,
  })
  const origin = parsePaymentOrigin(ORIGIN)
  assert.ok(origin.ok)
  const publicOrigin = origin.value
  const servers = new Set<{ close(): Promise<unknown> }>()
  const listen = async (change: Partial<IdentitySettings> = {}) => {
    const open = await openAuthority(settingsOf(change), { rootFile: authority.caFile, nowMs: clock.nowMs })
    const address = { host: '127.0.0.1', port: 0 }
    const app = createEstServer({
      settings: {
        publicOrigin,
        est: { listen: address, ...est, publicAddress: '127.0.0.1', brokerUrl: BROKER_URL },
      },
      brokerUrl: BROKER_URL,
      authority: open,
      commandCertificates: ['-----BEGIN CERTIFICATE-----'],
      sql,
      log: pino({ level: 'silent' }),
      nowMs: () => clock.nowMs,
    })
    await app.listen(address)
    servers.add(app)
    return { app, authority: open, port: (app.server.address() as AddressInfo).port }
  }
  const caPem = await readFile(authority.caFile, 'utf8')
  return {
    sql,
    authority,
    factory,
    foreign,
    clock,
    caPem,
    settingsOf,
    listen,
    /** Everything that an enrolment may write, as text: to show that nothing changed. */
    snapshot: async () => {
      const tables = ['chip', 'chip_key', 'chip_certificate', 'claim', 'staff_action'] as const
      const all = await Promise.all(tables.map((table) => sql`SELECT * FROM ${sql(table)} ORDER BY 1, 2`))
      return JSON.stringify(all)
    },
    claim: async (machineId: string, change: { chipId?: ChipId; replaces?: boolean } = {}) => {
      const asked = { machineId, replaces: false, ...change }
      const made = await makeClaim(sql, asked, { actor: 'test', atMs: clock.nowMs, random: randomHex })
      assert.ok(made.ok, made.ok ? '' : made.error)
      return made.value.code
    },
    stop: async () => {
      for (const server of servers) await server.close()
      await sql.end({ timeout: 5 })
      await database.stop()
      await temporary.remove()
    },
  }
}
export type IdentityHouse = Awaited<ReturnType<typeof startIdentityHouse>>

export const MACHINES = Array.from({ length: 12 }, (_, index) => `machine-${String(index)}`)

/** Even machines belong to `wash`, odd ones to `dry`. */
export function ownerOf(machineId: string): string {
  return MACHINES.indexOf(machineId) % 2 === 0 ? 'wash' : 'dry'
}

async function registerMachines(sql: Parameters<typeof applyFleet>[0]): Promise<void> {
  const products = [
    { id: 1, name: 'Wash', mode: 'sale', priceMinor: '250', units: 1, unit: 'wash', maxDurationS: 60 },
  ]
  const fleet = checkFleet({
    merchants: ['wash', 'dry'].map((merchantId) => ({
      merchantId,
      name: merchantId,
      support: `help@${merchantId}.example`,
      iban: 'DE02120300000000202051',
    })),
    machines: MACHINES.map((machineId) => ({
      machineId,
      merchantId: ownerOf(machineId),
      name: 'Washer',
      place: 'Cellar',
      presence: 'words',
      tariff: { currency: 'EUR', products },
    })),
  })
  assert.ok(fleet.ok, fleet.ok ? '' : fleet.error)
  const applied = await applyFleet(sql, fleet.value, { actor: 'test', atMs: Date.now() })
  assert.ok(applied.ok)
}

export function newChipId(): ChipId {
  return ChipId.of(randomBytes(8).toString('hex'))
}

/** Keys that a chip made, with the key in PEM for TLS. */
export async function chipKeys(alg: 'ES256' | 'EdDSA' = 'ES256') {
  const pair = (await crypto.subtle.generateKey(alg === 'ES256' ? P256 : { name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return { alg, pair, pem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}
export type ChipKeys = Awaited<ReturnType<typeof chipKeys>>

/** A PKCS #10 request in base64. */
export async function requestFor(
  name: string,
  { alg, pair }: Pick<ChipKeys, 'alg' | 'pair'>,
): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name, keys: pair, signingAlgorithm: alg === 'ES256' ? P256 : { name: 'Ed25519' } },
    crypto,
  )
  return Buffer.from(request.rawData).toString('base64')
}

export interface Show {
  /** PEM texts of a client certificate and its key. */
  readonly cert?: string
  readonly key?: string
  readonly user?: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
  readonly code: string
  readonly headers: IncomingMessage['headers']
}

/** One request over a connection of its own. */
export async function ask(
  to: { readonly port: number; readonly caPem: string },
  url: string,
  { cert, key, user, body, type }: Show & { readonly body?: string; readonly type?: string } = {},
): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = https.request(
      {
        host: 'localhost',
        port: to.port,
        path: url,
        method: body === undefined ? 'GET' : 'POST',
        ca: to.caPem,
        agent: false,
        ...(cert === undefined ? {} : { cert, key }),
        ...(user === undefined ? {} : { auth: user }),
        headers: body === undefined ? {} : { 'content-type': type ?? 'application/pkcs10' },
      },
      resolve,
    )
    request.on('error', reject)
    request.end(body)
  })
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  const content = Buffer.concat(parts)
  const contentType = response.headers['content-type'] ?? ''
  const code = contentType.startsWith('application/problem+json')
    ? (JSON.parse(content.toString()) as { code: string }).code
    : ''
  return {
    status: response.statusCode ?? 0,
    type: contentType,
    body: content,
    code,
    headers: response.headers,
  }
}

/** The certificates in an answer of EST, in its order. */
export function certificatesOf({ body }: Answer): X509Certificate[] {
  const all = new X509Certificates(new Uint8Array(Buffer.from(body.toString(), 'base64')))
  return [...all].map((certificate) => new X509Certificate(Buffer.from(certificate.rawData)))
}

export async function pemOf(files: CertificateFiles): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(files.certificateFile, 'utf8'), key: await readFile(files.keyFile, 'utf8') }
}
