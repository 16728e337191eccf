import { REVOCATIONS, TAKEOVERS, topicOf } from '#protocol/topic.ts'
import { type Attempt, atConnect, onLine } from './attempt.ts'
import { head, packet, publish, subscribe } from './packet.ts'
import { A, B } from './world.ts'

const PUBLISH = 3
const CONNACK = 2
const PUBREL = 6
const MESSAGE_MAX_BYTES = 2048
const TOPIC_MAX_BYTES = 65_535
const MANY_FILTERS = 100
const MANY_BYTES = 200 * 1024 * 1024
const UP_OF_B = topicOf(B, 'up')
const DOWN_OF_B = topicOf(B, 'down')
const UP_OF_A = topicOf(A, 'up')
const DOWN_OF_A = topicOf(A, 'down')
const FORGED = 'a forged message'

const publishing: readonly Attempt[] = [
  onLine('publishes what B would say', publish(UP_OF_B, FORGED)),
  onLine('publishes it without asking for an acknowledgement', publish(UP_OF_B, FORGED, { qos: 0 })),
  onLine('publishes it with quality of service 2', publish(UP_OF_B, FORGED, { qos: 2 })),
  onLine('publishes it to be retained', publish(UP_OF_B, FORGED, { retain: true })),
  onLine('publishes something of its own to be retained', publish(UP_OF_A, FORGED, { retain: true })),
  onLine('publishes with quality of service 2 to its own topic', publish(UP_OF_A, FORGED, { qos: 2 })),
  onLine('publishes with quality of service 3', packet(PUBLISH, 6, Buffer.from(`\0\u0004abcd\0\u0001x`))),
  onLine('commands B, as the system does', publish(DOWN_OF_B, FORGED)),
  onLine('commands itself, as the system does', publish(DOWN_OF_A, FORGED)),
  onLine('publishes a revocation list', publish(REVOCATIONS, FORGED)),
  onLine('tells of takeovers of B', publish(TAKEOVERS, JSON.stringify({ chipId: B, count: 9 }))),
  onLine('speaks for the broker', publish('$SYS/broker/new/clients', B)),
  onLine('publishes to every chip at once', publish('farthing/1/+/down', FORGED)),
  onLine('publishes to everything at once', publish('farthing/1/#', FORGED)),
  onLine('publishes to a shared subscription', publish(`$share/group/${UP_OF_B}`, FORGED)),
  onLine('publishes to no topic', publish('', FORGED)),
  onLine('publishes to a topic with an empty level', publish(`farthing/1//${B}/up`, FORGED)),
  onLine('publishes to B with a slash before', publish(`/${UP_OF_B}`, FORGED)),
  onLine('publishes to B with a slash behind', publish(`${UP_OF_B}/`, FORGED)),
  onLine('publishes to B by way of itself', publish(`farthing/1/${A}/../${B}/up`, FORGED)),
  onLine('publishes to B in capital letters', publish(`farthing/1/${B.toUpperCase()}/up`, FORGED)),
  onLine('publishes to B with a NUL behind', publish(`${UP_OF_B}\0`, FORGED)),
  onLine('publishes to its own topic with a NUL and B behind', publish(`${UP_OF_A}\0${UP_OF_B}`, FORGED)),
  onLine('publishes to a topic that is not UTF-8', publish(Buffer.from([0xc0, 0xaf, 0xff, 0xfe]), FORGED)),
  onLine('publishes to a topic of 64 KiB', publish('f'.repeat(TOPIC_MAX_BYTES), FORGED)),
  onLine('publishes one byte too much', publish(UP_OF_A, 'x'.repeat(MESSAGE_MAX_BYTES + 1))),
  onLine('announces 200 MiB and sends no more', head(PUBLISH, 2, MANY_BYTES)),
]

const subscribing: readonly Attempt[] = [
  onLine('subscribes to what B is told', subscribe([DOWN_OF_B])),
  onLine('subscribes to what B says', subscribe([UP_OF_B])),
  onLine('subscribes to what itself says', subscribe([UP_OF_A])),
  onLine('subscribes to what every chip is told', subscribe(['farthing/1/+/down'])),
  onLine('subscribes to everything of the protocol', subscribe(['farthing/1/#'])),
  onLine('subscribes to everything', subscribe(['#'])),
  onLine('subscribes to everything of four levels', subscribe(['+/+/+/+'])),
  onLine('subscribes to what is told B, in a group', subscribe([`$share/group/${DOWN_OF_B}`])),
  onLine('subscribes to what is told itself, in a group', subscribe([`$share/group/${DOWN_OF_A}`])),
  onLine('subscribes to the inside of the broker', subscribe(['$SYS/#'])),
  onLine('subscribes to revocation lists', subscribe([REVOCATIONS])),
  onLine('subscribes to takeovers', subscribe([TAKEOVERS])),
  onLine('hides B behind itself in one packet', subscribe([DOWN_OF_A, DOWN_OF_B])),
  onLine(
    'subscribes to very many chips',
    subscribe(
      Array.from({ length: MANY_FILTERS }, (_, at) => `farthing/1/${at.toString(16).padStart(16, '0')}/down`),
    ),
  ),
  onLine('subscribes to B with a NUL behind', subscribe([`${DOWN_OF_B}\0`])),
  onLine('subscribes to no topic', subscribe([''])),
  onLine('subscribes with quality of service 3', subscribe([DOWN_OF_A], 3)),
]

const connecting: readonly Attempt[] = [
  atConnect('calls itself B', { clientId: B }),
  atConnect('calls itself B and asks for B’s session', { clientId: B, clean: false }),
  atConnect('calls itself a node of the system', { clientId: 'system-1' }),
  atConnect('calls itself a watcher', { clientId: 'watcher-1' }),
  atConnect('has no name', { clientId: '' }),
  atConnect('calls itself A in capital letters', { clientId: A.toUpperCase() }),
  atConnect('calls itself A with a NUL behind', { clientId: `${A}\0` }),
  atConnect('leaves a last will for B to have said', { clientId: A, will: { topic: UP_OF_B } }),
  atConnect('leaves a last will for B to be told', { clientId: A, will: { topic: DOWN_OF_B, retain: true } }),
  atConnect('leaves a last will of its own', { clientId: A, will: { topic: UP_OF_A } }),
  atConnect('leaves a last will about revocations', { clientId: A, will: { topic: REVOCATIONS } }),
  atConnect('speaks MQTT 5', { clientId: A, level: 5 }),
  onLine('sends an answer that only a broker sends', packet(CONNACK, 0, Buffer.alloc(2))),
  onLine('releases a message that was never there', packet(PUBREL, 2, Buffer.of(0, 1))),
]

export const TOPIC_ATTEMPTS: readonly Attempt[] = [...publishing, ...subscribing, ...connecting]
