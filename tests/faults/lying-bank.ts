import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile, writeFile } from 'node:fs/promises'
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

/** Stands in the line from the system to the bank, and answers in the bank's name. */
export class LyingBank {
  manner: Manner = honest
  readonly #server = createServer((request, response) => {
    this.#exchange(request, response).catch(() => response.destroy())
  })
  #bankUrl = ''

  /** Takes its place in the hall: the system is started again with this as its bank. */
  static async within(hall: Hall): Promise<LyingBank> {
    const { house } = hall
    const liar = new LyingBank()
    const settings = JSON.parse(await readFile(house.system.settingsFile, 'utf8'))
    liar.#bankUrl = settings.bank.url
    await new Promise<void>((resolve) => liar.#server.listen(0, '127.0.0.1', resolve))
    const address = liar.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('it listens on a port')
    settings.bank.url = `http://127.0.0.1:${String(address.port)}`
    await house.system.stop()
    await writeFile(house.system.settingsFile, JSON.stringify(settings))
    await house.system.start()
    return liar
  }

  speakTruth(): void {
    this.manner = honest
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
    const authorization = request.headers.authorization ?? ''
    const reply = await this.manner(asked, () => this.#forward(asked, authorization))
    // Nothing: the line stays open and no answer comes, until the system gives up.
    if (reply === 'nothing') return
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(reply.body))
  }

  async #forward({ method, path, body }: BankRequest, authorization: string): Promise<BankReply> {
    const response = await fetch(`${this.#bankUrl}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body } : {}),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
}
