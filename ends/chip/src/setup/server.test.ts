import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { ask, type Bench, Browser, enter, HOME, ORDER, PROOF, startBench } from './bench.suite.ts'
import { guardOf } from './guard.ts'

const FUZZ_RUNS = 150

let bench: Bench
let folder: string
let port: number
let host: string
let origin: string

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'farthing-page-'))
  await mkdir(path.join(folder, 'assets'))
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Set-up</title>')
  await writeFile(path.join(folder, 'assets', 'main-abc.js'), 'console.log(1)'.repeat(100))
  await writeFile(path.join(folder, 'sources.sha256'), 'not for phones')
  await writeFile(path.join(folder, '.hidden'), 'not for phones')
  bench = await startBench({
    listen: {
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'http://10.41.0.1',
      dnsPort: 0,
      pageFolder: folder,
      frameOrigins: ['http://localhost:4000'],
    },
  })
  ;({ port } = bench.setUp)
  host = `127.0.0.1:${String(port)}`
  origin = `http://${host}`
})
after(async () => {
  await bench.close()
  await rm(folder, { recursive: true, force: true })
})

const post = (where: string, headers: Record<string, string>, body: unknown = { proof: 'wrong' }) =>
  ask(port, where, { method: 'POST', headers, body })
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

const codeOf = ({ text }: { text: string }): string => JSON.parse(text).code

