import path from 'node:path'
import type { HouseFleet } from './fleet.ts'
import { writeJson } from './kept-file.ts'
import type { DatabaseAddress } from './postgres.ts'
import type { Provisioned, ProvisionedChip } from './provisioning.ts'

/** Where everything of one start of a house is. */
export interface Wiring {
  readonly systemPort: number
  readonly bankPort: number
  readonly brokerPort: number
  /** Where chips enrol (EST). */
  readonly estPort: number
  /** The cable from the system to the bank. */
  readonly bankLinkPort: number
  readonly systemDatabase: DatabaseAddress
  readonly bankDatabase: DatabaseAddress
  readonly payerPageFolder: string
  /** Pages that may show the payer's page and the bank's in a frame: the stage. */
  readonly frameOrigins: readonly string[]
  /** Shortened times and wider limits, where a test needs them: as the settings of each end name them. */
  readonly systemTimes?: Readonly<Record<string, number>>
  readonly systemLimits?: Readonly<Record<string, number>>
  readonly bankTimes?: Readonly<Record<string, number>>
  readonly chipTimes?: Readonly<Record<string, number>>
  readonly chipLinkTimes?: Readonly<Record<string, number>>
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
}

const HOST = '127.0.0.1'

/** WebAuthn wants a domain, and `localhost` is the one that needs no certificate. */
export function originOf(port: number): string {
  return `http://localhost:${String(port)}`
}

function database({ host, port, user, passwordFile, database }: DatabaseAddress) {
  return { host, port, user, passwordFile, database }
}

export function writeBrokerSettings(house: Provisioned, wiring: Wiring): Promise<string> {
  return writeJson(path.join(house.folder, 'settings', 'broker.json'), {
    listen: { host: HOST, port: wiring.brokerPort },
    ...house.broker,
    caFile: house.caFile,
    issuerFiles: house.issuing.map(({ certificateFile }) => certificateFile),
  })
}

export function writeBankSettings(house: Provisioned, wiring: Wiring): Promise<string> {
  return writeJson(path.join(house.folder, 'settings', 'bank.json'), {
    listen: { host: HOST, port: wiring.bankPort },
    publicUrl: originOf(wiring.bankPort),
    database: database(wiring.bankDatabase),
    seedFile: house.bankSeedFile,
    tppTokenFile: house.bankTokenFile,
    signingKeyFile: house.bankSigningKeyFile,
    notificationUrl: `http://${HOST}:${String(wiring.systemPort)}/v1/bank-notifications`,
    frameAncestors: wiring.frameOrigins,
    redirectOrigins: [originOf(wiring.systemPort)],
    ...(wiring.bankTimes ? { times: wiring.bankTimes } : {}),
  })
}

export function writeSystemSettings(house: Provisioned, wiring: Wiring): Promise<string> {
  return writeJson(path.join(house.folder, 'settings', 'system.json'), {
    listen: { host: HOST, port: wiring.systemPort },
    publicOrigin: originOf(wiring.systemPort),
    frameOrigins: wiring.frameOrigins,
    database: database(wiring.systemDatabase),
    broker: { url: `mqtts://localhost:${String(wiring.brokerPort)}`, caFile: house.caFile, ...house.system },
    commandKeyFile: house.commandKeyFile,
    pseudonymSecretFile: house.pseudonymSecretFile,
    bank: {
      url: `http://${HOST}:${String(wiring.bankLinkPort)}`,
      tokenFile: house.bankTokenFile,
      publicKeyFile: house.bankPublicKeyFile,
    },
    payerPageFolder: wiring.payerPageFolder,
    est: {
      listen: { host: HOST, port: wiring.estPort },
      ...house.estServer,
      publicAddress: `localhost:${String(wiring.estPort)}`,
      brokerUrl: `mqtts://localhost:${String(wiring.brokerPort)}`,
    },
    identity: {
      issuers: house.issuing,
      factoryCaFiles: [house.factory.caFile],
      commandCertificateFiles: [house.commandCertificateFile],
    },
    ...(wiring.systemLimits ? { limits: wiring.systemLimits } : {}),
    ...(wiring.systemTimes ? { times: wiring.systemTimes } : {}),
    ...(wiring.logLevel ? { logLevel: wiring.logLevel } : {}),
  })
}

export interface ChipWiring {
  readonly chip: ProvisionedChip
  readonly machine: HouseFleet['machines'][number]
  /** The cable from the chip to the broker. */
  readonly linkPort: number
  /** The cable from the chip to its machine. */
  readonly wirePort: number
}

export function writeChipSettings(house: Provisioned, wiring: Wiring, own: ChipWiring): Promise<string> {
  const { certificateFile, keyFile: tlsKeyFile } = own.chip.certificate
  return writeJson(path.join(own.chip.folder, 'settings.json'), {
    chipId: own.chip.chipId,
    codes: own.machine.codes,
    paymentOrigin: originOf(wiring.systemPort),
    keyFile: own.chip.keyFile,
    systemKeyFiles: [house.commandPublicKeyFile],
    journalFolder: path.join(own.chip.folder, 'journal'),
    brokerUrl: `mqtts://localhost:${String(own.linkPort)}`,
    caFile: house.caFile,
    certificateFile,
    tlsKeyFile,
    wire: { host: HOST, port: own.wirePort },
    ...(wiring.chipTimes ? { times: wiring.chipTimes } : {}),
    ...(wiring.chipLinkTimes ? { linkTimes: wiring.chipLinkTimes } : {}),
  })
}
