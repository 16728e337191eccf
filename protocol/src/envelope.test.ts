import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { concatBytes, toHex } from './bytes.ts'
import { type Item, decodeItem, encodeItem } from './cbor.ts'
import { type Signer, parseSign1, signSign1 } from './cose.ts'
import { hashCode, open, openAs, openVerified, seal } from './envelope.ts'
import { anyMessage, arbitraryMessage } from './message/arbitraries.suite.ts'
import { MESSAGES, MESSAGE_NAMES, type Message, type MessageName } from './message/registry.ts'
import { generateNodeKeys, nodeSigner, nodeVerifier, sha256 } from './node-keys.ts'
import type { ProtocolError } from './protocol-error.ts'
import type { Result } from './result.ts'
import { exampleMessages } from './vectors/examples.ts'
import { ALGORITHMS, VECTOR_KEYS } from './vectors/vector-keys.ts'

const { signers, verifier } = VECTOR_KEYS.EdDSA
const stranger = nodeVerifier(generateNodeKeys('EdDSA').spki)

function codeOf(result: Result<unknown, ProtocolError>): string {
  return result.ok ? 'accepted' : result.error.code
}

function sealed(value: Message): Uint8Array {
  return seal(value, signers[MESSAGES[value.name].direction])
}

function exampleOf(name: MessageName): Message {
  const [example] = exampleMessages(name)
  assert.ok(example)
  return example.value
}

const verify = (bytes: Uint8Array): Result<Message, ProtocolError> => openVerified(bytes, () => [verifier])

/** A signed map that no encoder here would make. */
function forged(value: Message, change: (items: Map<Item, Item>) => void, signer?: Signer): Uint8Array {
  const { direction } = MESSAGES[value.name]
  const parsed = parseSign1(sealed(value), 2048)
  assert.ok(parsed.ok)
  const item = decodeItem(parsed.value.payload, 2048)
  assert.ok(item.ok && item.value instanceof Map)
  const items = new Map(item.value as ReadonlyMap<Item, Item>)
  change(items)
  return signSign1(encodeItem(items), signer ?? signers[direction])
}

describe('what is sealed', () => {
  it('opens to the same value, under both algorithms', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom(...ALGORITHMS), (value, alg) => {
        const key = VECTOR_KEYS[alg]
        const { direction } = MESSAGES[value.name]
        const bytes = seal(value, key.signers[direction])
        const opened = open(bytes)
        assert.ok(opened.ok)
        const kid = direction === 'down' ? (key.verifier.kid ?? null) : null
        assert.deepEqual(opened.value.claim, { name: value.name, direction, chipId: value.chipId, alg, kid })
        assert.deepEqual(opened.value.verify([key.verifier]), { ok: true, value })
      }),
      { numRuns: 300 },
    )
  })

  it('opens under the second of two keys, while keys overlap', () => {
    const bytes = sealed(exampleOf('started'))
    assert.equal(codeOf(openVerified(bytes, () => [stranger, verifier])), 'accepted')
    assert.equal(codeOf(openVerified(bytes, () => [stranger])), 'bad-signature')
    assert.equal(codeOf(openVerified(bytes, () => [])), 'bad-signature')
  })

  it('does not open as another kind', () => {
    const bytes = sealed(exampleOf('stop'))
    assert.equal(codeOf(openAs('stop', bytes, () => [verifier])), 'accepted')
    assert.equal(codeOf(openAs('query', bytes, () => [verifier])), 'wrong-kind')
    // Nobody need look up keys for a message that is not wanted.
    assert.equal(codeOf(openAs('query', bytes, () => assert.fail())), 'wrong-kind')
  })

  it('shows nothing but its claim before it is verified', () => {
    const opened = open(sealed(exampleOf('command')))
    assert.ok(opened.ok)
    assert.deepEqual(Object.keys(opened.value), ['claim', 'verify'])
    assert.deepEqual(Object.keys(opened.value.claim), ['name', 'direction', 'chipId', 'alg', 'kid'])
  })

  it('a code has a hash, the same for the same bytes', () => {
    const code = sealed(exampleOf('payment-code'))
    assert.equal(hashCode(code, sha256), toHex(sha256(code)))
  })
})

