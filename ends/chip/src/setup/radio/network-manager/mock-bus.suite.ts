import { createConnection, type DBusConnection, type Message, messageType, Variant } from 'dbus-native'
import { INTERFACES } from './mock-interfaces.suite.ts'

/** An answer with a D-Bus error. */
export class MockError extends Error {
  readonly dbusName: string
  constructor(dbusName: string, message: string) {
    super(message)
    this.dbusName = dbusName
  }
}

export interface MockCaller {
  readonly sender: string
}

export type MockMethod = (args: readonly unknown[], caller: MockCaller) => readonly unknown[]

/** An object on the bus: its interfaces with the present values of their properties, and what its methods do. */
export interface MockObject {
  readonly faces: Readonly<Record<string, () => Readonly<Record<string, unknown>>>>
  /** Keyed by `interface.Member`. */
  readonly methods: Readonly<Record<string, MockMethod>>
}

const PROPERTIES = 'org.freedesktop.DBus.Properties'
const UNKNOWN_METHOD = 'org.freedesktop.DBus.Error.UnknownMethod'
const INVALID_ARGS = 'org.freedesktop.DBus.Error.InvalidArgs'
const PROPERTY_METHODS: Readonly<Record<string, string>> = { Get: 'ss', GetAll: 's', Set: 'ssv' }

/**
 * Objects on a bus, as a service built on GDBus answers for them: unknown objects, interfaces, members and properties, and
 * arguments of another signature get the errors that GDBus gives.
 */
export class MockBus {
  readonly objects = new Map<string, MockObject>()
  private connection: DBusConnection | undefined
  private serial = 0
  private readonly waiting = new Map<number, (message: Message) => void>()
  onClientGone: (client: string) => void = () => {}
  /** Every call that was refused, for a test to look at. */
  readonly refused: string[] = []
  /** While true no signal leaves, as when they are missed. */
  silent = false

  async start(address: string, name: string): Promise<void> {
    const connection = createConnection({ busAddress: address, variants: 'wrap' })
    this.connection = connection
    connection.on('error', () => {})
    connection.on('end', () => {
      if (this.connection === connection) this.connection = undefined
    })
    connection.on('message', (message) => this.hear(message))
    await new Promise<void>((resolve) => connection.on('connect', () => resolve()))
    await this.askDaemon('Hello')
    await this.askDaemon('AddMatch', 's', [
      "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged'",
    ])
    await this.askDaemon('RequestName', 'su', [name, 0])
  }

  async stop(): Promise<void> {
    const connection = this.connection
    this.connection = undefined
    if (connection === undefined || connection.stream.destroyed) return
    const closed = new Promise<void>((resolve) => connection.on('close', () => resolve()))
    connection.end()
    await closed
  }

  signal(path: string, [face, member]: readonly [string, string], body: readonly unknown[] = []): void {
    const signature = INTERFACES[face]?.signals[member]
    if (signature === undefined) throw new Error(`no signal ${face}.${member}`)
    this.emit({ path, interface: face, member, ...(signature === '' ? {} : { signature, body: [...body] }) })
  }

  /** Tells that properties have changed to what they are now. */
  changed(path: string, face: string, names: readonly string[]): void {
    const values = this.objects.get(path)?.faces[face]?.() ?? {}
    const changed = Object.fromEntries(names.map((name) => [name, typed(face, name, values[name])]))
    this.emit({
      path,
      interface: PROPERTIES,
      member: 'PropertiesChanged',
      signature: 'sa{sv}as',
      body: [face, changed, []],
    })
  }

  private emit(signal: Message): void {
    if (!this.silent) this.send({ type: messageType.signal, ...signal })
  }

  private send(message: Message): number {
    this.serial += 1
    if (this.connection?.state === 'connected') this.connection.message({ ...message, serial: this.serial })
    return this.serial
  }

  private askDaemon(member: string, signature?: string, body?: unknown[]): Promise<void> {
    const daemon = 'org.freedesktop.DBus'
    const ask: Message = { type: messageType.methodCall, destination: daemon, path: '/org/freedesktop/DBus' }
    const serial = this.send({
      ...ask,
      interface: daemon,
      member,
      ...(signature === undefined ? {} : { signature, body: body ?? [] }),
    })
    return new Promise((resolve, reject) => {
      this.waiting.set(serial, (answer) => {
        if (answer.type === messageType.error) reject(new Error(`${member}: ${String(answer.body?.[0])}`))
        else resolve()
      })
    })
  }