describe('the page', () => {
  test('is served at the address of the label, zipped for whoever can unzip it', async () => {
    for (const name of ['10.41.0.1', '10.41.0.1:80', host, `localhost:${String(port)}`]) {
      const plain = await ask(port, '/', { headers: { host: name.replace(/:80$/, '') } })
      assert.equal(plain.status, 200)
      assert.match(plain.text, /<title>Set-up/)
      assert.equal(plain.headers['content-type'], 'text/html; charset=utf-8')
    }
    const zipped = await ask(port, '/assets/main-abc.js', { headers: { 'accept-encoding': 'br, gzip' } })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.ok(Number(zipped.headers['content-length']) < 200)
    assert.match(zipped.headers['cache-control'] ?? '', /immutable/)
    const head = await ask(port, '/', { method: 'HEAD' })
    assert.deepEqual([head.status, head.text], [200, ''])
  })

  test('and nothing else of its folder, nor of the host', async () => {
    for (const where of [
      '/sources.sha256',
      '/.hidden',
      '/../package.json',
      '/assets/../../x',
      '/%2e%2e/package.json',
      '//',
      '/assets',
      '/api',
      '/api/state/',
      '/constructor',
      '/__proto__',
    ])
      assert.equal((await ask(port, where)).status, 404, where)
  })

  test('with what keeps other sites out of it on every answer', async () => {
    for (const where of ['/', '/api/state', '/nothing', '/generate_204']) {
      const { headers } = await ask(port, where)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /^default-src 'none'; script-src 'self'/)
      assert.match(policy, /frame-ancestors http:\/\/localhost:4000$/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })

  test('a plain one stands in where it is not installed; a real chip’s is framed by nobody', async () => {
    const bare = await startBench()
    const { text, headers } = await ask(bare.setUp.port, '/')
    await bare.close()
    assert.match(text, /farthing chip setup/)
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'$/)
  })
})

describe('phones find the page', () => {
  const probes = [
    '/generate_204',
    '/gen_204',
    '/hotspot-detect.html',
    '/library/test/success.html',
    '/connecttest.txt',
    '/ncsi.txt',
    '/redirect',
    '/canonical.html',
    '/success.txt?ipv4',
  ]
  for (const probe of probes) {
    test(`${probe} leads to it, whatever it was sent to`, async () => {
      for (const name of ['connectivitycheck.gstatic.com', 'captive.apple.com', '10.41.0.1']) {
        const { status, headers } = await ask(port, probe, { headers: { host: name } })
        assert.deepEqual([status, headers.location], [302, 'http://10.41.0.1/'])
      }
    })
  }

  test('its name server is up with the hotspot, and goes with it', async () => {
    const port = await freeUdpPort()
    const listen = { host: '127.0.0.1', port: 0, publicUrl: 'http://10.41.0.1', dnsPort: port }
    const named = await startBench({ listen })
    await named.until('hotspot', () => named.air.hotspots().length === 1)
    const resolver = new Resolver({ tries: 3, timeout: 1_000 })
    resolver.setServers([`127.0.0.1:${String(port)}`])
    let addresses: string[] = []
    await named.until('answered', async () => {
      addresses = await resolver.resolve4('captive.apple.com').catch(() => [])
      return addresses.length > 0
    })
    assert.deepEqual(addresses, ['10.41.0.1'])
    await named.close()
    await assert.rejects(resolver.resolve4('captive.apple.com'))
  })
})

describe('who may not speak to it', () => {
  test('a name that was bent to the chip’s address (DNS rebinding)', async () => {
    const names = [
      'evil.example',
      'evil.example:80',
      '10.41.0.1.evil.example',
      '10.41.0.1:8080',
      '10.41.0.2',
      '10.41.0.1@evil.example',
      'localhost.evil.example',
      '0x7f.1',
      '2130706433',
    ]
    for (const name of names) {
      for (const where of ['/', '/api/state', '/api/networks', '/nothing']) {
        const { status, text } = await ask(port, where, { headers: { host: name } })
        assert.equal(status, 421, `${name} ${where}: ${String(status)}`)
        assert.doesNotMatch(text, /00000000000000c1/)
      }
      const { status } = await post('/api/proof', {
        host: name,
        origin: `http://${name}`,
        'content-type': 'application/json',
      })
      assert.equal(status, 421, name)
    }
  })

  test('another site’s page, and what is not JSON', async () => {
    const json = { 'content-type': 'application/json' }
    const refused: [Record<string, string>, number, string][] = [
      [json, 403, 'cross-site'],
      [{ ...json, origin: 'null' }, 403, 'cross-site'],
      [{ ...json, origin: 'https://evil.example' }, 403, 'cross-site'],
      [{ ...json, origin: `https://${host}` }, 403, 'cross-site'],
      [{ ...json, origin: 'http://localhost:9' }, 403, 'cross-site'],
      [{ ...json, origin: `http://localhost:${String(port)}` }, 403, 'cross-site'],
      [{ ...json, origin: 'http://10.41.0.1' }, 403, 'cross-site'],
      [{ ...json, origin, 'sec-fetch-site': 'cross-site' }, 403, 'cross-site'],
      [{ ...json, origin, 'sec-fetch-site': 'same-site' }, 403, 'cross-site'],
      [{ origin }, 415, 'content-type'],
      [{ origin, 'content-type': 'text/plain' }, 415, 'content-type'],
      [{ origin, 'content-type': 'application/x-www-form-urlencoded' }, 415, 'content-type'],
      [{ origin, 'content-type': 'multipart/form-data; boundary=application/json' }, 415, 'content-type'],
    ]
    for (const where of ['/api/proof', '/api/machine-try', '/api/set-up']) {
      for (const [headers, status, code] of refused) {
        const answer = await post(where, headers)
        assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(headers))
      }
    }
    assert.equal(JSON.parse((await ask(port, '/api/state')).text).triesLeft, 5, 'none of it was a try')
  })

  test('what came in over another of the chip’s networks', () => {
    const guard = guardOf({ host: '0.0.0.0', port: 80, publicUrl: 'http://10.41.0.1', dnsPort: 53 })
    for (const address of ['10.41.0.1', '127.0.0.1', '::1', '::ffff:10.41.0.1', '::ffff:127.0.0.1'])
      assert.equal(guard.mayConnect(address), true, address)
    for (const address of ['192.168.1.7', '::ffff:192.168.1.7', '2001:db8::1', '10.41.0.10', '', undefined])
      assert.equal(guard.mayConnect(address), false, String(address))
  })

  test('whoever has not given the proof; a made-up cookie is none', async () => {
    for (const cookie of ['', 'farthing_setup=', 'farthing_setup=guess', 'other=1; farthing_setup=AAAA']) {
      const headers = { cookie, origin, 'content-type': 'application/json' }
      assert.equal((await ask(port, '/api/networks', { headers })).status, 401)
      for (const where of ['/api/machine-try', '/api/set-up'])
        assert.equal(codeOf(await post(where, headers, ORDER)), 'proof-needed')
    }
  })
})