describe('any change voids it', () => {
  for (const name of MESSAGE_NAMES) {
    it(`${name}: every byte, every bit of it`, () => {
      const bytes = sealed(exampleOf(name))
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = new Uint8Array(bytes)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        assert.notEqual(codeOf(verify(changed)), 'accepted', `bit ${String(bit)}`)
      }
    })
  }

  it('a byte removed, doubled, or added at the end, of ES256 too', () => {
    const es256 = VECTOR_KEYS.ES256
    fc.assert(
      fc.property(arbitraryMessage('payment-code'), fc.nat(), (value, place) => {
        const bytes = seal(value, es256.signers.up)
        const at = place % bytes.length
        const head = bytes.subarray(0, at)
        const changes = [
          concatBytes(head, bytes.subarray(at + 1)),
          concatBytes(head, bytes.subarray(at, at + 1), bytes.subarray(at)),
          concatBytes(bytes, Uint8Array.of(0)),
        ]
        for (const changed of changes) {
          assert.notEqual(codeOf(openVerified(changed, () => [es256.verifier])), 'accepted')
        }
      }),
      { numRuns: 100 },
    )
  })

  it('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(verify(bytes).ok, false)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a message that its key really signed is refused', () => {
  for (const name of MESSAGE_NAMES) {
    const value = exampleOf(name)
    it(`${name}: unknown-kind, unknown-version, missing-field, unknown-field, too-long`, () => {
      assert.equal(codeOf(verify(forged(value, (items) => items.set(0, 99)))), 'unknown-kind')
      assert.equal(codeOf(verify(forged(value, (items) => items.set(1, 2)))), 'unknown-version')
      assert.equal(codeOf(verify(forged(value, (items) => items.delete(3)))), 'missing-field')
      assert.equal(codeOf(verify(forged(value, (items) => items.set(99, 0)))), 'unknown-field')
      const { maxBytes } = MESSAGES[name]
      const padded = forged(value, (items) => items.set(99, new Uint8Array(maxBytes)))
      assert.equal(codeOf(verify(padded)), 'too-long')
    })

    it(`${name}: when the other side's key signed it`, () => {
      const down = MESSAGES[name].direction === 'down'
      const other = signers[down ? 'up' : 'down']
      assert.throws(() => seal(value, other), TypeError)
      const bytes = forged(value, () => undefined, other)
      assert.equal(codeOf(verify(bytes)), down ? 'missing-field' : 'unknown-field')
    })
  }

  it('when its key id is not the verifier’s', () => {
    const { privateKeyPem, spki } = generateNodeKeys('EdDSA')
    const signer = nodeSigner(privateKeyPem, { withKid: true })
    const own = nodeVerifier(spki)
    const bytes = seal(exampleOf('stop'), signer)
    assert.equal(codeOf(openVerified(bytes, () => [own])), 'accepted')
    assert.equal(codeOf(openVerified(bytes, () => [{ alg: own.alg, verify: () => true }])), 'bad-signature')
    assert.equal(codeOf(openVerified(bytes, () => [{ ...verifier, verify: () => true }])), 'bad-signature')
  })

  it('when its header holds more than it must, protected or not', () => {
    const parsed = parseSign1(sealed(exampleOf('hello')), 2048)
    assert.ok(parsed.ok)
    const { payload, protectedBytes, signature } = parsed.value
    const tagged = (protectedPart: Uint8Array, unprotected: ReadonlyMap<Item, Item>): Uint8Array =>
      concatBytes(Uint8Array.of(0xd2), encodeItem([protectedPart, unprotected, payload, signature]))
    assert.equal(codeOf(verify(tagged(protectedBytes, new Map()))), 'accepted')
    assert.equal(codeOf(verify(tagged(protectedBytes, new Map([[4, 0]])))), 'unknown-field')
    const more = (key: Item, value: Item): Uint8Array =>
      encodeItem(
        new Map<Item, Item>([
          [1, -8],
          [key, value],
        ]),
      )
    assert.equal(codeOf(verify(tagged(more(3, 0), new Map()))), 'unknown-field')
    const down = parseSign1(sealed(exampleOf('stop')), 2048)
    assert.ok(down.ok)
    const downWith = (protectedPart: Uint8Array): string =>
      codeOf(
        verify(
          concatBytes(
            Uint8Array.of(0xd2),
            encodeItem([protectedPart, new Map(), down.value.payload, signature]),
          ),
        ),
      )
    assert.equal(downWith(more(4, 'kid')), 'wrong-type')
    assert.equal(downWith(more(4, new Uint8Array(7))), 'out-of-range')
    const three = new Map<Item, Item>([
      [1, -8],
      [3, 0],
      [4, new Uint8Array(8)],
    ])
    assert.equal(downWith(encodeItem(three)), 'unknown-field')
  })
})

describe('what cannot be sent', () => {
  it('throws, since it is a bug', () => {
    const tariff = exampleOf('tariff')
    assert.ok(tariff.name === 'tariff')
    const [product] = tariff.products
    assert.ok(product)
    const products = Array.from({ length: 17 }, (_, id) => ({ ...product, id }))
    assert.throws(() => sealed({ ...tariff, products }), TypeError)
  })
})
