const COUNTRY = 'DE'
/** A bank code that no real bank has. */
const BANK_CODE = '00000000'
const ACCOUNT_DIGITS = 10

/** The IBAN of an account number at the reference bank, with its check digits (ISO 13616). */
export function ibanOf(account: number): string {
  const body = `${BANK_CODE}${String(account).padStart(ACCOUNT_DIGITS, '0')}`
  const letters = Array.from(`${COUNTRY}00`, (character) => String(Number.parseInt(character, 36))).join('')
  const check = 98n - (BigInt(`${body}${letters}`) % 97n)
  return `${COUNTRY}${String(check).padStart(2, '0')}${body}`
}
