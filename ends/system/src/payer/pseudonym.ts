import { createHmac } from 'node:crypto'

/**
 * The name under which one merchant knows one payer: the same for each of that merchant's payments, another one for
 * every other merchant, and without the secret it leads back to nobody (I18).
 */
export function pseudonymOf(
  secret: string,
  of: { readonly payerId: string; readonly merchantId: string },
): string {
  return createHmac('sha256', secret)
    .update(`payer\n${of.payerId}\n${of.merchantId}`)
    .digest('hex')
    .slice(0, 32)
}
