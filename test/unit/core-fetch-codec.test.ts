import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFetch, encodeFetch, FETCH_VERSION } from '../../core/kafka/fetch-codec.ts'
import { BatchRecords } from '../../core/kafka/log-records.ts'
import { logBatch, transactionLogs } from '../fixtures/log-batches.ts'
import { drain, messages } from '../fixtures/messages.ts'

/** kafkajs's own, which ours stands in for. */
interface Encoder {
  readonly buffer: Buffer
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: number): Encoder
  writeString(value: string): Encoder
  writeBytes(value: Buffer | null): Encoder
  writeArray(values: readonly Encoder[] | readonly number[], type?: string, length?: number): Encoder
}
interface TheirPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly preferredReadReplica: number
  /** Markers and aborted ones included. */
  readonly messages: readonly { readonly offset: string }[]
}
interface TheirAnswer {
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly sessionId: number
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly TheirPartition[]
  }[]
}
interface TheirBatch {
  readonly messages: readonly {
    readonly offset: string
    readonly timestamp: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: object
  }[]
}
const load = createRequire(import.meta.url)
const theirRequest: (asked: object) => { readonly apiVersion: number; encode(): Promise<Encoder> } = load(
  'kafkajs/src/protocol/requests/fetch/v11/request',
)
const their: { decode(body: Buffer): Promise<TheirAnswer> } = load(
  'kafkajs/src/protocol/requests/fetch/v11/response',
)
const TheirBatch: new (topic: string, from: string, its: TheirPartition) => TheirBatch = load(
  'kafkajs/src/consumer/batch',
)
const NewEncoder: new () => Encoder = load('kafkajs/src/protocol/encoder')

// kafkajs itself knows no more than gzip.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: async () => {
    throw new Error('only read here')
  },
  decompress: async (records: Buffer) => zstdDecompressSync(records),
})

const test = suite('fetch codec')

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)

const request = fc.record({
  bounds: fc.record(
    {
      maxWaitTime: int32,
      minBytes: int32,
      maxBytes: int32,
      isolationLevel: fc.constantFrom(0, 1),
      rackId: fc.string({ unit: 'grapheme', maxLength: 20 }),
    },
    { requiredKeys: ['maxWaitTime', 'minBytes', 'maxBytes', 'isolationLevel'] },
  ),
  session: fc.record({
    id: int32,
    epoch: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    topics: fc.array(
      fc.record({
        topic: name,
        partitions: fc.array(fc.record({ partition: fc.nat(), fetchOffset: offset, maxBytes: int32 }), {
          maxLength: 5,
        }),
      }),
      { maxLength: 4 },
    ),
    forgotten: fc.array(fc.record({ topic: name, partitions: fc.array(fc.nat(), { maxLength: 5 }) }), {
      maxLength: 4,
    }),
  }),
})

test('a request is byte for byte kafkajs’s own', async () => {
  await fc.assert(
    fc.asyncProperty(request, async ({ bounds, session }) => {
      const { id: sessionId, epoch: sessionEpoch, topics, forgotten: forgottenTopics } = session
      const asked = { replicaId: -1, ...bounds, sessionId, sessionEpoch, topics, forgottenTopics }
      const theirs = theirRequest(asked)
      assert.is(theirs.apiVersion, FETCH_VERSION)
      assert.is(encodeFetch(bounds, session).toString('hex'), (await theirs.encode()).buffer.toString('hex'))
    }),
    { numRuns: 300 },
  )
})

