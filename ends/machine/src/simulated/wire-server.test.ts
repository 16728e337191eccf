import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { connectWire, type WireClient } from './wire-client.ts'
import { startWireServer, type WireServer } from './wire-server.ts'

const LIMIT_MS = 10_000
const LOOK_MS = 5

async function until(what: string, look: () => boolean): Promise<void> {
  const endMs = Date.now() + LIMIT_MS
  while (!look()) {
    if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

describe('the wire over TCP', () => {
  let server: WireServer
  const clients: WireClient[] = []
  let atBoard: unknown[]
  let ups: number

  beforeEach(async () => {
    atBoard = []
    ups = 0
    server = await startWireServer(0)
    server.end.listen({ up: () => (ups += 1), down: () => {}, message: (message) => atBoard.push(message) })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await server.close()
  })

  function client() {
    const wire = connectWire({ host: '127.0.0.1', port: server.port })
    clients.push(wire)
    const heard: unknown[] = []
    wire.listen({ up: () => {}, down: () => {}, message: (message) => heard.push(message) })
    return { wire, heard }
  }

  test('carries messages both ways, in order', async () => {
    const { wire, heard } = client()
    await until('up', () => wire.isUp() && server.end.isUp())
    for (let number = 0; number < 100; number += 1) {
      wire.send({ type: 'stop', runId: String(number) })
      server.end.send({ type: 'progress', runId: 'ü', deliveredUnits: number })
    }
    await until('all there', () => atBoard.length === 100 && heard.length === 100)
    assert.deepEqual(atBoard[42], { type: 'stop', runId: '42' })
    assert.deepEqual(heard[99], { type: 'progress', runId: 'ü', deliveredUnits: 99 })
  })

  test('a board without power cannot be reached, and is found again when power is back', async () => {
    const { wire } = client()
    await until('up', () => wire.isUp() && server.end.isUp())
    server.end.setPowered(false)
    await until('down', () => !wire.isUp())
    wire.send({ type: 'hello' })
    server.end.setPowered(true)
    await until('up again', () => wire.isUp() && server.end.isUp())
    assert.deepEqual(atBoard, [])
  })

  test('the newest chip has the wire', async () => {
    const first = client()
    await until('first up', () => first.wire.isUp() && ups === 1)
    first.wire.close()
    const second = client()
    await until('second up', () => second.wire.isUp() && server.end.isUp())
    second.wire.send({ type: 'hello' })
    await until('heard', () => atBoard.length === 1)
  })

  test('rubbish ends the connection', async () => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('no JSON\n')
    await once(socket, 'close')
    assert.deepEqual(atBoard, [])
  })
})
