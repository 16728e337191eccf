import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parseDecimalMoney } from '#protocol/money.ts'
import { openAccount } from './account/open.ts'
import { hashPassword } from './customer/password.ts'
import { readSecret, type Sql } from './database/connect.ts'
import { bookBatch } from './order/batch.ts'
import { AmountSchema, exact, IbanSchema, NameSchema } from './schema.ts'
import { SettingsError } from './settings.ts'

const CustomerSchema = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    passwordFile: Type.Optional(Type.String({ minLength: 1 })),
    name: NameSchema,
    iban: IbanSchema,
    balance: AmountSchema,
  },
  exact,
)
const MerchantSchema = Type.Object({ name: NameSchema, iban: IbanSchema, balance: AmountSchema }, exact)
const SeedSchema = Type.Object(
  {
    customers: Type.Array(CustomerSchema, { maxItems: 10_000 }),
    merchants: Type.Array(MerchantSchema, { maxItems: 10_000 }),
  },
  exact,
)
type Seed = Type.Static<typeof SeedSchema>

/**
 * Opens the accounts that the seed file names and that are not there yet, with their opening balances; what is there
 * is left alone. The same username again opens a further account, in another currency say.
 */
export async function applySeed(sql: Sql, file: string, timeZone: string): Promise<void> {
  const seed = readSeed(file)
  for (const customer of seed.customers) {
    const customerId = await openCustomer(sql, {
      username: customer.username,
      name: customer.name,
      password: () =>
        customer.passwordFile === undefined ? (customer.password ?? '') : readSecret(customer.passwordFile),
    })
    await seedAccount(sql, { ...customer, holder: 'customer', customerId, timeZone })
  }
  for (const merchant of seed.merchants) {
    await seedAccount(sql, { ...merchant, holder: 'merchant', customerId: null, timeZone })
  }
}

function readSeed(file: string): Seed {
  let given: unknown
  try {
    given = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new SettingsError(`settings: seedFile ${file} cannot be read as JSON`)
  }
  if (!Value.Check(SeedSchema, given)) {
    const [fault] = Value.Errors(SeedSchema, given)
    throw new SettingsError(`seed ${file}: ${fault?.instancePath ?? ''} ${fault?.message ?? 'is wrong'}`)
  }
  for (const customer of given.customers) {
    if ((customer.password === undefined) === (customer.passwordFile === undefined)) {
      throw new SettingsError(`seed ${file}: ${customer.username} needs one of password and passwordFile`)
    }
  }
  return given
}

/** Makes a customer, or finds the one who has this username; the password is only asked for where it is needed. */
export async function openCustomer(
  sql: Sql,
  wanted: { username: string; name: string; password: () => string },
): Promise<bigint> {
  const username = wanted.username.trim().toLowerCase()
  const [known] = await sql<{ customer_id: bigint }[]>`
    SELECT customer_id FROM customer WHERE username = ${username}`
  if (known !== undefined) return known.customer_id
  const passwordHash = await hashPassword(wanted.password())
  const [made] = await sql<{ customer_id: bigint }[]>`
    INSERT INTO customer (username, name, password_hash, pseudonym)
    VALUES (${username}, ${wanted.name}, ${passwordHash}, ${randomBytes(16).toString('hex')})
    ON CONFLICT (username) DO UPDATE SET username = excluded.username RETURNING customer_id`
  if (made === undefined) throw new Error('a customer was neither made nor found')
  return made.customer_id
}

interface SeededAccount {
  iban: string
  holder: 'customer' | 'merchant'
  customerId: bigint | null
  name: string
  balance: { currency: string; amount: string }
  timeZone: string
}

async function seedAccount(sql: Sql, wanted: SeededAccount): Promise<void> {
  const { balance, iban } = wanted
  const isZero = /^0(\.0+)?$/.test(balance.amount)
  const money = parseDecimalMoney(isZero ? { amount: '1', currency: balance.currency } : balance)
  if (!money.ok) throw new SettingsError(`seed: the balance of ${iban} is wrong (${money.error})`)
  await sql.begin((transaction) => openAccount(transaction, { ...wanted, currency: money.value.currency }))
  if (isZero) return
  // Whether an account was given its opening balance is seen in the ledger, should a start have died in between.
  const [booked] = await sql`
    SELECT 1 FROM ledger_posting JOIN account USING (account_id) WHERE iban = ${iban} LIMIT 1`
  if (booked !== undefined) return
  await bookBatch(sql, [{ kind: 'deposit', iban, money: money.value }], wanted.timeZone)
}
