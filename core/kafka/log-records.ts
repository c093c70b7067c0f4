/**
 * Records as they lie in the log (Kafka's documentation, "Record Batch" and "Record"), taken apart one by one when they are wanted:
 * until then a thousand records are one buffer. kafkajs makes some twenty objects of each when it is fetched; those outlived the young
 * generation while they waited, and collecting them took a worker two fifths of its time.
 */
import type { KafkaMessage } from './client.ts'

/** What a record holds. */
export type LogRecord = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'timestamp'>

export interface PlacedRecord {
  readonly offset: number
  readonly record: LogRecord
}

/** Records of one partition that were fetched, in the log's order. Each is given once. */
export interface Records {
  /** How many are left. */
  readonly count: number
  /** Bytes that these take. */
  readonly bytes: number
  next(): PlacedRecord | undefined
  /** Leaves out what lies before this offset. */
  skipTo(offset: number): void
}

/** A record batch, its records not compressed. */
export interface RecordBatch {
  readonly baseOffset: number
  /** Milliseconds since the epoch: what its records' times count from, or the time of them all. */
  readonly time: number
  readonly isAppendTime: boolean
  readonly count: number
  readonly records: Buffer
}

/** Reads parts of records one after the other. */
class Reader {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  /** Zigzag, base 128, lowest digit first. @throws RangeError where the bytes end before */
  varint(): number {
    let factor = 1
    let value = 0
    for (;;) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw new RangeError('a record ends before its length')
      value += (byte & 127) * factor
      if (byte < 128) break
      factor *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Reads a record's length: where it ends. @throws RangeError where the bytes end before */
  recordEnd(): number {
    const length = this.varint()
    const end = this.at + length
    if (end > this.#bytes.length) throw new RangeError('a record ends before its length')
    return end
  }

  /** Its length, then itself; null where the length says so. */
  part(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  text(): string {
    const length = this.varint()
    this.at += length
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }

  /** Several of one name make up a list, as with kafkajs. */
  headers(): NonNullable<LogRecord['headers']> {
    const headers: NonNullable<LogRecord['headers']> = {}
    for (let left = this.varint(); left > 0; left--) {
      const name = this.text()
      const value = this.part() ?? undefined
      // Not what every object has: a header may be called "constructor".
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined
      if (before === undefined) headers[name] = value
      else if (value !== undefined) headers[name] = [before, value].flat()
    }
    return headers
  }
}

/** The records of these batches. */
export class BatchRecords implements Records {
  readonly #batches: RecordBatch[]
  #reader: Reader
  /** Not yet given of the first batch. */
  #left: number
  #count = 0
  #bytes = 0

  constructor(batches: readonly RecordBatch[]) {
    this.#batches = [...batches]
    for (const { count, records } of batches) {
      this.#count += count
      this.#bytes += records.length
    }
    this.#left = batches[0]?.count ?? 0
    this.#reader = new Reader(batches[0]?.records ?? Buffer.alloc(0))
    this.#passEmpty()
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  next(): PlacedRecord | undefined {
    const [batch] = this.#batches
    if (!batch) return undefined
    const reader = this.#reader
    const begin = reader.at
    const end = reader.recordEnd()
    reader.at++ // attributes: none are in use
    const timeDelta = reader.varint()
    const offset = batch.baseOffset + reader.varint()
    const record: LogRecord = {
      timestamp: String(batch.isAppendTime ? batch.time : batch.time + timeDelta),
      key: reader.part(),
      value: reader.part(),
      headers: reader.headers(),
    }
    this.#to(begin, end)
    return { offset, record }
  }

  skipTo(offset: number): void {
    for (let [batch] = this.#batches; batch; [batch] = this.#batches) {
      const reader = this.#reader
      const begin = reader.at
      const end = reader.recordEnd()
      reader.at++
      reader.varint()
      if (batch.baseOffset + reader.varint() >= offset) {
        reader.at = begin
        return
      }
      this.#to(begin, end)
    }
  }

  #to(begin: number, end: number): void {
    this.#reader.at = end
    this.#bytes -= end - begin
    this.#count--
    this.#left--
    this.#passEmpty()
  }

  #passEmpty(): void {
    while (this.#left === 0 && this.#batches.length > 0) {
      this.#bytes -= this.#reader.left
      this.#batches.shift()
      this.#left = this.#batches[0]?.count ?? 0
      this.#reader = new Reader(this.#batches[0]?.records ?? Buffer.alloc(0))
    }
  }
}

/** What a record that was taken apart takes beside its key and value: as kafkajs has it, or with its claim and its job. */
const OVERHEAD = 1_000

/** Bytes of memory that a record takes once it was taken apart, about. */
export const sizeOf = ({ key, value }: LogRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + OVERHEAD

/** Records that kafkajs has taken apart. */
export class MessageRecords implements Records {
  readonly #messages: KafkaMessage[]
  #bytes: number

  constructor(messages: readonly KafkaMessage[]) {
    this.#messages = [...messages]
    this.#bytes = messages.reduce((sum, it) => sum + sizeOf(it), 0)
  }

  get count(): number {
    return this.#messages.length
  }

  get bytes(): number {
    return this.#bytes
  }

  next(): PlacedRecord | undefined {
    const record = this.#messages.shift()
    if (!record) return undefined
    this.#bytes -= sizeOf(record)
    return { offset: Number(record.offset), record }
  }

  skipTo(offset: number): void {
    while (this.#messages[0] && Number(this.#messages[0].offset) < offset) this.next()
  }
}
