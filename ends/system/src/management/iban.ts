const FORM = /^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$/

/** Form and check digits (ISO 13616-1 section 6, ISO 7064 MOD 97-10): a mistyped account is found before it is asked for. */
export function isIban(text: string): boolean {
  if (!FORM.test(text)) return false
  const moved = `${text.slice(4)}${text.slice(0, 4)}`
  const digits = Array.from(moved, (character) => String(Number.parseInt(character, 36))).join('')
  return BigInt(digits) % 97n === 1n
}
