import pino, { type Logger } from 'pino'
import type { PaymentLog } from './payment/ports.ts'

/** Whatever might be passed in by mistake; bodies and headers are not logged at all. */
const SECRETS = [
  'cookie',
  'authorization',
  'pin',
  'newPin',
  'passkey',
  'newPasskey',
  'code',
  'secret',
  'password',
]

/** JSON lines on standard output. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { end: 'system' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: SECRETS.flatMap((name) => [`body.${name}`, `headers.${name}`, `*.${name}`]),
      censor: '[redacted]',
    },
  })
}

/** Steps of the method as lines that whoever watches can follow by the payment's id. */
export function paymentLog(log: Logger): PaymentLog {
  return {
    step: (step, payment, said) => log.info({ step, paymentId: payment.paymentId, ...said }, 'step'),
    warn: (message, details) => log.warn(details, message),
  }
}
