import { generateKeyPairSync, randomBytes } from 'node:crypto'
import path from 'node:path'
import pino from 'pino'
import { Agent } from 'undici'
import type { Grant } from '#system/access/reach.ts'
import type { Sql } from '#system/database.ts'
import type { HttpContext } from '#system/http/context.ts'
import { STAFF_COOKIE } from '#system/http/manage/access.ts'
import { createServer } from '#system/http/server.ts'
import { DEFAULT_LIMITS } from '#system/settings.ts'
import { grantRole } from '#system/staff-member/accept.ts'
import { startSession } from '#system/staff-member/session.ts'

const AMPLE = 10 ** 9
/** As it stands in the source: nobody opens it here. */
const PAGE_FOLDER = path.join(import.meta.dirname, '../../ends/payer')

/** Asks this fleet's server as one of its staff; the answer's body. */
export type Ask = (
  path: string,
) => Promise<{ readonly items?: readonly object[]; readonly nextCursor?: string | null }>

export interface ConsoleServer {
  /** Somebody with these roles, signed in. */
  readonly as: (grants: readonly Grant[]) => Promise<Ask>
  readonly close: () => Promise<void>
}

/**
 * The product's own server over one fleet, listening, with nothing behind it that moves payments: what is measured stays
 * as it is while it is measured.
 */
export async function startConsoleServer(sql: Sql): Promise<ConsoleServer> {
  const limits = {
    ...DEFAULT_LIMITS,
    requestsPerMinutePerNetwork: AMPLE,
    manageRequestsPerMinutePerCaller: AMPLE,
  }
  const publicOrigin = 'http://localhost'
  const context = {
    settings: {
      publicOrigin,
      frameOrigins: [],
      trustedProxies: [],
      limits,
      payerPageFolder: PAGE_FOLDER,
    },
    sql,
    log: pino({ level: 'silent' }),
    pseudonymSecret: randomBytes(32).toString('hex'),
    // Routes of payers and the bank, which nobody asks here.
    bankPublicKeyPem: generateKeyPairSync('ed25519')
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString(),
    notifications: { subscribe: () => Promise.resolve(), close: () => Promise.resolve() },
    machines: { machineByChip: () => Promise.resolve(null) },
    verifying: {
      sql,
      relyingParty: { rpId: 'localhost', origin: publicOrigin, frameOrigins: [] },
      nowMs: Date.now,
    },
    nowMs: Date.now,
    isReady: () => Promise.resolve(true),
  } as unknown as HttpContext
  const app = await createServer(context)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const dispatcher = new Agent({ connections: 1 })
  return {
    as: async (grants) => asker({ address, dispatcher, cookie: await signIn(sql, grants) }),
    close: async () => {
      await dispatcher.close()
      await app.close()
    },
  }
}

async function signIn(sql: Sql, grants: readonly Grant[]): Promise<string> {
  const staffId = randomBytes(16).toString('hex')
  await sql`
    INSERT INTO staff_member (staff_id, name, email, user_handle)
    VALUES (${staffId}, 'Benchmark', 'benchmark@example.org', ${randomBytes(32)})`
  for (const grant of grants) await grantRole(sql, { ...grant, staffId, by: 'benchmark' })
  const session = await startSession(sql, { staffId, browser: 'benchmark' }, Date.now())
  return `${STAFF_COOKIE}=${session.secretText}`
}

function asker(of: { readonly address: string; readonly dispatcher: Agent; readonly cookie: string }): Ask {
  const { address, dispatcher, cookie } = of
  return async (path) => {
    const { statusCode, body } = await dispatcher.request({
      origin: address,
      path,
      method: 'GET',
      headers: { cookie },
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path}: ${String(statusCode)} ${text}`)
    return JSON.parse(text) as Awaited<ReturnType<Ask>>
  }
}
