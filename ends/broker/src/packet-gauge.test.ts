import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PacketGauge } from './packet-gauge.ts'

const MAX_BYTES = 300
const PINGREQ = [0xc0, 0x00]

function publish(length: number): number[] {
  const head = length < 128 ? [length] : [(length % 128) | 0x80, length >> 7]
  return [0x32, ...head, ...Array.from({ length }, () => 0xff)]
}

describe('the gauge of packets', () => {
  test('finds the heads, however the bytes are cut', () => {
    const whole = [
      ...publish(0),
      ...publish(127),
      ...PINGREQ,
      ...publish(128),
      ...publish(MAX_BYTES),
      ...PINGREQ,
    ]
    for (let size = 1; size <= whole.length; size += 1) {
      const gauge = new PacketGauge(MAX_BYTES)
      for (let at = 0; at < whole.length; at += size)
        assert.equal(gauge.feed(Uint8Array.from(whole.slice(at, at + size))), null)
    }
  })

  test('refuses what announces too much, before it has come', () => {
    const gauge = new PacketGauge(MAX_BYTES)
    assert.equal(
      gauge.feed(Uint8Array.from(publish(MAX_BYTES + 1).slice(0, 3))),
      'a PUBLISH of more than 300 bytes',
    )
    const endless = new PacketGauge(Number.MAX_SAFE_INTEGER)
    assert.equal(
      endless.feed(Uint8Array.of(0x32, 0x80, 0x80, 0x80, 0x80)),
      'a packet whose length is malformed',
    )
  })

  test('refuses what only a broker sends, and what quality of service 2 needs', () => {
    for (const type of [0, 2, 5, 6, 7, 9, 11, 13, 15])
      assert.equal(
        new PacketGauge(MAX_BYTES).feed(Uint8Array.of(type << 4, 0)),
        `a packet of type ${String(type)}`,
      )
  })
})
