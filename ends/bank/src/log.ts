import pino, { type Logger } from 'pino'

export type { Logger }

/** JSON lines on standard output; what could hold a secret is never passed in, and headers are not logged at all. */
export function createLog(): Logger {
  return pino({
    base: { end: 'bank' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}

/** What may be said of an error in the log: its kind and code, and not the values it carries. */
export function faultOf(error: unknown): { fault: string; code?: string } {
  if (!(error instanceof Error)) return { fault: 'not an error' }
  const code = 'code' in error ? { code: String(error.code) } : {}
  return { fault: `${error.name}: ${error.message}`, ...code }
}
