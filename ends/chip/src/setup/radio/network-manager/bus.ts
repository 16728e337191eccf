import { createClient, type MessageBus, messageType } from 'dbus-native'
import { fail, ok, type Result } from '#protocol/result.ts'
import { SERVICE } from './names.ts'

/** `gone`: there is no bus, or NetworkManager is not on it. `refused`: it answered with an error of this name. */
export type BusFailure =
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }

export interface BusCall {
  readonly path: string
  readonly face: string
  readonly member: string
  /** D-Bus signature of `body`; both left out for a method without arguments. */
  readonly signature?: string
  readonly body?: readonly unknown[]
  readonly limitMs?: number
}

export interface BusSignal {
  readonly path: string
  readonly face: string
  readonly member: string
  readonly body: readonly unknown[]
}

/** Told of every signal of NetworkManager, and of its or the bus's disappearance. */
export type BusListener = (heard: BusSignal | 'gone') => void

const PROPERTIES = 'org.freedesktop.DBus.Properties'
const SIGNALS_OF_SERVICE = `type='signal',sender='${SERVICE}',path_namespace='/org/freedesktop'`
const OWNER_OF_SERVICE = `type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${SERVICE}'`

/** What the bus daemon answers where nobody owns the name, and the client where the bus has gone. */
const GONE_ERRORS: ReadonlySet<string> = new Set([
  'org.freedesktop.DBus.Error.ServiceUnknown',
  'org.freedesktop.DBus.Error.NameHasNoOwner',
  'org.freedesktop.DBus.Error.NoReply',
  'org.freedesktop.DBus.Error.Disconnected',
])

/**
 * NetworkManager over D-Bus: calls, properties, signals. It connects when it is first needed, and again at the next call
 * after the bus has gone; one attempt per call, so that nothing is tried without end.
 */
export class Bus {
  private readonly address: string
  private readonly callMsMax: number
  private readonly listeners = new Set<BusListener>()
  private line: Promise<MessageBus | undefined> | undefined
  /** The connection that `line` stands for; a late word of an older one changes nothing. */
  private live: MessageBus | undefined
  private closed = false

  constructor(address: string, callMsMax: number) {
    this.address = address
    this.callMsMax = callMsMax
  }

  /** Calls a method; its answers in their order, variants and dictionaries as plain values. */
  async call(call: BusCall): Promise<Result<readonly unknown[], BusFailure>> {
    const line = await this.connected()
    if (line === undefined) return fail({ kind: 'gone' })
    const { path, face, member, signature, body } = call
    return invoke(line, {
      message: {
        destination: SERVICE,
        path,
        interface: face,
        member,
        ...(signature === undefined ? {} : { signature, body: [...(body ?? [])] }),
      },
      limitMs: call.limitMs ?? this.callMsMax,
    })
  }

  async property(path: string, face: string, name: string): Promise<Result<unknown, BusFailure>> {
    const got = await this.call({
      path,
      face: PROPERTIES,
      member: 'Get',
      signature: 'ss',
      body: [face, name],
    })
    return got.ok ? ok(got.value[0]) : got
  }

  async properties(
    path: string,
    face: string,
  ): Promise<Result<Readonly<Record<string, unknown>>, BusFailure>> {
    const got = await this.call({ path, face: PROPERTIES, member: 'GetAll', signature: 's', body: [face] })
    return got.ok ? ok((got.value[0] ?? {}) as Record<string, unknown>) : got
  }

  /** Hears signals until the returned function is called. */
  listen(listener: BusListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.closed = true
    const line = await this.line
    await line?.close()
  }

  private connected(): Promise<MessageBus | undefined> {
    if (this.closed) return Promise.resolve(undefined)
    this.line ??= this.connect()
    return this.line
  }

  private async connect(): Promise<MessageBus | undefined> {
    const line = this.dial()
    this.live = line
    if (line === undefined) return this.lost(line)
    for (const rule of [SIGNALS_OF_SERVICE, OWNER_OF_SERVICE]) {
      const added = await invoke(line, {
        message: {
          destination: 'org.freedesktop.DBus',
          path: '/org/freedesktop/DBus',
          interface: 'org.freedesktop.DBus',
          member: 'AddMatch',
          signature: 's',
          body: [rule],
        },
        limitMs: this.callMsMax,
      })
      if (added.ok) continue
      void line.close()
      return this.lost(line)
    }
    return line
  }

  private dial(): MessageBus | undefined {
    try {
      const line = createClient({ busAddress: this.address, timeout: this.callMsMax })
      // 'close' always follows, and says all that is of use.
      line.connection.on('error', () => {})
      line.connection.on('close', () => {
        this.lost(line)
      })
      line.connection.on('message', (message) => {
        if (message.type !== messageType.signal) return
        const { path = '', interface: face = '', member = '', body = [] } = message
        if (member === 'NameOwnerChanged' && body[2] === '') this.tell('gone')
        else this.tell({ path, face, member, body })
      })
      return line
    } catch {
      // An address that says nothing this client could dial.
      return undefined
    }
  }

  private lost(line: MessageBus | undefined): undefined {
    if (this.live !== line) return undefined
    this.live = undefined
    this.line = undefined
    this.tell('gone')
    return undefined
  }

  private tell(heard: BusSignal | 'gone'): void {
    for (const listener of this.listeners) listener(heard)
  }
}

interface Invocation {
  readonly message: Parameters<MessageBus['invoke']>[0]
  readonly limitMs: number
}

function invoke(
  line: MessageBus,
  { message, limitMs }: Invocation,
): Promise<Result<readonly unknown[], BusFailure>> {
  return new Promise((resolve) => {
    line.invoke(message, { timeout: limitMs }, (error, ...values) => {
      if (error === null || error === undefined) return resolve(ok(values))
      const name = error.dbusName ?? error.name
      resolve(
        fail(GONE_ERRORS.has(name) ? { kind: 'gone' } : { kind: 'refused', name, message: error.message }),
      )
    })
  })
}
