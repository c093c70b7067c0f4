/** The record batches of a partition's part of a fetch answer. What the log holds is told apart from its markers here, not its records. */
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import {
  AFTER_LENGTH,
  ATTRIBUTES_AT,
  COUNT_AT,
  FIRST_TIME_AT,
  LAST_OFFSET_AT,
  LENGTH_AT,
  MAGIC,
  MAGIC_AT,
  MAX_TIME_AT,
  PRODUCER_AT,
  RECORDS_AT,
} from './batch-layout.ts'
import type { RecordBatch } from './log-records.ts'

// In the attributes.
const COMPRESSION = 0x7
const APPEND_TIME = 0x8
const IN_TRANSACTION = 0x10
const CONTROL = 0x20

/** By their number in the attributes. Others need a library, and nothing of ours writes them. */
const decompress: Readonly<Record<number, (bytes: Buffer) => Promise<Buffer>>> = {
  0: async (bytes) => bytes,
  1: promisify(gunzip),
  4: promisify(zstdDecompress),
}
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A producer's transaction that came to nothing. */
export interface Aborted {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface ReadBatches {
  readonly batches: readonly RecordBatch[]
  /** The offset after all of these, markers and aborted ones included; undefined where there is no whole batch. */
  readonly next: number | undefined
}

/** The type in the key of a control record, after five parts of one byte each and the key's version. 0: abort. */
const MARKER_TYPE_AT = RECORDS_AT + 7
const ABORT = 0

/**
 * Reads what `bytes` holds of whole batches; the last one may be cut off (KIP-74). Records of `aborted` transactions are left out as in
 * Kafka's own client: from the first offset of each until its producer's next abort marker.
 * @throws Error for a format or a compression that is not read here
 */
export const readBatches = async (bytes: Buffer, aborted: readonly Aborted[] = []): Promise<ReadBatches> => {
  const batches: RecordBatch[] = []
  let next: number | undefined
  const ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  for (let at = 0; bytes.length - at > MAGIC_AT; ) {
    // All formats have it here; older ones take fewer bytes.
    const magic = bytes[at + MAGIC_AT]
    if (magic !== MAGIC)
      throw new Error(`a record batch of format ${magic}; only ${MAGIC} is read (Kafka 0.11)`)
    const length = AFTER_LENGTH + bytes.readInt32BE(at + LENGTH_AT)
    if (bytes.length - at < length) break
    const batch = bytes.subarray(at, at + length)
    at += length
    const attributes = batch.readInt16BE(ATTRIBUTES_AT)
    const baseOffset = Number(batch.readBigInt64BE(0))
    const lastOffset = baseOffset + batch.readInt32BE(LAST_OFFSET_AT)
    next = lastOffset + 1
    if (attributes & (CONTROL | IN_TRANSACTION)) {
      while (ahead[0] && ahead[0].firstOffset <= lastOffset) aborting.add(ahead.shift()?.producerId ?? -1n)
      const producerId = batch.readBigInt64BE(PRODUCER_AT)
      if (attributes & CONTROL) {
        // Compaction may have left the batch without its record.
        const isMarker = batch.length > MARKER_TYPE_AT + 1
        if (isMarker && batch.readInt16BE(MARKER_TYPE_AT) === ABORT) aborting.delete(producerId)
        continue
      }
      if (aborting.has(producerId)) continue
    }
    const isAppendTime = (attributes & APPEND_TIME) !== 0
    const compression = attributes & COMPRESSION
    const whole = decompress[compression]
    if (!whole)
      throw new Error(
        `records are compressed by ${NAMES[compression] ?? compression}; gzip and zstd are read`,
      )
    batches.push({
      baseOffset,
      time: Number(batch.readBigInt64BE(isAppendTime ? MAX_TIME_AT : FIRST_TIME_AT)),
      isAppendTime,
      count: batch.readInt32BE(COUNT_AT),
      records: await whole(batch.subarray(RECORDS_AT)),
    })
  }
  return { batches, next }
}
