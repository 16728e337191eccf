import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startProxy, type Proxy } from './proxy.ts'

const SIGNAL = () => AbortSignal.timeout(5_000)

describe('a cable between two processes', () => {
  let server: net.Server
  let proxy: Proxy
  const sockets: net.Socket[] = []

  before(async () => {
    server = net.createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    proxy = await startProxy({ target: { host: '127.0.0.1', port: address.port } })
  })

  after(async () => {
    await proxy.stop()
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  async function open(): Promise<net.Socket> {
    const socket = net.connect({ host: proxy.host, port: proxy.port })
    sockets.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect', { signal: SIGNAL() })
    return socket
  }

  async function echo(socket: net.Socket, text: string): Promise<string> {
    const answer = once(socket, 'data', { signal: SIGNAL() })
    socket.write(text)
    const [bytes] = await answer
    return String(bytes)
  }

  test('passes everything, both ways', async () => {
    assert.equal(await echo(await open(), 'hello'), 'hello')
  })

  test('cut: closes what is open and what is tried, and works again when restored', async () => {
    const socket = await open()
    await echo(socket, 'a')
    const closed = once(socket, 'close', { signal: SIGNAL() })
    proxy.cut()
    await closed
    const tried = await open()
    if (!tried.destroyed) await once(tried, 'close', { signal: SIGNAL() })
    proxy.restore()
    assert.equal(await echo(await open(), 'b'), 'b')
  })

  test('silent: holds what is said, and passes it on when restored', async () => {
    const socket = await open()
    await echo(socket, 'before')
    proxy.silence()
    let heard = ''
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString()))
    socket.write('during')
    const late = await open()
    late.write('late')
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
    assert.equal(heard, '')
    const answers = [once(socket, 'data', { signal: SIGNAL() }), once(late, 'data', { signal: SIGNAL() })]
    proxy.restore()
    await Promise.all(answers)
    assert.equal(heard, 'during')
  })

  test('slow: everything comes, in order', async () => {
    proxy.slow(20)
    const socket = await open()
    assert.equal(await echo(socket, 'one'), 'one')
    assert.equal(await echo(socket, 'two'), 'two')
    proxy.restore()
    assert.equal(await echo(socket, 'three'), 'three')
  })

  test('an end of one side becomes the end of the other', async () => {
    const socket = await open()
    await echo(socket, 'x')
    const end = once(socket, 'end', { signal: SIGNAL() })
    socket.end()
    await end
  })
})
