import { Type } from 'typebox'
import { ChipId } from '#protocol/identifier.ts'
import { moneyToJson } from '#protocol/money.ts'
import { Problem, Refusal } from '../error/problem.ts'
import { type MachineRecord, refusalOf } from '../machine/record.ts'
import type { HttpContext } from './context.ts'
import { sendTagged } from './etag.ts'
import type { Server } from './type-provider.ts'

const Money = Type.Object({ amountMinor: Type.String(), currency: Type.String() })
const MachineView = Type.Object({
  payee: Type.String(),
  machine: Type.Object({
    name: Type.String(),
    number: Type.Optional(Type.String()),
    place: Type.String(),
    picture: Type.Optional(Type.String()),
  }),
  presence: Type.String({ enum: ['none', 'words', 'button', 'blink', 'plate'] }),
  currency: Type.String(),
  products: Type.Array(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      money: Money,
      mode: Type.String({ enum: ['sale', 'hold'] }),
      units: Type.Integer(),
      unit: Type.String(),
    }),
  ),
})

/** What a machine with a printed code sells, before anything is asked of it. */
export function machineRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/machines/:chipId',
    {
      schema: {
        summary: 'A machine with a printed code',
        tags: ['machines'],
        params: Type.Object({ chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }) }),
        response: { 200: MachineView, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const record = await context.machines.machineByChip(ChipId.of(request.params.chipId))
      if (record === null || record.tariff === null) throw new Refusal('machine-unknown')
      const refusal = refusalOf(record)
      if (refusal !== null) throw new Refusal(refusal)
      return sendTagged(request, reply, machineView(record, record.tariff))
    },
  )
}

/**
 * The engraved number is asked of the payer where it is the proof of presence: then it is not told. Money is the whole
 * price of a sale, and the most that a session can cost.
 */
function machineView(record: MachineRecord, tariff: NonNullable<MachineRecord['tariff']>) {
  const { name, number, place, picture, presence, merchant } = record
  return {
    payee: merchant.name,
    machine: {
      name,
      ...(number === '' || presence === 'plate' ? {} : { number }),
      place,
      ...(picture === undefined ? {} : { picture }),
    },
    presence,
    currency: tariff.currency,
    products: tariff.products.map((product) => ({
      id: product.id,
      name: product.name,
      money: moneyToJson({
        amountMinor: product.mode === 'hold' ? product.holdMinor : product.priceMinor,
        currency: tariff.currency,
      }),
      mode: product.mode,
      units: product.units,
      unit: product.unit,
    })),
  }
}
