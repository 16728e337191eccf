import assert from 'node:assert/strict'
import test from 'node:test'
import { hashClaimCode, makeClaimCode } from './claim-code.ts'

test('a claim code is two groups of five from the alphabet, and no two are the same', () => {
  const codes = Array.from({ length: 200 }, makeClaimCode)
  for (const code of codes) assert.match(code, /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
  assert.equal(new Set(codes).size, codes.length)
})

const asTyped: readonly [string, string][] = [
  ['in small letters', 'abcde-f0123'],
  ['without the hyphen', 'ABCDEF0123'],
  ['with spaces', ' ABCDE F0123 '],
  ['with letters for digits', 'ABCDE-FOI23'],
  ['with an L for a one', 'abcdefol23'],
]
for (const [name, typed] of asTyped) {
  test(`a claim code is known ${name}`, () => {
    assert.deepEqual(hashClaimCode(typed), hashClaimCode('ABCDE-F0123'))
  })
}

for (const typed of [
  '',
  'ABCDE',
  'ABCDE-F01234',
  'ABCDE-F012U',
  'ABCDE-F012é',
  '٠١٢٣٤-٥٦٧٨٩',
  'ABCDE-F012\0',
]) {
  test(`${JSON.stringify(typed)} is no claim code`, () => assert.equal(hashClaimCode(typed), null))
}