  private hear(message: Message): void {
    if (message.type === messageType.methodCall) return this.answer(message)
    if (message.type === messageType.signal) {
      const [name, , owner] = (message.body ?? []) as readonly string[]
      if (message.member === 'NameOwnerChanged' && owner === '' && name !== undefined) this.onClientGone(name)
      return
    }
    this.waiting.get(message.replySerial ?? 0)?.(message)
    this.waiting.delete(message.replySerial ?? 0)
  }

  private answer(call: Message): void {
    const back: Message = { destination: call.sender ?? '', replySerial: call.serial ?? 0 }
    try {
      const [signature, body] = this.result(call)
      const filled = signature === '' ? {} : { signature, body: [...body] }
      this.send({ ...back, type: messageType.methodReturn, ...filled })
    } catch (error) {
      const name = error instanceof MockError ? error.dbusName : 'org.freedesktop.DBus.Error.Failed'
      const text = error instanceof Error ? error.message : String(error)
      this.refused.push(`${call.interface ?? ''}.${call.member ?? ''}: ${name}: ${text}`)
      this.send({ ...back, type: messageType.error, errorName: name, signature: 's', body: [text] })
    }
  }

  private result(call: Message): readonly [string, readonly unknown[]] {
    const { path = '', interface: face = '', member = '', signature = '', body = [] } = call
    const object = this.objects.get(path)
    if (object === undefined) throw new MockError(UNKNOWN_METHOD, `Object does not exist at path “${path}”`)
    if (face === PROPERTIES) return propertyResult(object, { member, signature, body })
    const table = object.faces[face] === undefined ? undefined : INTERFACES[face]
    if (table === undefined)
      throw new MockError(UNKNOWN_METHOD, `No such interface “${face}” on object at path ${path}`)
    const method = table.methods[member]
    if (method === undefined) throw new MockError(UNKNOWN_METHOD, `No such method “${member}”`)
    const [takes, gives] = method
    checkSignature(signature, takes)
    const run = object.methods[`${face}.${member}`]
    if (run === undefined) throw new Error(`the mock does not do ${face}.${member}`)
    return [gives, run(body, { sender: call.sender ?? '' })]
  }
}

interface PropertyCall {
  readonly member: string
  readonly signature: string
  readonly body: readonly unknown[]
}

function propertyResult(object: MockObject, call: PropertyCall): readonly [string, readonly unknown[]] {
  const takes = PROPERTY_METHODS[call.member]
  if (takes === undefined) throw new MockError(UNKNOWN_METHOD, `No such method “${call.member}”`)
  checkSignature(call.signature, takes)
  const [face, name] = call.body as readonly string[]
  const read = object.faces[face ?? '']
  if (face === undefined || read === undefined)
    throw new MockError(INVALID_ARGS, `No such interface “${String(face)}”`)
  const table = INTERFACES[face]?.properties ?? {}
  if (call.member === 'GetAll') {
    const values = read()
    return [
      'a{sv}',
      [Object.fromEntries(Object.keys(table).map((key) => [key, typed(face, key, values[key])]))],
    ]
  }
  const property = table[name ?? '']
  if (name === undefined || property === undefined)
    throw new MockError(INVALID_ARGS, `No such property “${String(name)}”`)
  if (call.member === 'Get') return ['v', [typed(face, name, read()[name])]]
  if (property[1] === 'read') throw new MockError(INVALID_ARGS, `Property “${name}” is not writable`)
  throw new Error(`the mock does not set ${face}.${name}`)
}

function checkSignature(given: string, wanted: string): void {
  if (given === wanted) return
  throw new MockError(
    INVALID_ARGS,
    `Type of message, “(${given})”, does not match expected type “(${wanted})”`,
  )
}

/** What an object of NetworkManager shows where the mock has nothing to say. */
const EMPTY: Readonly<Record<string, unknown>> = {
  s: '',
  o: '/',
  b: false,
  u: 0,
  i: 0,
  y: 0,
  x: 0n,
  t: 0n,
  ay: Buffer.alloc(0),
  '(uu)': [0, 0],
  'a{sv}': {},
}

function typed(face: string, name: string, value: unknown): Variant {
  const type = INTERFACES[face]?.properties[name]?.[0]
  if (type === undefined) throw new Error(`no property ${face}.${name}`)
  return new Variant(type, value ?? EMPTY[type] ?? [])
}

/** A dictionary of typed values as it came over the bus. */
export type TypedDict = Readonly<Record<string, Variant>>