interface Answered {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly preferredReadReplica: number
  /** Null as a broker has it for a reader of all records. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[] | null
  readonly records: Buffer | null
}
interface Answer {
  readonly throttleMs: number
  readonly errorCode: number
  readonly sessionId: number
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly Answered[] }[]
}

const bodyOf = ({ throttleMs, errorCode, sessionId, topics }: Answer): Buffer => {
  const partitionOf = (it: Answered): Encoder =>
    new NewEncoder()
      .writeInt32(it.partition)
      .writeInt16(it.errorCode)
      .writeInt64(it.highWatermark)
      .writeInt64(it.highWatermark - 1)
      .writeInt64(3)
      .writeArray(
        (it.aborted ?? []).map(({ producerId, firstOffset }) =>
          new NewEncoder().writeInt64(producerId).writeInt64(firstOffset),
        ),
        'object',
        it.aborted === null ? -1 : it.aborted.length,
      )
      .writeInt32(it.preferredReadReplica)
      .writeBytes(it.records)
  return new NewEncoder()
    .writeInt32(throttleMs)
    .writeInt16(errorCode)
    .writeInt32(sessionId)
    .writeArray(
      topics.map(({ topic, partitions }) =>
        new NewEncoder().writeString(topic).writeArray(partitions.map(partitionOf), 'object'),
      ),
      'object',
    ).buffer
}

const recordsAndAborted = fc.oneof(
  // kafkajs wants what was aborted in the order of beginnings.
  transactionLogs.map(({ batches, abortedFrom }) => ({
    records: Buffer.concat(batches.map(({ bytes }) => bytes)),
    aborted: abortedFrom(0).toSorted((a, b) => a.firstOffset - b.firstOffset),
  })),
  fc
    .tuple(fc.array(messages, { minLength: 1, maxLength: 3 }), fc.nat(2 ** 40), fc.nat(50))
    .map(([some, baseOffset, cut]) => ({
      records: Buffer.concat([
        logBatch(some, { baseOffset }),
        logBatch(some, { baseOffset: baseOffset + some.length }).subarray(0, cut),
      ]),
      aborted: null,
    })),
  fc.constantFrom(
    { records: null, aborted: null },
    { records: Buffer.alloc(0), aborted: [] },
    // What is given of a batch where nothing more has fitted.
    { records: logBatch([{ value: 'cut off', timestamp: '5' }]).subarray(0, 65), aborted: [] },
  ),
)
const answers = fc.record({
  throttleMs: fc.nat(),
  errorCode: fc.constantFrom(0, 0, 0, 70, 71, -1),
  sessionId: fc.nat(),
  topics: fc.array(
    fc.record({
      topic: name,
      partitions: fc.array(
        fc
          .tuple(
            fc.record({
              partition: fc.nat(100),
              errorCode: fc.constantFrom(0, 0, 1, 6),
              highWatermark: fc.nat(2 ** 45),
              preferredReadReplica: fc.integer({ min: -1, max: 5 }),
            }),
            recordsAndAborted,
          )
          .map(([about, rest]) => ({ ...about, ...rest })),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 3 },
  ),
})

test('of an answer is read what kafkajs reads of it', async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const body = bodyOf(answer)
      const ours = await decodeFetch(body)
      const theirs = await their.decode(body)
      const { throttleMs, errorCode, sessionId } = ours
      assert.equal(
        [throttleMs, errorCode, sessionId],
        [theirs.clientSideThrottleTime, theirs.errorCode, theirs.sessionId],
      )
      const readByUs = ours.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ batches, ...about }) => ({
          ...about,
          records: drain(new BatchRecords(batches)),
        })),
      }))
      const readByThem = theirs.responses.map(({ topicName, partitions }) => ({
        topic: topicName,
        partitions: partitions.map((it) => {
          const last = it.messages.at(-1)
          return {
            partition: it.partition,
            errorCode: it.errorCode,
            highWatermark: Number(it.highWatermark),
            preferredReadReplica: it.preferredReadReplica,
            next: last ? Number(last.offset) + 1 : undefined,
            records: new TheirBatch(topicName, '0', it).messages.map(({ offset: at, ...record }) => ({
              offset: Number(at),
              record: {
                timestamp: record.timestamp,
                key: record.key,
                value: record.value,
                headers: record.headers,
              },
            })),
          }
        }),
      }))
      assert.ok(isDeepStrictEqual(readByUs, readByThem))
    }),
    { numRuns: 300 },
  )
})

test('records don’t keep the answer that they came in', async () => {
  const records = logBatch([{ value: 'v', timestamp: '5' }])
  const about = { partition: 0, errorCode: 0, highWatermark: 1, preferredReadReplica: -1, aborted: [] }
  const topics = [{ topic: 't', partitions: [{ ...about, records }] }]
  const body = bodyOf({ throttleMs: 0, errorCode: 0, sessionId: 1, topics })
  const [topic] = (await decodeFetch(body)).topics
  const batches = topic?.partitions[0]?.batches ?? []
  body.fill(0)
  assert.equal(drain(new BatchRecords(batches))[0]?.record.value, Buffer.from('v'))
})

test.run()
