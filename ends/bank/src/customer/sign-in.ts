import type { Sql } from '../database/connect.ts'
import { checkPassword } from './password.ts'

/** Failed tries in one window: for one name from one network, for one name at all, from one network at all. */
const TRIES_PER_NAME_AND_NETWORK_MAX = 5
const TRIES_PER_NAME_MAX = 50
const TRIES_PER_NETWORK_MAX = 60

export type SignIn =
  | { readonly kind: 'signed-in'; readonly customerId: bigint; readonly name: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'busy' }

/**
 * Signs a customer in by name and password.
 *
 * A try is counted before the password is looked at, so that many at once do not slip through, and forgotten where
 * the password was right. Refused tries do not count, or whoever keeps trying would keep the customer out for ever;
 * and someone else's failed tries from another network lock nobody out until there are very many.
 */
export async function signIn(
  sql: Sql,
  given: { username: string; password: string; network: string; windowS: number },
): Promise<SignIn> {
  const username = given.username.trim().toLowerCase()
  const { network } = given
  const tryId = await countTry(sql, { username, network, windowS: given.windowS })
  if (tryId === null) return { kind: 'too-many' }
  const [customer] = await sql<{ customer_id: bigint; name: string; password_hash: string }[]>`
    SELECT customer_id, name, password_hash FROM customer WHERE username = ${username}`
  const verdict = await checkPassword(customer?.password_hash ?? null, given.password)
  if (verdict === 'busy') {
    await sql`DELETE FROM sign_in_try WHERE try_id = ${tryId}`
    return { kind: 'busy' }
  }
  if (verdict === 'wrong' || customer === undefined) return { kind: 'wrong' }
  await sql`DELETE FROM sign_in_try WHERE username = ${username} AND network = ${network}`
  return { kind: 'signed-in', customerId: customer.customer_id, name: customer.name }
}

/** Counts one more try; null: there were too many already. One name at a time, so that the count is exact. */
function countTry(
  sql: Sql,
  given: { username: string; network: string; windowS: number },
): Promise<bigint | null> {
  const { username, network } = given
  return sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${username}, 0))`
    const [tries] = await transaction<{ here: bigint; name: bigint; net: bigint }[]>`
      SELECT count(*) FILTER (WHERE username = ${username} AND network = ${network}) AS here,
        count(*) FILTER (WHERE username = ${username}) AS name,
        count(*) FILTER (WHERE network = ${network}) AS net
      FROM sign_in_try
      WHERE (username = ${username} OR network = ${network})
        AND at > now() - make_interval(secs => ${given.windowS})`
    if (
      tries === undefined ||
      tries.here >= TRIES_PER_NAME_AND_NETWORK_MAX ||
      tries.name >= TRIES_PER_NAME_MAX ||
      tries.net >= TRIES_PER_NETWORK_MAX
    ) {
      return null
    }
    const [counted] = await transaction<{ try_id: bigint }[]>`
      INSERT INTO sign_in_try (username, network) VALUES (${username}, ${network}) RETURNING try_id`
    return counted?.try_id ?? null
  })
}

/** The network an address belongs to: IPv4 by itself, IPv6 by its first 64 bits. */
export function networkOf(address: string): string {
  const v4 = address.startsWith('::ffff:') ? address.slice(7) : address
  if (!v4.includes(':')) return v4
  const [head = ''] = v4.split('::')
  return `${head.split(':').slice(0, 4).join(':')}::/64`
}
