/** Fetch requests and answers (Kafka's protocol guide, "Fetch API", version 11: of Kafka 2.4 and later), with their sessions. */
import type { SessionRequest } from './fetch-session.ts'
import type { RecordBatch } from './log-records.ts'
import { type Aborted, readBatches } from './read-batches.ts'

export const FETCH_VERSION = 11

/** What a fetch is to be beside its partitions. */
export interface FetchBounds {
  readonly maxWaitTime: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: number
  readonly rackId?: string
}

/** Not one of the brokers. */
const NO_REPLICA = -1
const NO_EPOCH = -1
const NO_OFFSET = -1n

/** The body of a request. */
export const encodeFetch = (
  bounds: FetchBounds,
  { id, epoch, topics, forgotten }: SessionRequest,
): Buffer => {
  const { maxWaitTime, minBytes, maxBytes, isolationLevel, rackId = '' } = bounds
  const parts: Buffer[] = []
  const ints = (...values: number[]): void => {
    const part = Buffer.allocUnsafe(4 * values.length)
    for (const [index, value] of values.entries()) part.writeInt32BE(value, 4 * index)
    parts.push(part)
  }
  const text = (value: string): void => {
    const length = Buffer.allocUnsafe(2)
    length.writeInt16BE(Buffer.byteLength(value))
    parts.push(length, Buffer.from(value))
  }
  ints(NO_REPLICA, maxWaitTime, minBytes, maxBytes)
  parts.push(Buffer.of(isolationLevel))
  ints(id, epoch, topics.length)
  for (const { topic, partitions } of topics) {
    text(topic)
    ints(partitions.length)
    for (const { partition, fetchOffset, maxBytes: most } of partitions) {
      ints(partition, NO_EPOCH)
      const offsets = Buffer.allocUnsafe(16)
      offsets.writeBigInt64BE(BigInt(fetchOffset))
      offsets.writeBigInt64BE(NO_OFFSET, 8)
      parts.push(offsets)
      ints(most)
    }
  }
  ints(forgotten.length)
  for (const { topic, partitions } of forgotten) {
    text(topic)
    ints(partitions.length, ...partitions)
  }
  text(rackId)
  return Buffer.concat(parts)
}

export interface FetchedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly preferredReadReplica: number
  readonly batches: readonly RecordBatch[]
  /** The offset after these; undefined where nothing whole came. */
  readonly next: number | undefined
}

export interface FetchAnswer {
  readonly throttleMs: number
  readonly errorCode: number
  readonly sessionId: number
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[]
}

/** Takes an answer's body apart, up to its record batches. */
export const decodeFetch = async (body: Buffer): Promise<FetchAnswer> => {
  let at = 0
  const take = (size: number): number => {
    at += size
    return at - size
  }
  const short = (): number => body.readInt16BE(take(2))
  const int = (): number => body.readInt32BE(take(4))
  const long = (): bigint => body.readBigInt64BE(take(8))
  const bytes = (length: number): Buffer => body.subarray(take(length), at)
  const throttleMs = int()
  const errorCode = short()
  const sessionId = int()
  const topics: FetchAnswer['topics'][number][] = []
  for (let topicsLeft = int(); topicsLeft > 0; topicsLeft--) {
    const topic = bytes(short()).toString()
    const partitions: FetchedPartition[] = []
    for (let left = int(); left > 0; left--) {
      const about = { partition: int(), errorCode: short(), highWatermark: Number(long()) }
      long() // last stable offset
      long() // log start offset
      const aborted: Aborted[] = []
      for (let more = int(); more > 0; more--)
        aborted.push({ producerId: long(), firstOffset: Number(long()) })
      const preferredReadReplica = int()
      // Copied: a job that runs for long keeps its record's buffer, and shall not keep all that came with it.
      const records = Buffer.from(bytes(Math.max(0, int())))
      partitions.push({ ...about, preferredReadReplica, ...(await readBatches(records, aborted)) })
    }
    topics.push({ topic, partitions })
  }
  return { throttleMs, errorCode, sessionId, topics }
}
