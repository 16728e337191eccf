import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import { open, openVerified, seal } from '../envelope.ts'
import type { MessageKind } from '../message/message.ts'
import { MESSAGES, MESSAGE_NAMES, type Message } from '../message/registry.ts'
import { PROTOCOL_ERROR_CODES } from '../protocol-error.ts'
import { type RefusedVector, type VectorFile, allVectorFiles, valueJson } from './vector.ts'
import { ALGORITHMS, VECTOR_KEYS } from './vector-keys.ts'

const FOLDER = new URL('../../vectors/', import.meta.url)
const KINDS: Readonly<Record<string, MessageKind>> = MESSAGES

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
}

function readVectors(name: string): VectorFile {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file that is something else fails the tests below
  return readJson(`${name}.json`) as VectorFile
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  assert.ok(bytes)
  return bytes
}

function parsed(hex: string): Message {
  const opened = openVerified(bytesOf(hex), () => [VECTOR_KEYS.EdDSA.verifier])
  assert.ok(opened.ok)
  return opened.value
}

describe('golden bytes', () => {
  it('there is a file for every message, with a vector in it, and no other file', () => {
    const expected = [...MESSAGE_NAMES.map((name) => `${name}.json`), 'keys.json', 'refused.json'].sort()
    assert.deepEqual(readdirSync(FOLDER).sort(), expected)
    for (const name of MESSAGE_NAMES) assert.ok(readVectors(name).vectors.length > 0, name)
  })

  for (const name of MESSAGE_NAMES) {
    it(`${name} verifies, decodes to its value, and encodes to the same bytes`, () => {
      const file = readVectors(name)
      assert.deepEqual(
        [file.message, file.kind, file.direction],
        [name, MESSAGES[name].kind, MESSAGES[name].direction],
      )
      for (const vector of file.vectors) {
        const again = seal(parsed(vector.signed.EdDSA), VECTOR_KEYS.EdDSA.signers[MESSAGES[name].direction])
        assert.equal(toHex(again), vector.signed.EdDSA)
        for (const alg of ALGORITHMS) {
          const opened = openVerified(bytesOf(vector.signed[alg]), () => [VECTOR_KEYS[alg].verifier])
          assert.ok(opened.ok, vector.title)
          assert.deepEqual(valueJson(opened.value), vector.value)
          assert.equal(toHex(KINDS[name]?.encode(opened.value) ?? new Uint8Array(0)), vector.payload)
        }
      }
    })
  }

  it('are what would be written today', () => {
    const files = allVectorFiles(readVectors)
    for (const [name, content] of files) {
      assert.deepEqual(readJson(name), JSON.parse(JSON.stringify(content)), `${name}: run npm run vectors`)
    }
  })
})

describe('bytes to refuse', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file that is something else fails below
  const vectors = readJson('refused.json') as readonly RefusedVector[]

  for (const { title, bytes, error } of vectors) {
    it(`${title}: ${error}`, () => {
      const opened = openVerified(bytesOf(bytes), () => [VECTOR_KEYS.EdDSA.verifier])
      assert.ok(!opened.ok)
      assert.equal(opened.error.code, error)
    })
  }

  it('there is one for every error that bytes alone can have', () => {
    // A wrong kind is wrong only to one who waits for another.
    const expected = PROTOCOL_ERROR_CODES.filter((code) => code !== 'wrong-kind')
    assert.deepEqual(new Set(vectors.map(({ error }) => error)), new Set(expected))
  })

  it('whose signature is not what is wrong are refused without a key too, or by their fields after it', () => {
    const early = vectors.filter(({ bytes }) => !open(bytesOf(bytes)).ok)
    assert.ok(early.length >= 14 && early.length < vectors.length)
  })
})
