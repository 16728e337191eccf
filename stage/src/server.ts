import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { formatDecimal, currencyOf } from '#protocol'
import type { RunningHouse } from '#hosting/house.ts'
import type { Machines } from './machines.ts'
import type { Watch } from './watch.ts'

export interface StageParts {
  readonly house: RunningHouse
  readonly watch: Watch
  readonly machines: Machines
  readonly port: number
}

export interface RunningStage {
  readonly url: string
  stop(): Promise<void>
}

const PAGE = path.resolve(import.meta.dirname, '../page')
const BANK_SLOW_MS = 4_000
const VIEWERS_MAX = 32
const BODY_MAX_BYTES = 4_096
const HEARTBEAT_MS = 15_000
/** Several changes at once become one picture. */
const PICTURE_PAUSE_MS = 40

const ActBody = Type.Object(
  { product: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })) },
  { additionalProperties: false },
)

/** Serves the stage: a page to look at, what was seen as a stream of events, and the acts of the person before it. */
export async function startStage(parts: StageParts): Promise<RunningStage> {
  const server = fastify({ logger: false, bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true })
  const viewers = new Set<ServerResponse>()
  const send = (event: string, data: unknown) => {
    for (const viewer of viewers) write(viewer, event, data)
  }
  const url = `http://localhost:${String(parts.port)}`
  await server.register(fastifyStatic, { root: PAGE, cacheControl: false })
  await serveQrScript(server)
  server.addHook('onRequest', async (request, reply) => refuseStrangers(url, request, reply))
  server.get('/stage.json', () => aboutHouse(parts.house))
  server.get('/events', (request, reply) => openStream(parts, viewers, { request, reply }))
  serveActs(server, parts, () => {
    send('bank', bankCondition(parts.house))
  })

  let picture: NodeJS.Timeout | undefined
  const forget = [
    parts.watch.onSighting((sighting) => {
      send('sighting', sighting)
    }),
    parts.machines.onChange(() => {
      picture ??= setTimeout(() => {
        picture = undefined
        send('machines', parts.machines.sights())
      }, PICTURE_PAUSE_MS)
    }),
  ]
  const heartbeat = setInterval(() => {
    for (const viewer of viewers) viewer.write(': still here\n\n')
    send('machines', parts.machines.sights())
  }, HEARTBEAT_MS)
  await server.listen({ host: 'localhost', port: parts.port })
  return {
    url,
    stop: async () => {
      clearInterval(heartbeat)
      clearTimeout(picture)
      for (const one of forget) one()
      for (const viewer of viewers) viewer.end()
      await server.close()
    },
  }
}

/** Another site in the same browser must not act here, and neither must a name that points at this address. */
async function refuseStrangers(url: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { origin, host } = request.headers
  const own = new URL(url).host
  if (host !== own && host !== own.replace('localhost', '127.0.0.1')) await reply.code(421).send()
  else if (request.method !== 'GET' && origin !== `http://${host}`) await reply.code(403).send()
}

async function serveQrScript(server: FastifyInstance): Promise<void> {
  const file = path.join(path.dirname(createRequire(import.meta.url).resolve('uqr')), 'index.mjs')
  const script = await readFile(file, 'utf8')
  server.get('/uqr.js', (_request, reply) => reply.type('text/javascript').send(script))
}

function serveActs(server: FastifyInstance, parts: StageParts, bankChanged: () => void): void {
  server.post<{ Params: { key: string; act: string } }>('/machines/:key/:act', async (request, reply) => {
    const body: unknown = request.body ?? {}
    if (!Value.Check(ActBody, body)) return reply.code(400).send({ error: 'malformed' })
    const done = await parts.machines.act(request.params.key, request.params.act, body.product ?? 0)
    return done.ok ? { done: done.value } : reply.code(404).send({ error: done.error })
  })
  server.post<{ Params: { act: string } }>('/bank/:act', async (request, reply) => {
    const { bankLink } = parts.house
    if (request.params.act === 'slow') bankLink.slow(BANK_SLOW_MS)
    else if (request.params.act === 'silent') bankLink.silence()
    else if (request.params.act === 'whole') bankLink.restore()
    else return reply.code(404).send({ error: 'unknown-act' })
    bankChanged()
    return { done: 'done' }
  })
}

function bankCondition(house: RunningHouse): string {
  return house.bankLink.condition().kind
}

function aboutHouse(house: RunningHouse): unknown {
  const merchants = new Map(house.fleet.merchants.map(({ merchantId, name }) => [merchantId, name]))
  return {
    systemUrl: house.systemUrl,
    bankUrl: house.bankUrl,
    customers: house.fleet.customers.map(({ username, name, balanceMinor, currency }) => ({
      username,
      name,
      password: house.provisioned.customerPasswords.get(username) ?? '',
      opening: {
        amount: formatDecimal({ amountMinor: balanceMinor, currency: currencyOf(currency) }),
        currency,
      },
    })),
    machines: house.fleet.machines.map(
      ({ key, merchantId, name, place, number, presence, codes, thing, products, boxed }) => ({
        key,
        merchant: merchants.get(merchantId) ?? '',
        name,
        place,
        number: number ?? '',
        presence,
        codes,
        boxed: boxed ?? false,
        coins: thing.coinUnits > 0,
        stocked: thing.stockUnits !== null,
        products: products.map(({ id, name: goods, unit, mode }) => ({ id, name: goods, unit, mode })),
      }),
    ),
  }
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

function openStream(parts: StageParts, viewers: Set<ServerResponse>, { request, reply }: Exchange): void {
  if (viewers.size >= VIEWERS_MAX) {
    void reply.code(503).send({ error: 'too-many-viewers' })
    return
  }
  reply.hijack()
  const viewer = reply.raw
  viewer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  viewers.add(viewer)
  viewer.on('error', () => viewers.delete(viewer))
  request.raw.on('close', () => viewers.delete(viewer))
  write(viewer, 'machines', parts.machines.sights())
  write(viewer, 'bank', bankCondition(parts.house))
  write(viewer, 'history', parts.watch.recent())
}

function write(viewer: ServerResponse, event: string, data: unknown): void {
  viewer.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}