describe('bad requests are answered, and change nothing', () => {
  const json = () => ({ origin, 'content-type': 'application/json' })

  test('no JSON, half a character, too much', async () => {
    assert.equal(codeOf(await post('/api/proof', json(), '{')), 'body-malformed')
    assert.equal(codeOf(await post('/api/proof', json(), '')), 'body-malformed')
    const large = await post('/api/proof', json(), { proof: 'x'.repeat(100_000) })
    assert.deepEqual([large.status, codeOf(large)], [413, 'body-too-large'])
    const long = await post('/api/proof', json(), { proof: 'x'.repeat(200) })
    assert.deepEqual([long.status, JSON.parse(long.text).field], [400, 'proof'])
    assert.equal(codeOf(await post('/api/proof', json(), { proof: 7 })), 'field-malformed')
    assert.equal(codeOf(await post('/api/proof', json(), {})), 'field-missing')
    assert.equal(JSON.parse((await ask(port, '/api/state')).text).triesLeft, 5)
  })

  test('methods that are not for it', async () => {
    for (const [method, where] of [
      ['POST', '/'],
      ['PUT', '/api/set-up'],
      ['GET', '/api/set-up'],
      ['DELETE', '/api/state'],
      ['OPTIONS', '/api/set-up'],
    ])
      assert.equal(
        (await ask(port, where ?? '', { method: method ?? '' })).status,
        405,
        `${String(method)} ${String(where)}`,
      )
  })

  test('what is no HTTP, and headers without end', async () => {
    for (const rubbish of [
      '\0\0\0\0',
      'GET / HTTP/9\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'x'.repeat(50_000)}`,
    ]) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      socket.write(rubbish)
      await once(socket, 'close')
    }
    assert.equal((await ask(port, '/')).status, 200)
  })
})

describe('with the proof', () => {
  test('the cookie is for this page alone, and the field that is wrong is told', async () => {
    await enter(bench)
    const answer = await post('/api/proof', { origin, 'content-type': 'application/json' }, { proof: PROOF })
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    assert.match(cookie, /^farthing_setup=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    const browser = new Browser(port)
    await browser.prove('k7qf93md')
    const emoji = await browser.post('/api/set-up', {
      ...ORDER,
      network: { ...ORDER.network, passphrase: '📶📶📶📶' },
    })
    const { code, field, message } = JSON.parse(emoji.text)
    assert.deepEqual([emoji.status, code, field], [400, 'passphrase-characters', 'network.passphrase'])
    assert.match(message, /emoji/)
    const machine = await browser.post('/api/machine-try', { driver: 'steam', wiring: 'wire' })
    assert.deepEqual([machine.status, codeOf(machine)], [400, 'driver-unknown'])
    assert.equal((await browser.state()).phase, 'open')
  })

  test('changes are told as they happen', async () => {
    const browser = new Browser(port)
    await browser.prove()
    const heard: string[] = []
    const stream = request({ host: '127.0.0.1', port, path: '/api/events' })
    stream.end()
    const [response] = await once(stream, 'response')
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
    response.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
    response.on('error', () => {})
    await bench.until('first', () => heard.length > 0)
    assert.match(heard[0] ?? '', /^data: \{.*"phase":"locked".*\}\n\n$/)
    bench.system.fails.set('enrol', 'claim-used')
    assert.equal((await browser.post('/api/set-up', ORDER)).status, 202)
    await bench.until('failed', async () => (await browser.state()).phase === 'failed')
    await bench.until('told', () => heard.length > 5)
    assert.ok(!heard.join('').includes('claim-used'), 'but not to whoever has not given the proof')
    assert.ok(!heard.join('').includes(HOME.passphrase))
    stream.destroy()
  })

  test('whatever is sent is answered, and begins nothing', async () => {
    const browser = new Browser(port)
    await browser.prove()
    const asked = bench.system.asked.length
    const anyJson = fc.oneof(
      fc.json(),
      fc.jsonValue().map((network) => JSON.stringify({ ...ORDER, network })),
      fc
        .string()
        .map((address) => JSON.stringify({ ...ORDER, system: { ...ORDER.system, address: `${address}/` } })),
      fc.string({ maxLength: 300 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/api/set-up', '/api/machine-try', '/api/proof'),
        anyJson,
        async (where, body) => {
          const { status, text } = await browser.postText(where, body)
          assert.ok(status >= 400 && status < 500, `${String(status)} ${text}`)
          assert.ok(JSON.parse(text).message.length > 0)
        },
      ),
      { numRuns: FUZZ_RUNS },
    )
    assert.equal(bench.system.asked.length, asked)
  })

  test('streams are bounded', async () => {
    const streams = Array.from({ length: 20 }, () =>
      request({ host: '127.0.0.1', port, path: '/api/events', agent: false }),
    )
    const statuses = await Promise.all(
      streams.map(async (stream) => {
        stream.end()
        const [response] = await once(stream, 'response')
        response.on('error', () => {})
        stream.on('error', () => {})
        return response.statusCode
      }),
    )
    assert.ok(statuses.includes(503))
    for (const stream of streams) stream.destroy()
    await bench.until('free again', async () => {
      const stream = request({ host: '127.0.0.1', port, path: '/api/events', agent: false })
      stream.on('error', () => {})
      stream.end()
      const [response] = await once(stream, 'response')
      response.on('error', () => {})
      stream.destroy()
      return response.statusCode === 200
    })
  })
})
