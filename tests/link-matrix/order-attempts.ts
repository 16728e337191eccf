import { randomBytes } from 'node:crypto'
import { seal } from '#protocol/envelope.ts'
import { BootId, type ChipId } from '#protocol/identifier.ts'
import type { Hello } from '#protocol/message/hello.ts'
import { topicOf } from '#protocol/topic.ts'
import { type Attempt, LET_IN } from './attempt.ts'
import { dialPlain } from './line.ts'
import { CONNACK, connect, publish, subscribe } from './packet.ts'
import { A, B, type World } from './world.ts'

/** Things in another order than MQTT has them, and on another carrier. */
const order: readonly Attempt[] = [
  {
    name: 'publishes before it has said who it is',
    refusedBy: 'link',
    async attempt(world) {
      const line = await world.dial()
      line.send(publish(topicOf(B, 'up'), 'too early'))
      return line.refusalOnLine()
    },
  },
  {
    name: 'subscribes before it has said who it is',
    refusedBy: 'link',
    async attempt(world) {
      const line = await world.dial()
      line.send(subscribe([topicOf(B, 'down')]))
      return line.refusalOnLine()
    },
  },
  {
    name: 'calls itself B once it is in as A',
    refusedBy: 'link',
    async attempt(world) {
      const line = await world.asA()
      line.send(connect({ clientId: B }))
      const refusal = await line.refusalOnLine()
      return line.count(CONNACK) > 1 ? LET_IN : refusal
    },
  },
  {
    name: 'publishes as B right behind its CONNECT, before the answer',
    refusedBy: 'link',
    async attempt(world) {
      const line = await world.dial()
      line.send(Buffer.concat([connect({ clientId: A }), publish(topicOf(B, 'up'), 'in one go')]))
      return line.refusalOnLine()
    },
  },
  {
    name: 'comes without TLS',
    refusedBy: 'link',
    async attempt(world) {
      const line = world.note(dialPlain(world.broker.port))
      line.send(connect({ clientId: B }))
      return (await line.refusalAtConnect()) ?? LET_IN
    },
  },
]

function helloOf(chipId: ChipId): Hello {
  return {
    name: 'hello',
    chipId,
    boot: BootId.fromBytes(randomBytes(BootId.lengthBytes)),
    counter: 1,
    tariffVersion: 0,
    machineState: 'ready',
    monotonicMs: 1,
    wallS: 0,
    unacknowledged: 0,
  }
}

/** What the broker carries without reading it, on A's own topic; only the system can refuse it. */
async function speak(world: World, bytes: Uint8Array): Promise<null | typeof LET_IN> {
  const believed = () => [A, B].map((chipId) => world.system.lastHello(chipId))
  const before = { believed: believed(), warnings: world.system.warnings.length }
  const line = await world.asA()
  line.send(publish(topicOf(A, 'up'), bytes))
  await line.refusalOnLine()
  const isBelieved = () => believed().some((hello, at) => hello !== before.believed[at])
  const isDoubted = () => world.system.warnings.slice(before.warnings).some(({ chipId }) => chipId === A)
  await world.system.until(() => isBelieved() || isDoubted())
  return isBelieved() ? LET_IN : null
}

const content: readonly Attempt[] = [
  {
    name: 'signs with its own key that it is B',
    refusedBy: 'content',
    attempt: (world) => speak(world, seal(helloOf(B), world.system.signerOf(A))),
  },
  {
    name: 'repeats on its own topic what B signed',
    refusedBy: 'content',
    attempt: (world) => speak(world, seal(helloOf(B), world.system.signerOf(B))),
  },
  {
    name: 'shows as its own what B signed',
    refusedBy: 'content',
    attempt: (world) => speak(world, seal(helloOf(A), world.system.signerOf(B))),
  },
  {
    name: 'changes one bit of what B signed',
    refusedBy: 'content',
    attempt: (world) => {
      const bytes = Buffer.from(seal(helloOf(B), world.system.signerOf(B)))
      const last = bytes.length - 1
      bytes[last] = (bytes[last] ?? 0) ^ 1
      return speak(world, bytes)
    },
  },
  {
    name: 'says something that is no message',
    refusedBy: 'content',
    attempt: (world) => speak(world, randomBytes(200)),
  },
]

export const ORDER_ATTEMPTS: readonly Attempt[] = [...order, ...content]
