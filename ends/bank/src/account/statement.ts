import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type Currency, currencyOf } from '#protocol/money.ts'
import type { Sql } from '../database/connect.ts'
import { amountJson } from '../mandate/mandate.ts'
import { problem } from '../problem.ts'
import { AmountSchema, IbanSchema, ProblemSchema, readTime } from '../schema.ts'
import { sendProblem } from '../send-problem.ts'

export const STATEMENT_PAGE_ENTRIES = 500

const StatementQuery = Type.Object({
  date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  cursor: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
})
const StatementParams = Type.Object({ iban: IbanSchema })
const EntrySchema = Type.Object({
  entryReference: Type.String(),
  bankReference: Type.String(),
  endToEndIdentification: Type.Union([Type.String(), Type.Null()]),
  kind: Type.String(),
  amount: AmountSchema,
  creditDebitIndicator: Type.String({ description: 'CRDT or DBIT' }),
  bookingDate: Type.String(),
})
const StatementSchema = Type.Object({
  account: Type.Object({ iban: Type.String(), currency: Type.String() }),
  date: Type.String(),
  entries: Type.Array(EntrySchema),
  cursor: Type.Union([Type.String(), Type.Null()]),
})

export interface StatementEntry {
  readonly entryId: bigint
  readonly bankReference: string
  readonly endToEndId: string | null
  readonly kind: string
  readonly amountMinor: bigint
  readonly day: string
  readonly bookedAt: Date
}

/**
 * What changed the account as a whole: moves between its parts (a hold, a release of a reserve) are not entries.
 * In the order of booking; entries are numbered under one lock, so a page read later never has an earlier entry.
 */
export async function statementEntries(
  sql: Sql,
  wanted: { accountId: bigint; day: string; afterEntryId: bigint },
): Promise<StatementEntry[]> {
  return sql<StatementEntry[]>`
    SELECT e.entry_id AS "entryId", e.bank_reference AS "bankReference", e.end_to_end_id AS "endToEndId",
      e.kind, p.amount_minor AS "amountMinor", e.day::text AS day, e.booked_at AS "bookedAt"
    FROM (
      SELECT entry_id, sum(amount_minor)::bigint AS amount_minor FROM ledger_posting
      WHERE account_id = ${wanted.accountId} AND day = ${wanted.day}::date AND entry_id > ${wanted.afterEntryId}
      GROUP BY entry_id HAVING sum(amount_minor) <> 0
      ORDER BY entry_id LIMIT ${STATEMENT_PAGE_ENTRIES}
    ) AS p JOIN ledger_entry AS e USING (entry_id) ORDER BY e.entry_id`
}

/** The statement of a merchant's account; a customer's own is for the customer's eyes only. */
export function statementRoutes(app: FastifyInstance, parts: { sql: Sql }): void {
  app.get<{ Params: Type.Static<typeof StatementParams>; Querystring: Type.Static<typeof StatementQuery> }>(
    '/v1/accounts/:iban/statement',
    {
      schema: {
        tags: ['accounts'],
        params: StatementParams,
        querystring: StatementQuery,
        response: { 200: StatementSchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async (request, reply) => {
      const { date, cursor } = request.query
      if (!readTime('date', `${date}T00:00:00Z`).ok) {
        return sendProblem(reply, problem('bad-time', 'date: is not a day'))
      }
      const [account] = await parts.sql<{ account_id: bigint; holder: string; currency: string }[]>`
        SELECT account_id, holder, currency FROM account WHERE iban = ${request.params.iban}`
      if (account === undefined) return sendProblem(reply, problem('unknown-account'))
      if (account.holder !== 'merchant') return sendProblem(reply, problem('account-not-open'))
      const entries = await statementEntries(parts.sql, {
        accountId: account.account_id,
        day: date,
        afterEntryId: BigInt(cursor ?? '0'),
      })
      const currency = currencyOf(account.currency)
      return {
        account: { iban: request.params.iban, currency },
        date,
        entries: entries.map((entry) => entryJson(entry, currency)),
        cursor: entries.length === STATEMENT_PAGE_ENTRIES ? String(entries.at(-1)?.entryId) : null,
      }
    },
  )
}

function entryJson(entry: StatementEntry, currency: Currency) {
  const amountMinor = entry.amountMinor < 0n ? -entry.amountMinor : entry.amountMinor
  return {
    entryReference: String(entry.entryId),
    bankReference: entry.bankReference,
    endToEndIdentification: entry.endToEndId,
    kind: entry.kind,
    amount: amountJson({ amountMinor, currency }),
    creditDebitIndicator: entry.amountMinor < 0n ? 'DBIT' : 'CRDT',
    bookingDate: entry.day,
  }
}
