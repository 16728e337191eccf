import type { ProtocolError } from '../protocol-error.ts'
import {
  type RecordOf,
  amount,
  amountOrZero,
  choice,
  currency,
  epochSeconds,
  field,
  list,
  text,
  uint,
  uint32,
} from './field.ts'
import { type ValueOf, message } from './message.ts'

export const PRODUCTS_MAX = 16
export const PRODUCT_NAME_BYTES_MAX = 40
export const UNIT_BYTES_MAX = 12
/** Units of a sale or a session, such as 1 wash, 90 minutes, 50,000 Wh. */
export const UNITS_MAX = 1_000_000
/** A day. */
export const DURATION_S_MAX = 86_400

const productFields = {
  id: field(1, uint32),
  name: field(2, text(PRODUCT_NAME_BYTES_MAX, 1)),
  mode: field(3, choice({ sale: 0, hold: 1 })),
  /** Sale: the whole price. Hold: the price of one unit. */
  priceMinor: field(4, amount),
  /** Sale: what one purchase delivers. Hold: the most a session delivers. */
  units: field(5, uint(UNITS_MAX, 1)),
  unit: field(6, text(UNIT_BYTES_MAX, 1)),
  /** Hold: price of one unit times units. Sale: 0. */
  holdMinor: field(7, amountOrZero),
  maxDurationS: field(8, uint(DURATION_S_MAX, 1)),
}

export type Product = RecordOf<typeof productFields>
export type ProductMode = Product['mode']

/** What a machine sells, at which prices. The system owns the prices; the chip sells at the newest version it holds. */
export const tariff = message({
  kind: 2,
  name: 'tariff',
  direction: 'down',
  fields: {
    tariffVersion: field(3, uint32),
    currency: field(4, currency),
    validFromS: field(5, epochSeconds),
    products: field(6, list(productFields, { minItems: 1, maxItems: PRODUCTS_MAX })),
  },
  rule: ({ products }): ProtocolError | null => {
    const ids = new Set<number>()
    for (const [index, product] of products.entries()) {
      const place = `products[${String(index)}]`
      if (ids.has(product.id)) return { code: 'out-of-range', field: `${place}.id` }
      ids.add(product.id)
      const holdMinor = product.mode === 'hold' ? product.priceMinor * BigInt(product.units) : 0n
      if (product.holdMinor !== holdMinor) return { code: 'amount-out-of-range', field: `${place}.holdMinor` }
    }
    return null
  },
})
export type Tariff = ValueOf<typeof tariff>
