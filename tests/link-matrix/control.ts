import { randomBytes } from 'node:crypto'
import { topicOf } from '#protocol/topic.ts'
import { LET_IN, knock } from './attempt.ts'
import { PUBACK, PUBLISH, SUBACK, publish, subscribe, topicIn } from './packet.ts'
import { A, type World } from './world.ts'

const MESSAGE_MAX_BYTES = 2048
const AWAY_LIMIT_MS = 10_000

/** What A may do. If these fail, everything else fails as well, and proves nothing. */
export const CONTROLS: readonly { readonly name: string; succeeds(world: World): Promise<boolean> }[] = [
  {
    name: 'A speaks, and the system gets it under the name of A',
    async succeeds(world) {
      const line = await world.asA()
      for (const qos of [0, 1] as const) {
        const text = randomBytes(8).toString('hex')
        line.send(publish(topicOf(A, 'up'), text, { qos }))
        await world.system.until((arrivals) => arrivals.some((one) => one.chipId === A && one.text === text))
      }
      await line.until(() => line.count(PUBACK) === 1)
      return (await line.refusalOnLine()) === null
    },
  },
  {
    name: 'A says as much as a message may hold',
    async succeeds(world) {
      const line = await world.asA()
      const text = 'x'.repeat(MESSAGE_MAX_BYTES)
      line.send(publish(topicOf(A, 'up'), text))
      await world.system.until((arrivals) => arrivals.some((one) => one.chipId === A && one.text === text))
      return (await line.refusalOnLine()) === null
    },
  },
  {
    name: 'A hears what the system tells it',
    async succeeds(world) {
      const line = await world.asA()
      line.send(subscribe([topicOf(A, 'down')]))
      await line.until(() => line.count(SUBACK) === 1)
      await world.system.link.send(A, Buffer.from('for A'))
      await line.until(() => line.closed || line.count(PUBLISH) === 1)
      const [heard] = line.packets.filter(({ type }) => type === PUBLISH)
      return heard !== undefined && topicIn(heard) === topicOf(A, 'down')
    },
  },
  {
    name: 'A comes again while its older connection is still open, and is in',
    async succeeds(world) {
      const older = await world.asA()
      const newer = await world.asA()
      await older.until(() => older.closed)
      return (await newer.refusalOnLine()) === null
    },
  },
  {
    name: 'A comes with a renewed certificate of another kind of key',
    async succeeds(world) {
      const files = await world.authority.client(A, { file: 'renewed', alg: 'EdDSA' })
      return (await knock(await world.dial(files), A)) === LET_IN
    },
  },
  {
    name: 'A asks for a session, and is in without one',
    async succeeds(world) {
      const since = world.broker.lines.length
      const first = await world.asA({ clean: false })
      first.destroy()
      if (!(await world.broker.lineSince(since, 'disconnected', AWAY_LIMIT_MS))) return false
      const again = await world.asA({ clean: false })
      return again.packets[0]?.body[0] === 0
    },
  },
]
