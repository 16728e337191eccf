import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ChipId, PaymentId } from './identifier.ts'
import { EVERYTHING, EVERY_CHIP_UP, parseTopic, topicOf } from './topic.ts'

it('an id is lowercase hex of its own length', () => {
  const text = '0a1b2c3d4e5f6071'
  assert.equal(ChipId.parse(text), text)
  assert.deepEqual(
    ChipId.toBytes(ChipId.of(text)),
    Uint8Array.of(0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x60, 0x71),
  )
  assert.equal(ChipId.fromBytes(ChipId.toBytes(ChipId.of(text))), text)
  for (const bad of [text.toUpperCase(), text.slice(1), `${text}0`, `${text}\n`, '', null, 12, [text]]) {
    assert.equal(ChipId.parse(bad), null)
  }
  assert.throws(() => ChipId.of('no'), TypeError)
  assert.throws(() => PaymentId.fromBytes(new Uint8Array(8)), TypeError)
})

it('topics name a chip and a direction, and nothing else is a topic', () => {
  const chipId = ChipId.of('0a1b2c3d4e5f6071')
  for (const direction of ['up', 'down'] as const) {
    assert.deepEqual(parseTopic(topicOf(chipId, direction)), { chipId, direction })
  }
  assert.equal(topicOf(chipId, 'up'), 'farthing/1/0a1b2c3d4e5f6071/up')
  for (const bad of [
    EVERYTHING,
    EVERY_CHIP_UP,
    'farthing/2/0a1b2c3d4e5f6071/up',
    'farthing/1/0a1b2c3d4e5f6071/side',
    'x/farthing/1/0a1b2c3d4e5f6071/up',
    'farthing/1/0a1b2c3d4e5f6071/up\n',
    '',
  ]) {
    assert.equal(parseTopic(bad), null, bad)
  }
})
