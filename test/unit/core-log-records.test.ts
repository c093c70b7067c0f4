import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../core/kafka/client.ts'
import {
  BatchRecords,
  MessageRecords,
  type PlacedRecord,
  type RecordBatch,
  type Records,
} from '../../core/kafka/log-records.ts'
import { encodeRecordBatch } from '../../core/kafka/record-batch.ts'
import { drain, messages, stored } from '../fixtures/messages.ts'

/** kafkajs's encoder of one record. */
const Record: (record: object) => { readonly buffer: Buffer } = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/record/v0',
)

const test = suite('log records')

/** Says nothing of what differs: fast-check does, and values are large. */
const same = (actual: unknown, expected: unknown): void => assert.ok(isDeepStrictEqual(actual, expected))

const encodedBatch = (some: readonly Message[], baseOffset: number): RecordBatch => {
  const batch = encodeRecordBatch(some)
  return {
    baseOffset,
    time: Number(batch.readBigInt64BE(27)),
    isAppendTime: false,
    count: some.length,
    records: batch.subarray(61),
  }
}

/** Records by kafkajs, where the log kept them: compaction leaves gaps, and batches of nothing. */
interface Kept {
  readonly gap: number
  readonly isAppendTime: boolean
  readonly records: readonly (Message & { readonly gap: number })[]
}
const kept = fc.record({
  gap: fc.nat(3),
  isAppendTime: fc.boolean(),
  records: fc.array(
    fc.tuple(messages, fc.oneof(fc.nat(2), fc.constant(70))).map(([it, gap]) => ({ ...it, gap })),
    { maxLength: 4 },
  ),
})

interface Log {
  readonly batches: readonly RecordBatch[]
  readonly placed: readonly PlacedRecord[]
  /** Of each record, its length included. */
  readonly sizes: readonly number[]
}

const logOf = (some: readonly Kept[]): Log => {
  const batches: RecordBatch[] = []
  const placed: PlacedRecord[] = []
  const sizes: number[] = []
  let next = 4_000_000_000
  for (const { gap, isAppendTime, records } of some) {
    const baseOffset = next + gap
    const time = 1_790_000_000_000
    const parts: Buffer[] = []
    next = baseOffset
    for (const it of records) {
      const offset = next + it.gap
      const timestampDelta = Number(it.timestamp) - time
      const { buffer } = Record({ ...it, offsetDelta: offset - baseOffset, timestampDelta })
      parts.push(buffer)
      sizes.push(buffer.length)
      placed.push({ offset, record: stored(isAppendTime ? { ...it, timestamp: String(time) } : it) })
      next = offset + 1
    }
    batches.push({ baseOffset, time, isAppendTime, count: records.length, records: Buffer.concat(parts) })
  }
  return { batches, placed, sizes }
}

const logs = fc.array(kept, { maxLength: 5 }).map(logOf)

test('what was encoded comes back, in order and at its offsets', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(messages, { minLength: 1, maxLength: 6 }), { maxLength: 4 }),
      fc.nat(2 ** 40),
      (groups, first) => {
        const records = new BatchRecords(
          groups.map((group, n) => encodedBatch(group, first + groups.slice(0, n).flat().length)),
        )
        const expected = groups.flat().map((it, n) => ({ offset: first + n, record: stored(it) }))
        same(drain(records), expected)
      },
    ),
    { numRuns: 200 },
  )
})

test('so does what compaction has left, with the time of the log where that counts', () => {
  fc.assert(
    fc.property(logs, ({ batches, placed }) => {
      same(drain(new BatchRecords(batches)), placed)
    }),
    { numRuns: 200 },
  )
})

test('headers keep what they are called, whatever that is, and what stands under one name more than once', () => {
  const headers = { constructor: 'a', toString: ['b', 'c'], list: ['1', '2', '3'], empty: '' }
  const [first] = drain(new BatchRecords([encodedBatch([{ value: 'v', timestamp: '5', headers }], 0)]))
  assert.equal(Object.entries(first?.record.headers ?? {}), [
    ['constructor', Buffer.from('a')],
    ['toString', [Buffer.from('b'), Buffer.from('c')]],
    ['list', ['1', '2', '3'].map((it) => Buffer.from(it))],
    ['empty', Buffer.from('')],
  ])
})

test('a header without a value is there, and has none', () => {
  const headers = { nothing: undefined, after: 'x' }
  const [first] = drain(new BatchRecords([encodedBatch([{ value: 'v', timestamp: '5', headers }], 0)]))
  assert.equal(Object.entries(first?.record.headers ?? {}), [
    ['nothing', undefined],
    ['after', Buffer.from('x')],
  ])
})

