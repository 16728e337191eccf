import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { BootId, CommandId, PaymentId } from '#protocol'
import type { JournalRecord } from './core/journal-record.ts'
import { Memory } from './core/memory.ts'
import { JournalFile, readJournal } from './journal-file.ts'

const BOOT = BootId.of('00000000000000b1')
const COMMAND = CommandId.of('00000000000000000000000000000c01')
const PAYMENT = PaymentId.of('00000000000000000000000000000a01')

const RECORDS: readonly JournalRecord[] = [
  { kind: 'boot', boot: BOOT },
  { kind: 'counters', upTo: 64 },
  { kind: 'tariff', message: 'd284' },
  {
    kind: 'started',
    commandId: COMMAND,
    paymentId: PAYMENT,
    productId: 1,
    units: 3,
    maxDurationS: 60,
    boot: BOOT,
    atMs: 5,
  },
  { kind: 'progress', paymentId: PAYMENT, deliveredUnits: 2 },
  {
    kind: 'outcome',
    commandId: COMMAND,
    paymentId: PAYMENT,
    result: 'delivered',
    deliveredMin: 3,
    deliveredMax: 3,
    ordered: 3,
    evidence: 'sensor',
    reason: '',
    sequence: 1,
  },
  { kind: 'acknowledged', sequence: 1 },
]

describe('the journal as a file', () => {
  let folder: string
  const file = (): string => path.join(folder, 'journal.log')

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'farthing-journal-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function written(records: readonly JournalRecord[]): Uint8Array {
    const journal = new JournalFile(folder)
    for (const record of records) journal.append(record)
    journal.sync()
    journal.close()
    return readFileSync(file())
  }

  function loaded(): readonly JournalRecord[] {
    const journal = new JournalFile(folder)
    journal.close()
    return journal.load()
  }

  test('gives back what was written', () => {
    written(RECORDS)
    assert.deepEqual(loaded(), RECORDS)
  })

  test('cut off at any byte: every whole record before it is there, and writing goes on', () => {
    const bytes = written(RECORDS)
    for (let length = 0; length < bytes.length; length += 1) {
      writeFileSync(file(), bytes.subarray(0, length))
      const whole = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length
      assert.deepEqual(loaded(), RECORDS.slice(0, whole))
      const journal = new JournalFile(folder)
      journal.append({ kind: 'counters', upTo: 128 })
      journal.sync()
      journal.close()
      assert.deepEqual(loaded(), [...RECORDS.slice(0, whole), { kind: 'counters', upTo: 128 }])
    }
  })

  test('a tail of zeros or rubbish, as file systems leave it, is cut off', () => {
    const bytes = written(RECORDS)
    for (const tail of ['\0'.repeat(100), '{"kind":', 'ffffffff {}\n', '\n\n']) {
      writeFileSync(file(), Buffer.concat([bytes, Buffer.from(tail)]))
      assert.deepEqual(loaded(), RECORDS)
      assert.equal(readFileSync(file()).length, bytes.length)
    }
  })

  test('any flipped bit is noticed; before a durable record it stops the chip', () => {
    const bytes = written(RECORDS.slice(0, 4))
    const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1
    for (let index = 0; index < bytes.length; index += 7) {
      const bent = Uint8Array.from(bytes)
      bent[index] = (bent[index] ?? 0) ^ 0x04
      writeFileSync(file(), bent)
      // Without the newline before it, the last line is one torn line with the line before.
      if (index === lastLine - 1) assert.deepEqual(loaded(), RECORDS.slice(0, 2))
      else if (index < lastLine) assert.throws(loaded, /damaged/)
      else assert.deepEqual(loaded(), RECORDS.slice(0, 3))
    }
  })

  test('a whole record that this version does not know stops the chip', () => {
    const journal = new JournalFile(folder)
    journal.append(JSON.parse('{"kind":"from the future"}'))
    journal.close()
    assert.throws(loaded, /does not know/)
  })

  test('rewriting replaces everything at once; a rewrite that was cut off never happened', () => {
    written(RECORDS)
    writeFileSync(path.join(folder, 'journal.new'), 'half a rewr')
    assert.deepEqual(loaded(), RECORDS)
    assert.ok(!existsSync(path.join(folder, 'journal.new')))
    const journal = new JournalFile(folder)
    journal.rewrite(RECORDS.slice(0, 2))
    journal.append({ kind: 'counters', upTo: 128 })
    journal.sync()
    journal.close()
    assert.deepEqual(loaded(), [...RECORDS.slice(0, 2), { kind: 'counters', upTo: 128 }])
  })

  test('a long life keeps the file short and forgets nothing that counts', () => {
    const journal = new JournalFile(folder)
    journal.sync = () => {} // Ten thousand syncs would test the disk, not the journal.
    const memory = new Memory(journal)
    memory.keep({ kind: 'boot', boot: BOOT })
    const paymentOf = (number: number): PaymentId => PaymentId.of(number.toString(16).padStart(32, '0'))
    for (let number = 1; number <= 4000; number += 1) {
      const paymentId = paymentOf(number)
      memory.nextCounter()
      memory.keep({ ...started(), paymentId })
      memory.keep({ ...ended(), paymentId, sequence: number })
      if (number !== 17) memory.note({ kind: 'acknowledged', sequence: number })
    }
    memory.keep({ ...started(), paymentId: paymentOf(5000) })
    memory.note({ kind: 'progress', paymentId: paymentOf(5000), deliveredUnits: 2 })
    journal.close()
    const { records } = readJournal(readFileSync(file()))
    assert.ok(records.length < 10_000, String(records.length))

    const again = new JournalFile(folder)
    const remembered = new Memory(again)
    assert.ok(remembered.nextCounter() > 4000)
    assert.equal(remembered.nextSequence(), 4001)
    assert.deepEqual(
      remembered.unacknowledgedOutcomes().map(({ sequence }) => sequence),
      [17],
    )
    assert.equal(remembered.outcomeOf(paymentOf(4000))?.sequence, 4000)
    assert.equal(remembered.outcomeOf(paymentOf(17))?.sequence, 17)
    assert.equal(remembered.openRun(paymentOf(5000))?.deliveredUnits, 2)
    again.close()
  })

  function started() {
    const record = RECORDS[3]
    assert.ok(record?.kind === 'started')
    return record
  }

  function ended() {
    const record = RECORDS[5]
    assert.ok(record?.kind === 'outcome')
    return record
  }
})
