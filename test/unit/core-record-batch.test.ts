import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../core/kafka/client.ts'
import { crc32c } from '../../core/kafka/crc32c.ts'
import { encodeRecordBatch, gzipRecordBatch } from '../../core/kafka/record-batch.ts'
import { messages } from '../fixtures/messages.ts'

interface Encoder {
  readonly buffer: Buffer
}
/** kafkajs's own, which ours stands in for. */
const kafkajs = createRequire(import.meta.url)
const Record: (record: object) => Encoder = kafkajs('kafkajs/src/protocol/recordBatch/record/v0')
const { RecordBatch }: { RecordBatch(batch: object): Promise<Encoder> } = kafkajs(
  'kafkajs/src/protocol/recordBatch/v0',
)

const test = suite('record batch')

const theirs = async (messages: readonly Message[]): Promise<Buffer> => {
  const times = messages.map(({ timestamp }) => Number(timestamp))
  const firstTimestamp = Math.min(...times)
  const records = messages.map((message, offsetDelta) =>
    Record({ ...message, offsetDelta, timestampDelta: Number(message.timestamp) - firstTimestamp }),
  )
  const batch = await RecordBatch({
    records,
    firstTimestamp,
    maxTimestamp: Math.max(...times),
    lastOffsetDelta: records.length - 1,
  })
  return batch.buffer
}

test('is byte for byte what kafkajs makes of the same messages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 6 }), async (some) => {
      assert.ok(encodeRecordBatch(some).equals(await theirs(some)))
    }),
    { numRuns: 400 },
  )
  const many = Array.from({ length: 9_000 }, (_, n) => ({
    key: null,
    value: `${n}`,
    timestamp: '1800000000000',
  }))
  assert.ok(encodeRecordBatch(many).equals(await theirs(many)), 'offsets of three bytes')
})

test('a message without a time has the one that is given', () => {
  const [value, now] = ['v', 1_800_000_000_000]
  assert.equal(
    encodeRecordBatch([{ value }, { value, timestamp: String(now + 3) }], now),
    encodeRecordBatch([
      { value, timestamp: String(now) },
      { value, timestamp: String(now + 3) },
    ]),
  )
})

test('gzipped it is the same batch, with its records compressed and its checksum made anew', async () => {
  const plain = encodeRecordBatch([{ value: 'v'.repeat(1_000), timestamp: '5' }])
  const gzipped = await gzipRecordBatch(plain)
  assert.ok(gzipped.length < plain.length / 2)
  assert.equal(gunzipSync(gzipped.subarray(61)), plain.subarray(61))
  assert.is(gzipped.readInt32BE(8), gzipped.length - 12)
  assert.is(gzipped.readUInt32BE(17), crc32c(gzipped, 21))
  assert.is(gzipped.readInt16BE(21), 1)
  assert.equal(gzipped.subarray(23, 61), plain.subarray(23, 61))
})

test('there is no batch of nothing', () => {
  assert.throws(() => encodeRecordBatch([]), RangeError)
})

test('a checksum is that of RFC 3720, of however many bytes from wherever', () => {
  assert.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.is(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.is(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  const theirs: (bytes: Buffer) => number = kafkajs('kafkajs/src/protocol/recordBatch/crc32C')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (some, from) => {
      const buffer = Buffer.from(some)
      assert.is(crc32c(buffer, Math.min(from, some.length)), theirs(buffer.subarray(from)))
    }),
  )
})

test.run()
