import { fail, ok, type Result } from '#protocol/result.ts'

/** Crockford's base 32: without I, L, O and U. */
const FORM = /^[0-9A-HJKMNP-TV-Z]{10}$/
const GROUP_CHARACTERS = 5
/** As typed or pasted, with room for blanks and hyphens. */
const MAX_GIVEN_CHARACTERS = 40

/** What people write for what was printed: case, blanks and hyphens do not count, O is 0, I and L are 1. */
export function asPrinted(given: string): string {
  return given
    .toUpperCase()
    .replaceAll(/[\s\u2010-\u2015-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
}

/** `XXXXX-XXXXX`, however it was written. */
export function parseClaimCode(given: string): Result<string, 'malformed'> {
  if (given.length > MAX_GIVEN_CHARACTERS) return fail('malformed')
  const code = asPrinted(given)
  if (!FORM.test(code)) return fail('malformed')
  return ok(`${code.slice(0, GROUP_CHARACTERS)}-${code.slice(GROUP_CHARACTERS)}`)
}
