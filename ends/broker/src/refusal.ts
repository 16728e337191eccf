import type { Client } from 'aedes'
import type { Logger } from 'pino'
import type { Peer } from './peer.ts'

/** MQTT 3.1.1 section 3.2.2.3. */
const NOT_AUTHORIZED = 5
const SERVER_UNAVAILABLE = 3
/** Names of topics come from outside, and are as long as whoever sends them likes. */
const WHAT_MAX_CHARACTERS = 300

/** What a client is told where MQTT has words for it; otherwise the end of the connection is what tells it. */
export class Refusal extends Error {
  readonly returnCode: typeof NOT_AUTHORIZED | typeof SERVER_UNAVAILABLE
  constructor(what: string, returnCode: Refusal['returnCode']) {
    super(what)
    this.returnCode = returnCode
  }
}

/** Nothing is refused silently: each connection that is, ends, with one line of the log that says who tried what. */
export class Refusals {
  private readonly log: Logger
  private readonly told = new WeakSet<Client>()

  constructor(log: Logger) {
    this.log = log
  }

  refuse(client: Client, peer: Peer | undefined, what: string): Refusal {
    return this.tell(client, peer, new Refusal(what, NOT_AUTHORIZED))
  }

  /** Not for ever: it may come again. */
  putOff(client: Client, peer: Peer | undefined, what: string): Refusal {
    return this.tell(client, peer, new Refusal(what, SERVER_UNAVAILABLE))
  }

  private tell(client: Client, peer: Peer | undefined, refusal: Refusal): Refusal {
    // What follows on a connection that is about to end says nothing new.
    if (this.told.has(client)) return refusal
    this.told.add(client)
    this.log.warn(
      {
        client: client.id,
        name: peer?.name ?? null,
        address: peer?.address ?? null,
        what: refusal.message.slice(0, WHAT_MAX_CHARACTERS),
      },
      'refused',
    )
    return refusal
  }
}
