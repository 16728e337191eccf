import { Pool } from 'undici'

const REQUEST_LIMIT_MS = 20_000

export interface WebAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
  json(): Record<string, unknown>
}

/** A browser's memory for one site: cookies, and nothing else. */
export class WebClient {
  readonly #pool: Pool
  readonly #origin: string
  readonly #cookies = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
    this.#pool = new Pool(origin, { connections: 4 })
  }

  get(path: string): Promise<WebAnswer> {
    return this.#send('GET', path, {})
  }

  postJson(path: string, body: object, idempotencyKey: string): Promise<WebAnswer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
    return this.#send('POST', path, { headers, body: JSON.stringify(body) })
  }

  postForm(path: string, fields: Readonly<Record<string, string>>): Promise<WebAnswer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.#send('POST', path, { headers, body: new URLSearchParams(fields).toString() })
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    sent: { headers?: Record<string, string>; body?: string },
  ): Promise<WebAnswer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#pool.request({
      method,
      path,
      headers: {
        ...sent.headers,
        ...(cookie === '' ? {} : { cookie }),
        ...(method === 'POST' ? { origin: this.#origin } : {}),
      },
      body: sent.body ?? null,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    })
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const text = await response.body.text()
    const location = [response.headers.location ?? []].flat()[0]
    return {
      status: response.statusCode,
      location,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
    }
  }
}