const asMessages = (placed: readonly PlacedRecord[]) =>
  placed.map(({ offset, record }) => ({ ...record, attributes: 0, offset: String(offset) }))

/** What is done to records: the next is taken, or all up to so many offsets after the last one that was are skipped. */
const steps = fc.array(fc.oneof(fc.constant('next' as const), fc.integer({ min: -3, max: 12 })))

/** Does the same to the records and to a list. */
const follow = (
  records: Records,
  placed: readonly PlacedRecord[],
  sizes: readonly number[],
  some: readonly ('next' | number)[],
): void => {
  let at = 0
  const check = (): void => {
    assert.is(records.count, placed.length - at)
    assert.is(
      records.bytes,
      sizes.slice(at).reduce((sum, it) => sum + it, 0),
    )
  }
  check()
  for (const step of some) {
    if (step === 'next') {
      same(records.next(), placed[at])
      at = Math.min(at + 1, placed.length)
    } else {
      const offset = (placed[at]?.offset ?? 0) + step
      records.skipTo(offset)
      while ((placed[at]?.offset ?? Number.POSITIVE_INFINITY) < offset) at++
    }
    check()
  }
  same(drain(records), placed.slice(at))
  at = placed.length
  check()
  assert.is(records.next(), undefined)
  check()
}

test('count and bytes are what is left, however records are taken and skipped', () => {
  fc.assert(
    fc.property(logs, steps, ({ batches, placed, sizes }, some) => {
      follow(new BatchRecords(batches), placed, sizes, some)
    }),
    { numRuns: 300 },
  )
})

test('records that kafkajs took apart keep the same contract', () => {
  const sizeOf = ({ record: { key, value } }: PlacedRecord): number =>
    (key?.length ?? 0) + (value?.length ?? 0) + 1_000
  fc.assert(
    fc.property(logs, steps, ({ placed }, some) => {
      const given = placed.map(({ offset, record }) => ({ offset, record }))
      const records = new MessageRecords(asMessages(given))
      const shown: Records = {
        get count() {
          return records.count
        },
        get bytes() {
          return records.bytes
        },
        skipTo: (offset) => records.skipTo(offset),
        // They are kafkajs's own messages, with more to them.
        next() {
          const next = records.next()
          if (!next) return undefined
          const { timestamp, key, value, headers = {} } = next.record
          return { offset: next.offset, record: { timestamp, key, value, headers } }
        },
      }
      follow(shown, given, given.map(sizeOf), some)
    }),
    { numRuns: 200 },
  )
})

test('what was skipped to a place is what was taken up to there', () => {
  const group = Array.from({ length: 30 }, (_, n) => ({ value: `${n}`, timestamp: '5' }))
  const whole = (): Records =>
    new BatchRecords([encodedBatch(group.slice(0, 10), 100), encodedBatch(group.slice(10), 200)])
  for (const [offset, first, count] of [
    [0, 100, 30],
    [105, 105, 25],
    [109, 109, 21],
    [150, 200, 20],
    [200, 200, 20],
    [219, 219, 1],
    [220, undefined, 0],
  ] as const) {
    const records = whole()
    records.skipTo(offset)
    assert.is(records.count, count)
    assert.is(records.next()?.offset, first)
  }
})

test('bytes that end too early are a RangeError, and never another record', () => {
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 3 }), fc.nat(), (some, n) => {
      const batch = encodedBatch(some, 7)
      const records = batch.records.subarray(0, n % batch.records.length)
      const cut = new BatchRecords([{ ...batch, records }])
      const expected = some.map((it, index) => ({ offset: 7 + index, record: stored(it) }))
      const got: PlacedRecord[] = []
      assert.throws(
        () => {
          for (let record = cut.next(); record; record = cut.next()) got.push(record)
        },
        (error: unknown) => error instanceof RangeError,
      )
      same(got, expected.slice(0, got.length))
      assert.throws(
        () => new BatchRecords([{ ...batch, records }]).skipTo(1_000),
        (error: unknown) => error instanceof RangeError,
      )
    }),
    { numRuns: 500 },
  )
})

test('bytes that are left over after the last record count for nothing', () => {
  const batch = encodedBatch([{ value: 'v', timestamp: '5' }], 0)
  const records = new BatchRecords([{ ...batch, records: Buffer.concat([batch.records, Buffer.alloc(9)]) }])
  assert.is(drain(records).length, 1)
  assert.is(records.bytes, 0)
})

test.run()
