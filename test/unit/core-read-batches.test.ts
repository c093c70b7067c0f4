import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BatchRecords } from '../../core/kafka/log-records.ts'
import { type ReadBatches, readBatches } from '../../core/kafka/read-batches.ts'
import { encodeRecordBatch, gzipRecordBatch } from '../../core/kafka/record-batch.ts'
import {
  APPEND_TIME,
  GZIP,
  IN_TRANSACTION,
  logBatch,
  marker,
  transactionLogs,
  ZSTD,
} from '../fixtures/log-batches.ts'
import { drain } from '../fixtures/messages.ts'

const test = suite('read batches')

const some = (...values: string[]) => values.map((value, n) => ({ value, timestamp: String(1_000 + n) }))
/** Offset and value of each record. */
const listed = ({ batches }: ReadBatches) =>
  drain(new BatchRecords(batches)).map(({ offset, record }) => [offset, String(record.value)])

/** Three batches, with a gap before the last. */
const three = [
  logBatch(some('a', 'b'), { baseOffset: 10 }),
  logBatch(some('c'), { baseOffset: 12 }),
  logBatch(some('d', 'e'), { baseOffset: 20 }),
]
const all = [
  [10, 'a'],
  [11, 'b'],
  [12, 'c'],
  [20, 'd'],
  [21, 'e'],
]

test('nothing is nothing, and says nothing of where to go on', async () => {
  assert.equal(await readBatches(Buffer.alloc(0)), { batches: [], next: undefined })
})

test('whole batches are read, and the next fetch begins after the last of them', async () => {
  const read = await readBatches(Buffer.concat(three))
  assert.equal(listed(read), all)
  assert.is(read.next, 22)
})

test('wherever the last one is cut off, those before it are read and it is left for the next fetch', async () => {
  const bytes = Buffer.concat(three)
  const ends = [0, 1, 2, 3].map((n) => Buffer.concat(three.slice(0, n)).length)
  for (let length = 0; length <= bytes.length; length++) {
    const read = await readBatches(bytes.subarray(0, length))
    const whole = ends.filter((end) => end <= length).length - 1
    assert.equal(listed(read), all.slice(0, [0, 2, 3, 5][whole]))
    assert.is(read.next, [undefined, 12, 13, 22][whole])
  }
})

test('a batch goes on after its last offset, also where compaction has left out its last records', async () => {
  const batch = logBatch(some('a', 'b'), { baseOffset: 10 })
  batch.writeInt32BE(7, 23)
  const read = await readBatches(batch)
  assert.equal(listed(read), [
    [10, 'a'],
    [11, 'b'],
  ])
  assert.is(read.next, 18)
})

test('the time of records is theirs, or the log’s where that counts', async () => {
  const times = async (attributes: number) => {
    const batch = logBatch(some('a', 'b', 'c'), { attributes })
    batch.writeBigInt64BE(5_000n, 35)
    const { batches } = await readBatches(batch)
    return drain(new BatchRecords(batches)).map(({ record }) => record.timestamp)
  }
  assert.equal(await times(0), ['1000', '1001', '1002'])
  assert.equal(await times(APPEND_TIME), ['5000', '5000', '5000'])
  assert.equal(await times(APPEND_TIME | GZIP), ['5000', '5000', '5000'])
})

test('gzip and zstd are read, each batch as it is', async () => {
  const messages = some('a'.repeat(5_000), 'b')
  const plain = encodeRecordBatch(messages)
  const expected = [
    [0, 'a'.repeat(5_000)],
    [1, 'b'],
  ]
  assert.equal(listed(await readBatches(await gzipRecordBatch(plain))), expected)
  assert.equal(listed(await readBatches(logBatch(messages, { attributes: ZSTD }))), expected)
  const mixed = [
    logBatch(some('a'), { attributes: GZIP }),
    logBatch(some('b'), { baseOffset: 1 }),
    logBatch(some('c'), { baseOffset: 2, attributes: ZSTD }),
  ]
  assert.equal(listed(await readBatches(Buffer.concat(mixed))), [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ])
})

/** What is said where reading fails. */
const refusal = async (bytes: Buffer): Promise<string> => {
  try {
    await readBatches(bytes)
    return 'read'
  } catch (error) {
    return error instanceof Error ? error.message : 'no error'
  }
}

test('a compression that is not read is refused by its name', async () => {
  for (const [attributes, name] of [
    [2, /compressed by snappy/],
    [3, /compressed by lz4/],
    [7, /compressed by 7/],
  ] as const)
    assert.match(
      await refusal(Buffer.concat([logBatch(some('a')), logBatch(some('b'), { attributes })])),
      name,
    )
})

test('what is compressed and broken is an error', async () => {
  const batch = logBatch(some('a'.repeat(100)), { attributes: GZIP })
  batch.fill(1, 61)
  assert.is.not(await refusal(batch), 'read')
})

