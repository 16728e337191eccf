import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { isProof, Sessions } from './sessions.ts'

const hashOf = (proof: string): string => createHash('sha256').update(proof).digest('hex')

test('sessions: each phone has its own, the oldest goes when there are too many, and all can be forgotten', () => {
  const sessions = new Sessions()
  const tokens = Array.from({ length: 9 }, () => sessions.open())
  assert.equal(new Set(tokens).size, 9)
  assert.deepEqual(
    tokens.map((token) => sessions.has(token)),
    [false, true, true, true, true, true, true, true, true],
  )
  assert.equal(sessions.has(undefined), false)
  assert.equal(sessions.has(''), false)
  sessions.forget()
  assert.ok(tokens.every((token) => !sessions.has(token)))
})

test('a proof, as people write what is printed', () => {
  for (const given of ['12345678', ' 1234-5678 ', '1234 5678', 'I2345678'])
    assert.equal(isProof(given, hashOf('12345678')), true, given)
  for (const given of ['', '1234567', '123456789', '12345679', hashOf('12345678')])
    assert.equal(isProof(given, hashOf('12345678')), false, given)
  assert.equal(isProof('Any words, exactly', hashOf('Any words, exactly')), true)
  assert.equal(isProof('any words, exactly', hashOf('Any words, exactly')), false)
  assert.equal(isProof('12345678', ''), false)
})
