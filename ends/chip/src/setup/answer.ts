import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { PageFile } from './page-files.ts'
import type { SetupErrorCode, SetupErrorView } from './setup-view.ts'

/** The longest set-up that can be asked for takes under 2,000 bytes. */
const MAX_BODY_BYTES = 8_192

/** Status and words of every refusal. */
const ERRORS: Readonly<Record<SetupErrorCode, readonly [number, string]>> = {
  'field-missing': [400, 'Something that is needed is missing.'],
  'field-malformed': [400, 'Something is not as it has to be.'],
  'ssid-too-long': [400, 'The network’s name is too long.'],
  'passphrase-characters': [400, 'The password has characters that Wi-Fi passwords cannot have.'],
  'passphrase-length': [400, 'The password is too short or too long.'],
  'address-malformed': [400, 'This is not an address.'],
  'claim-code-malformed': [400, 'This is not a claim code.'],
  'driver-unknown': [400, 'This chip does not know that machine.'],
  'wiring-unknown': [400, 'This chip does not know that wiring.'],
  'proof-wrong': [403, 'This is not the proof that stands on the label.'],
  'proof-needed': [401, 'Give the proof that stands on the chip’s label first.'],
  closed: [423, 'Set-up mode is closed. Hold the chip’s button, or switch it off and on, to open it again.'],
  busy: [409, 'The chip is busy with a set-up; wait until it has ended.'],
  'payment-on': [409, 'Somebody is paying at this machine; try again when they are done.'],
  'body-malformed': [400, 'The body has to be JSON.'],
  'body-too-large': [413, 'The body is too large.'],
  'content-type': [415, 'The body has to be application/json.'],
  'cross-site': [403, 'Only the set-up page itself may do this.'],
  'wrong-host': [421, 'This is not the address of the set-up page.'],
  'not-found': [404, 'There is nothing here.'],
  method: [405, 'This cannot be done here.'],
  'radio-failed': [503, 'The chip’s radio did not answer; try again.'],
  'too-many-phones': [503, 'Too many pages are open; close one.'],
}

/** On everything that is answered. `frameOrigins`: who may frame the page. */
export function securityHeaders(frameOrigins: readonly string[]): OutgoingHttpHeaders {
  const framing = frameOrigins.length === 0 ? "'none'" : frameOrigins.join(' ')
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      `frame-ancestors ${framing}`,
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

export function sendError(response: ServerResponse, error: SetupErrorCode | SetupErrorView): void {
  const view = typeof error === 'string' ? { code: error, message: ERRORS[error][1] } : error
  sendJson(response, ERRORS[view.code][0], view)
}

export function errorView(code: SetupErrorCode): SetupErrorView {
  return { code, message: ERRORS[code][1] }
}

export function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const zips = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const bytes = zips ? file.gzipped : file.bytes
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': bytes.length,
    ...(zips ? { 'content-encoding': 'gzip' } : {}),
    vary: 'accept-encoding',
    'cache-control': file.neverChanges ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** Reads a body of JSON; of one that is too large nothing is kept. */
export async function readJson(
  request: IncomingMessage,
): Promise<Result<unknown, 'body-malformed' | 'body-too-large'>> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // What is left of a body that is too large must not end the connection before the answer is out.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) {
        request.resume()
        return fail('body-too-large')
      }
      chunks.push(chunk)
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    return ok(JSON.parse(text))
  } catch {
    return fail('body-malformed')
  }
}
