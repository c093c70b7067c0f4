/**
 * Record batches (KIP-98, the format's second version; Kafka's documentation, "Record Batch"), written in one pass into one
 * buffer. kafkajs makes some ten small buffers a record: that was most of the work of publishing a job.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  AFTER_LENGTH,
  ATTRIBUTES_AT,
  COUNT_AT,
  CRC_AT,
  FIRST_TIME_AT,
  LAST_OFFSET_AT,
  LENGTH_AT,
  MAGIC,
  MAGIC_AT,
  MAX_TIME_AT,
  PRODUCER_AT,
  RECORDS_AT,
} from './batch-layout.ts'
import type { Message } from './client.ts'
import { crc32c } from './crc32c.ts'

/** In the attributes: how the records are compressed. */
const GZIPPED = 1

type Bytes = Buffer | string | null | undefined

/** The longest varint here: 53 bits, seven a byte. */
const MAX_VARINT = 8
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const MAX_UNIT = 3
/** The least number whose varint takes two bytes, and three. */
const TWO_BYTES = 64
const THREE_BYTES = 8_192

const roomFor = (value: Bytes): number =>
  MAX_VARINT +
  (value === null || value === undefined
    ? 0
    : typeof value === 'string'
      ? MAX_UNIT * value.length
      : value.length)

const roomForRecord = ({ key, value, headers }: Message): number => {
  let room = 4 * MAX_VARINT + 1 + roomFor(key) + roomFor(value)
  for (const name in headers) {
    const given = headers[name]
    for (const one of Array.isArray(given) ? given : [given]) room += roomFor(name) + roomFor(one)
  }
  return room
}

/** Writes parts of records one after the other. What it is given must fit. */
class Writer {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** A whole number from -1 up: zigzag, then base 128, lowest digit first. */
  varint(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest >= 128) {
      this.bytes[this.at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.at++] = rest
  }

  /** Its length, then itself. */
  part(value: Bytes): void {
    if (value === null || value === undefined) this.varint(-1)
    else if (typeof value === 'string') this.#text(value)
    else {
      this.varint(value.length)
      this.at += value.copy(this.bytes, this.at)
    }
  }

  /** The length is known once it is written, and nearly always takes one byte. */
  #text(value: string): void {
    const length = this.bytes.write(value, this.at + 1)
    if (length < TWO_BYTES) this.bytes[this.at] = 2 * length
    else {
      this.varint(length)
      this.bytes.write(value, this.at)
      this.at += length
      return
    }
    this.at += 1 + length
  }

  record(message: Message, timeDelta: number, offset: number): void {
    // As a text's: two bytes are kept for the length, and what comes after moves where it takes others.
    const begin = this.at
    this.at = begin + 2
    this.varint(0)
    this.varint(timeDelta)
    this.varint(offset)
    this.part(message.key)
    this.part(message.value)
    this.#headers(message.headers)
    const size = this.at - begin - 2
    this.at = begin
    if (size < TWO_BYTES || size >= THREE_BYTES) {
      const width = size < TWO_BYTES ? 1 : size < THREE_BYTES * 128 ? 3 : 4
      this.bytes.copyWithin(begin + width, begin + 2, begin + 2 + size)
    }
    this.varint(size)
    this.at += size
  }

  #headers(headers: Message['headers'] = {}): void {
    let count = 0
    for (const name in headers) {
      const given = headers[name]
      count += Array.isArray(given) ? given.length : 1
    }
    this.varint(count)
    for (const name in headers) {
      const given = headers[name]
      for (const one of Array.isArray(given) ? given : [given]) {
        this.#text(name)
        this.part(one)
      }
    }
  }
}

const seal = (batch: Buffer): Buffer => {
  batch.writeInt32BE(batch.length - AFTER_LENGTH, LENGTH_AT)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT)
  return batch
}

/**
 * A record batch of these, not compressed, of no idempotent producer. Byte for byte what kafkajs makes of them.
 * `now` is the time of messages without one, milliseconds since the epoch. @throws RangeError for none
 */
export const encodeRecordBatch = (messages: readonly Message[], now = Date.now()): Buffer => {
  if (messages.length === 0) throw new RangeError('a batch has a record at least')
  let first = Number.POSITIVE_INFINITY
  let max = 0
  let room = RECORDS_AT
  for (const message of messages) {
    const time = Number(message.timestamp ?? now)
    if (time < first) first = time
    if (time > max) max = time
    room += roomForRecord(message)
  }
  const bytes = Buffer.allocUnsafe(room)
  bytes.fill(0, 0, RECORDS_AT)
  bytes[MAGIC_AT] = MAGIC
  bytes.writeInt32BE(messages.length - 1, LAST_OFFSET_AT)
  bytes.writeBigInt64BE(BigInt(first), FIRST_TIME_AT)
  bytes.writeBigInt64BE(BigInt(max), MAX_TIME_AT)
  bytes.writeBigInt64BE(-1n, PRODUCER_AT)
  bytes.writeInt32BE(messages.length, COUNT_AT)
  const writer = new Writer(bytes, RECORDS_AT)
  for (const [offset, message] of messages.entries())
    writer.record(message, Number(message.timestamp ?? now) - first, offset)
  return seal(bytes.subarray(0, writer.at))
}

/** The same batch with its records compressed. */
export const gzipRecordBatch = async (batch: Buffer): Promise<Buffer> => {
  const records = await promisify(gzip)(batch.subarray(RECORDS_AT))
  const compressed = Buffer.concat([batch.subarray(0, RECORDS_AT), records])
  compressed.writeInt16BE(GZIPPED, ATTRIBUTES_AT)
  return seal(compressed)
}
