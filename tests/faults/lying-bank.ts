import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile, writeFile } from 'node:fs/promises'
import type { HostedProcess } from '#hosting/processes.ts'
import type { Hall } from './hall.ts'

export interface BankRequest {
  readonly method: string
  readonly path: string
  readonly body: string
}

export interface BankReply {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** What stands between the system and the bank does with one exchange; `forward` asks the bank itself. */
export type Manner = (
  request: BankRequest,
  forward: () => Promise<BankReply>,
) => Promise<BankReply | 'nothing'>

const honest: Manner = (_request, forward) => forward()
const NOTICES = '/v1/bank-notifications'

/** Stands in the line between system and bank, both ways, and answers in the other's name. */
export class LyingBank {
  manner: Manner = honest
  /** While true the bank's notices do not get through; it tries again later. */
  holdsNotices = false
  readonly #server = createServer((request, response) => {
    this.#exchange(request, response).catch(() => response.destroy())
  })
  #bankUrl = ''
  #noticesUrl = ''

  /** Takes its place in the hall: system and bank are started again with this as the other. */
  static async within(hall: Hall): Promise<LyingBank> {
    const { house } = hall
    const liar = new LyingBank()
    await new Promise<void>((resolve) => liar.#server.listen(0, '127.0.0.1', resolve))
    const address = liar.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('it listens on a port')
    const url = `http://127.0.0.1:${String(address.port)}`
    await restarted(house.system, (settings) => {
      liar.#bankUrl = settings.bank.url
      settings.bank.url = url
    })
    await restarted(house.bank, (settings) => {
      liar.#noticesUrl = settings.notificationUrl
      settings.notificationUrl = `${url}${NOTICES}`
    })
    return liar
  }

  speakTruth(): void {
    this.manner = honest
    this.holdsNotices = false
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: Buffer.concat(chunks).toString(),
    }
    const { headers } = request
    const reply =
      asked.path === NOTICES ? await this.#tell(asked, headers) : await this.#answer(asked, headers)
    // Nothing: the line stays open and no answer comes, until the system gives up.
    if (reply === 'nothing') return
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(reply.body))
  }

  #answer(request: BankRequest, headers: IncomingHttpHeaders): Promise<BankReply | 'nothing'> {
    return this.manner(request, () => forward(`${this.#bankUrl}${request.path}`, request, headers))
  }

  async #tell(notice: BankRequest, headers: IncomingHttpHeaders): Promise<BankReply> {
    return this.holdsNotices ? { status: 503, body: {} } : forward(this.#noticesUrl, notice, headers)
  }
}

/** Whatever matters to the receiver goes on: who asks, and who signed. */
async function forward(
  url: string,
  { method, body }: BankRequest,
  { host: _host, connection: _connection, 'content-length': _length, ...headers }: IncomingHttpHeaders,
): Promise<BankReply> {
  const response = await fetch(url, {
    method,
    headers: headers as Record<string, string>,
    ...(method === 'POST' ? { body } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

async function restarted(
  process: HostedProcess,
  change: (settings: { bank: { url: string }; notificationUrl: string }) => void,
): Promise<void> {
  const settings = JSON.parse(await readFile(process.settingsFile, 'utf8'))
  change(settings)
  await process.stop()
  await writeFile(process.settingsFile, JSON.stringify(settings))
  await process.start()
}
