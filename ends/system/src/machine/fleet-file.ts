import { readFile } from 'node:fs/promises'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { ChipId } from '#protocol/identifier.ts'
import { type Product, tariff } from '#protocol/message/tariff.ts'
import { isCurrency } from '#protocol/money.ts'
import { nodeVerifier } from '#protocol/node-keys.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { provisionedLeaf } from '../identity/certificate-record.ts'

const closed = { additionalProperties: false }
const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '^[^\\u0000-\\u001f]+$' })
/** Stands in addresses, logs and files: letters, digits and hyphens. */
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' })
const AmountMinor = Type.String({ pattern: '^[1-9][0-9]{0,12}$' })

const ProductEntry = Type.Object(
  {
    id: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
    name: Name,
    mode: Type.Union([Type.Literal('sale'), Type.Literal('hold')]),
    priceMinor: AmountMinor,
    units: Type.Integer({ minimum: 1 }),
    unit: Type.String({ minLength: 1, maxLength: 12 }),
    holdMinor: Type.Optional(Type.String()),
    maxDurationS: Type.Integer({ minimum: 1 }),
  },
  closed,
)

const MachineEntry = Type.Object(
  {
    machineId: Id,
    merchantId: Id,
    siteId: Type.Optional(Id),
    name: Name,
    number: Type.Optional(Type.String({ maxLength: 32 })),
    place: Name,
    picture: Type.Optional(Type.String({ maxLength: 300, pattern: '^https://' })),
    presence: Type.Union(
      (['none', 'words', 'button', 'blink', 'plate'] as const).map((method) => Type.Literal(method)),
    ),
    /** Left out, with its key, where the chip is yet to be set up: it is claimed for the machine then. */
    chipId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
    chipKey: Type.Optional(
      Type.Object(
        {
          alg: Type.Union([Type.Literal('ES256'), Type.Literal('EdDSA')]),
          spki: Type.String({ pattern: '^[A-Za-z0-9+/]{40,200}={0,2}$' }),
        },
        closed,
      ),
    ),
    /** Its TLS certificate in PEM, and its issuer's behind it, so that a revocation list can name it. */
    chipCertificate: Type.Optional(Type.String({ maxLength: 16_384 })),
    tariff: Type.Object(
      {
        currency: Type.String({ pattern: '^[A-Z]{3}$' }),
        products: Type.Array(ProductEntry, { minItems: 1, maxItems: 16 }),
      },
      closed,
    ),
  },
  closed,
)

const MerchantEntry = Type.Object(
  {
    merchantId: Id,
    name: Type.String({ minLength: 1, maxLength: 70, pattern: '^[^\\u0000-\\u001f]+$' }),
    support: Name,
    iban: Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' }),
    sites: Type.Optional(Type.Array(Type.Object({ siteId: Id, name: Name }, closed), { maxItems: 1000 })),
  },
  closed,
)

/** A fleet as one file: who sells, with which machines, behind which chips, at which prices. */
export const FleetFile = Type.Object(
  {
    merchants: Type.Array(MerchantEntry, { maxItems: 1000 }),
    machines: Type.Array(MachineEntry, { maxItems: 10_000 }),
  },
  closed,
)
export type FleetFile = Static<typeof FleetFile>
export type MachineEntry = Static<typeof MachineEntry>
export type MerchantEntry = Static<typeof MerchantEntry>

/** Errors are one sentence for whoever wrote the file. */
export async function readFleetFile(file: string): Promise<Result<FleetFile, string>> {
  try {
    return checkFleet(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    return fail(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export function checkFleet(given: unknown): Result<FleetFile, string> {
  if (!Value.Check(FleetFile, given)) {
    const problems = Value.Errors(FleetFile, given)
    const problem = problems.find(({ keyword }) => keyword !== 'boolean') ?? problems[0]
    const place = problem?.instancePath.slice(1).replaceAll('/', '.') || 'the file'
    return fail(`${place} ${problem?.message ?? 'is not accepted'}.`)
  }
  for (const machine of given.machines) {
    const problem = problemOf(machine)
    if (problem !== null) return fail(`machine ${machine.machineId}: ${problem}.`)
  }
  return ok(given)
}

function problemOf(machine: MachineEntry): string | null {
  if (machine.presence === 'plate' && !machine.number)
    return 'presence by plate needs the number on the plate'
  const { chipId, chipKey, chipCertificate } = machine
  if ((chipId === undefined) !== (chipKey === undefined)) return 'chipId and chipKey come together'
  if (chipKey !== undefined && !keyMatches(chipKey))
    return `chipKey is no ${chipKey.alg} key (SubjectPublicKeyInfo in DER, base64)`
  if (chipCertificate !== undefined && provisionedLeaf(chipCertificate, chipId ?? '') === null)
    return 'chipCertificate is not the certificate of this chip and then that of its issuer, in PEM'
  const { currency } = machine.tariff
  if (!isCurrency(currency)) return `${currency} is not a currency that machines sell in`
  const valid = tariff.validate({
    name: 'tariff',
    chipId: ChipId.of(chipId ?? NO_CHIP),
    tariffVersion: 1,
    currency,
    validFromS: 0,
    products: productsOf(machine),
  })
  return valid.ok ? null : `tariff is refused: ${valid.error.code} ${valid.error.field ?? ''}`
}

/** A tariff's limits are the same for every chip. */
const NO_CHIP = '0'.repeat(ChipId.lengthBytes * 2)

function keyMatches(key: NonNullable<MachineEntry['chipKey']>): boolean {
  try {
    return nodeVerifier(new Uint8Array(Buffer.from(key.spki, 'base64'))).alg === key.alg
  } catch {
    return false
  }
}

/** With the hold that follows from price and units. */
export function productsOf(machine: MachineEntry): Product[] {
  return machine.tariff.products.map(({ id, name, mode, priceMinor, units, unit, maxDurationS }) => ({
    id,
    name,
    mode,
    priceMinor: BigInt(priceMinor),
    units,
    unit,
    holdMinor: mode === 'hold' ? BigInt(priceMinor) * BigInt(units) : 0n,
    maxDurationS,
  }))
}