test('an old format is refused, however little there is of it', async () => {
  for (const magic of [0, 1])
    for (const length of [26, 34, 200]) {
      const old = Buffer.alloc(length, 1)
      old.writeBigInt64BE(3n)
      old.writeInt32BE(length - 12, 8)
      old.writeInt8(magic, 16)
      assert.match(await refusal(old), new RegExp(`format ${magic}`), `${length} bytes`)
    }
})

test('markers are no records, and are passed', async () => {
  for (const type of ['commit', 'abort'] as const) {
    const alone = await readBatches(marker(5, 1, type))
    assert.equal(alone, { batches: [], next: 6 })
    const among = await readBatches(Buffer.concat([...three, marker(22, 1, type)]))
    assert.equal(listed(among), all)
    assert.is(among.next, 23)
  }
})

test('a marker that compaction has emptied is passed as well', async () => {
  for (const type of ['commit', 'abort'] as const) {
    const empty = marker(5, 1, type).subarray(0, 61)
    empty.writeInt32BE(61 - 12, 8)
    empty.writeInt32BE(0, 57)
    assert.equal(await readBatches(empty), { batches: [], next: 6 })
    const read = await readBatches(Buffer.concat([empty, logBatch(some('a'), { baseOffset: 6 })]))
    assert.equal(listed(read), [[6, 'a']])
  }
})

const inTransaction = (baseOffset: number, producerId: number, value: string): Buffer =>
  logBatch(some(value), { baseOffset, producerId, attributes: IN_TRANSACTION })

test('a transaction that came to nothing ends with its marker: the next one of its producer counts', async () => {
  const bytes = Buffer.concat([
    inTransaction(0, 7, 'dropped'),
    marker(1, 7, 'abort'),
    inTransaction(2, 7, 'kept'),
    marker(3, 7, 'commit'),
  ])
  const read = await readBatches(bytes, [{ producerId: 7n, firstOffset: 0 }])
  assert.equal(listed(read), [[2, 'kept']])
  assert.is(read.next, 4)
})

test('a transaction before one that came to nothing counts', async () => {
  const bytes = Buffer.concat([
    inTransaction(0, 7, 'kept'),
    marker(1, 7, 'commit'),
    inTransaction(2, 7, 'dropped'),
  ])
  assert.equal(listed(await readBatches(bytes, [{ producerId: 7n, firstOffset: 2 }])), [[0, 'kept']])
})

test('of several producers by turns each has its own transaction, and what is of none counts', async () => {
  const bytes = Buffer.concat([
    inTransaction(0, 2, 'of 2'),
    inTransaction(1, 1, 'of 1'),
    logBatch(some('plain'), { baseOffset: 2 }),
    logBatch(some('idempotent'), { baseOffset: 3, producerId: 2 }),
    marker(4, 1, 'commit'),
    inTransaction(5, 1, 'again'),
    inTransaction(6, 2, 'more of 2'),
    marker(7, 1, 'abort'),
    inTransaction(8, 1, 'new of 1'),
    marker(9, 2, 'abort'),
    marker(10, 1, 'commit'),
  ])
  // As a broker lists them: by their ends.
  const read = await readBatches(bytes, [
    { producerId: 1n, firstOffset: 5 },
    { producerId: 2n, firstOffset: 0 },
  ])
  assert.equal(listed(read), [
    [1, 'of 1'],
    [2, 'plain'],
    [3, 'idempotent'],
    [8, 'new of 1'],
  ])
  assert.is(read.next, 11)
})

test('a fetch of nothing but what was aborted goes on behind it', async () => {
  const read = await readBatches(inTransaction(3, 7, 'dropped'), [{ producerId: 7n, firstOffset: 1 }])
  assert.equal(read, { batches: [], next: 4 })
})

test('a reader of committed records gets those of each log, from wherever it begins', async () => {
  await fc.assert(
    fc.asyncProperty(transactionLogs, fc.nat(), fc.nat(), async (log, begin, cut) => {
      const from = log.batches.length === 0 ? 0 : begin % log.batches.length
      const fetched = log.batches.slice(from)
      const bytes = Buffer.concat(fetched.map((it) => it.bytes))
      const length = cut % (bytes.length + 1)
      let end = 0
      const whole = fetched.filter((it) => {
        end += it.bytes.length
        return end <= length
      })
      const aborted = log
        .abortedFrom(from)
        .map(({ producerId, firstOffset }) => ({ producerId: BigInt(producerId), firstOffset }))
      const read = await readBatches(bytes.subarray(0, length), aborted)
      assert.equal(
        listed(read),
        whole.flatMap(({ visible }) => visible),
      )
      assert.is(read.next, whole.at(-1)?.next)
    }),
    { numRuns: 400 },
  )
})

test.run()
