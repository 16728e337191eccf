import { hash, verify } from '@node-rs/argon2'

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. `algorithm` 2 is argon2id. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** At most so many hashes at once and so many waiting: sign-ins must not take the machine from payments. */
const HASHES_AT_ONCE_MAX = 2
const HASHES_WAITING_MAX = 64

let running = 0
const waiting: (() => void)[] = []

export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2ID)
}

// Verified against where the username is unknown, so that the answer takes as long.
let nobody: Promise<string> | null = null

/** Checks a password; `busy` when too many are being checked already. */
export async function checkPassword(
  passwordHash: string | null,
  password: string,
): Promise<'right' | 'wrong' | 'busy'> {
  if (running >= HASHES_AT_ONCE_MAX) {
    if (waiting.length >= HASHES_WAITING_MAX) return 'busy'
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  running += 1
  try {
    nobody ??= hashPassword('the password of nobody')
    const right = await verify(passwordHash ?? (await nobody), password)
    return right && passwordHash !== null ? 'right' : 'wrong'
  } finally {
    running -= 1
    waiting.shift()?.()
  }
}
