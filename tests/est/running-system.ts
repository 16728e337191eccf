import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { generateNodeKeys, spkiOfPem } from '#protocol/node-keys.ts'
import { openAuthority, openFactory } from '#hosting/certificate.ts'
import { freePort } from '#hosting/port.ts'
import { openProcesses } from '#hosting/processes.ts'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { startTestPostgres } from '#hosting/test-postgres.ts'

const run = promisify(execFile)
const ROOT = path.resolve(import.meta.dirname, '../..')
const MACHINES = ['washer-1', 'washer-2', 'washer-3', 'washer-4', 'washer-5', 'washer-6']

/** A system's process with its enrolment service and a database; its broker and bank are away, which it bears. */
export async function startRunningSystem() {
  const database = await startTestPostgres()
  const temporary = await makeTemporaryFolder('est')
  const at = (...parts: string[]) => path.join(temporary.folder, ...parts)
  const authority = await openAuthority(at('ca'))
  const factory = await openFactory(at('factory'))
  const foreign = await openFactory(at('foreign'))
  const [port, systemPort, brokerPort] = [await freePort(), await freePort(), await freePort()]
  const commandKeyFile = at('command.key.pem')
  await writeFile(commandKeyFile, generateNodeKeys('ES256').privateKeyPem, { mode: 0o600 })
  const bankKey = Buffer.from(spkiOfPem(generateNodeKeys('EdDSA').privateKeyPem)).toString('base64')
  await writeFile(at('bank.pem'), `-----BEGIN PUBLIC KEY-----\n${bankKey}\n-----END PUBLIC KEY-----\n`)
  await writeFile(at('secret'), randomBytes(16).toString('hex'))
  await mkdir(at('page'))
  await writeFile(at('page', 'index.html'), '<!doctype html><title>page</title>')
  const settings = {
    listen: { host: '127.0.0.1', port: systemPort },
    publicOrigin: `http://localhost:${String(systemPort)}`,
    database: {
      host: database.host,
      port: database.port,
      user: database.user,
      passwordFile: database.passwordFile,
      database: database.database,
    },
    broker: {
      url: `mqtts://localhost:${String(brokerPort)}`,
      caFile: authority.caFile,
      ...(await authority.client('system')),
    },
    commandKeyFile,
    pseudonymSecretFile: at('secret'),
    bank: { url: 'http://127.0.0.1:9', tokenFile: at('secret'), publicKeyFile: at('bank.pem') },
    payerPageFolder: at('page'),
    est: { listen: { host: '127.0.0.1', port }, ...(await authority.server('est')) },
    identity: {
      issuers: authority.issuing(),
      factoryCaFiles: [factory.caFile],
      commandCertificateFiles: [await authority.commandCertificate(commandKeyFile)],
    },
  }
  const settingsFile = at('system.json')
  await writeFile(settingsFile, JSON.stringify(settings))
  await writeFile(at('fleet.json'), JSON.stringify(fleet()))
  const staff = async (...words: readonly string[]) => {
    const script = path.join(ROOT, 'ends/system/src/staff.ts')
    const { stdout } = await run(process.execPath, [script, '--settings', settingsFile, '--json', ...words])
    return JSON.parse(stdout) as Record<string, unknown>
  }
  const processes = await openProcesses(temporary.folder)
  await processes.start({ name: 'system', script: 'ends/system/src/main.ts', settingsFile })
  await staff('fleet', 'apply', at('fleet.json'))
  return {
    folder: temporary.folder,
    database,
    authority,
    factory,
    foreign,
    address: `localhost:${String(port)}`,
    staff,
    stop: async () => {
      await processes.stop()
      await database.stop()
      await temporary.remove()
    },
  }
}
export type RunningSystem = Awaited<ReturnType<typeof startRunningSystem>>

function fleet() {
  const products = [
    { id: 1, name: 'Wash', mode: 'sale', priceMinor: '250', units: 1, unit: 'wash', maxDurationS: 60 },
  ]
  return {
    merchants: [{ merchantId: 'wash', name: 'Wash', support: 'help', iban: 'DE02120300000000202051' }],
    machines: MACHINES.map((machineId) => ({
      machineId,
      merchantId: 'wash',
      name: 'Washer',
      place: 'Cellar',
      presence: 'words',
      tariff: { currency: 'EUR', products },
    })),
  }
}
