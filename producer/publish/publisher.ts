/** The publisher: a job is durable in Kafka (`acks=all`) when its promise resolves. Plain producer, by design. */
import { AppError } from '../../core/errors.ts'
import { makeJobId, readJobId } from '../../core/job-id.ts'
import {
  createBatchProducer,
  type Kafka,
  kafkaError,
  type Message,
  type Producer,
  refusalOf,
} from '../../core/kafka/client.ts'
import type { LagReading } from '../../core/kafka/lag.ts'
import { encodeRecord } from '../../core/kafka/record.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { LeaderLane, type Sent, type Waiting } from './leader-lane.ts'
import { Leaders } from './leaders.ts'
import type { PublisherMetrics } from './metrics.ts'
import { PartitionLoad, partitionOfKey } from './partitions.ts'

/** Bytes that may wait in all lanes of all publishers that share memory; beyond it submissions are refused. */
const MAX_WAITING_BYTES = 64_000_000
/** What a record weighs besides key and value: headers and framing. */
const RECORD_OVERHEAD = 200
/** The wait before a failed request is repeated, ms: doubles with each time. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

/** A job to publish. `id` is set where it was reserved before (its partition and time are in it). */
export interface NewJob {
  readonly type: string
  readonly key: string | undefined
  readonly value: Buffer
  readonly traceparent: string | undefined
  readonly id?: string
}

export interface PublishedJob {
  readonly id: string
  /** Where it lies in its partition. */
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
}

interface Item extends Waiting {
  readonly job: NewJob
  /** Empty until it is first sent, where it was not reserved. */
  id: string
  /** Milliseconds since the epoch: the one in its id. */
  submittedAt: number
  offset: number
}

export interface PublisherOptions {
  readonly kafka: Kafka
  readonly topic: string
  readonly epoch: number
  readonly timeoutMs: number
  readonly compression: 'none' | 'gzip'
  /** Bytes that wait in this publisher and those beside it; unset: it is alone. */
  readonly waitingBytes?: () => number
  readonly log: Logger
}

const GZIP = 1

export class Publisher {
  readonly #options: PublisherOptions
  readonly #producer: Producer
  #load = new PartitionLoad(0)
  readonly #leaders: Leaders
  readonly #lanes = new Map<number, LeaderLane<Item>>()
  /** By partition: what is on its way there, and in which lane. */
  readonly #onTheWay = new Map<number, { lane: LeaderLane<Item>; jobs: number }>()
  readonly #metrics: PublisherMetrics
  #stopping = false

  constructor(options: PublisherOptions, metrics: PublisherMetrics) {
    this.#options = options
    this.#producer = createBatchProducer(options.kafka, { retries: 0 })
    this.#leaders = new Leaders(options.kafka, options.topic, options.log)
    this.#metrics = metrics
  }

  /** Connects and learns the topic's partitions and leaders. @throws AppError KAFKA_UNAVAILABLE */
  async start(): Promise<void> {
    try {
      await Promise.all([this.#producer.connect(), this.#leaders.start()])
    } catch (error) {
      throw error instanceof AppError ? error : kafkaError(error)
    }
    this.#load = new PartitionLoad(this.partitions)
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()))
    await Promise.allSettled([this.#producer.disconnect(), this.#leaders.stop()])
  }

  get partitions(): number {
    return this.#leaders.partitions.length
  }

  /** Why Kafka can't be reached, while it can't. */
  get failure(): unknown {
    return this.#leaders.failure
  }

  /** Tells where little waits. */
  observe(reading: LagReading): void {
    this.#load.observe(reading)
  }

  /** An id for a job that will be published later, with the partition it will go to. */
  reserveId(key: string | undefined): string {
    const partition =
      key === undefined ? this.#load.least(this.#leaders.partitions) : partitionOfKey(key, this.partitions)
    // Many that are reserved before the first is published are to go to many partitions.
    if (key === undefined) this.#load.sent(partition, 1)
    return makeJobId({ submittedAt: Date.now(), partition, epoch: this.#options.epoch })
  }

  /**
   * Publishes a job; resolves once all in-sync replicas have it.
   * @throws AppError KAFKA_UNAVAILABLE (it is certain that it was not published), PUBLISH_UNKNOWN (it is not)
   */
  publish(job: NewJob): Promise<PublishedJob> {
    return new Promise((resolve, reject) => {
      if (this.#stopping)
        return reject(
          new AppError('SHUTTING_DOWN', 'This server is stopping.', { retryable: true, retryAfterS: 1 }),
        )
      if (this.failure !== undefined) return reject(kafkaError(this.failure))
      const bytes = job.value.length + (job.key?.length ?? 0) * 3 + RECORD_OVERHEAD
      const waiting = this.#options.waitingBytes?.() ?? this.waitingBytes
      if (waiting + bytes > MAX_WAITING_BYTES)
        return reject(kafkaError(new Error('too much waits to be sent')))
      const pinned = job.id === undefined ? undefined : readJobId(job.id)
      const partition =
        pinned?.partition ?? (job.key === undefined ? undefined : partitionOfKey(job.key, this.partitions))
      const lane = this.#laneFor(partition)
      const now = Date.now()
      const item: Item = {
        job,
        id: job.id ?? '',
        submittedAt: pinned?.submittedAt ?? now,
        offset: -1,
        partition,
        bytes,
        deadline: now + this.#options.timeoutMs,
        resolve: () => resolve({ id: item.id, offset: item.offset, submittedAt: item.submittedAt }),
        reject,
        settled: () => this.#arrived(partition),
      }
      if (partition !== undefined) {
        const way = this.#onTheWay.get(partition) ?? { lane, jobs: 0 }
        way.jobs++
        this.#onTheWay.set(partition, way)
      }
      lane.add(item)
    })
  }

  #arrived(partition: number | undefined): void {
    const way = partition === undefined ? undefined : this.#onTheWay.get(partition)
    if (partition !== undefined && way && --way.jobs === 0) this.#onTheWay.delete(partition)
  }

  /** Bytes of jobs that are not acknowledged yet. */
  get waitingBytes(): number {
    let sum = 0
    for (const lane of this.#lanes.values()) sum += lane.bytes
    return sum
  }

  /**
   * The lane of a partition's leader; for a keyless job the lane with least to send. While a partition has jobs on
   * the way it stays with their lane, whoever leads it by now: two lanes at once could swap two jobs of a key.
   */
  #laneFor(partition: number | undefined): LeaderLane<Item> {
    const way = partition === undefined ? undefined : this.#onTheWay.get(partition)
    if (way) return way.lane
    if (partition !== undefined) return this.#lane(this.#leaders.of(partition))
    let least: LeaderLane<Item> | undefined
    for (const leader of this.#leaders.all) {
      const lane = this.#lane(leader)
      if (least === undefined || lane.bytes < least.bytes) least = lane
    }
    return least ?? this.#lane(0)
  }

  #lane(leader: number): LeaderLane<Item> {
    const present = this.#lanes.get(leader)
    if (present) return present
    const lane = new LeaderLane<Item>({
      choose: () => this.#load.least(this.#leaders.partitionsOf(leader)),
      placed: (partition) => this.#load.sent(partition, 1),
      send: (items) => this.#send(items),
      onFailure: (error) => this.#onFailure(error),
    })
    this.#lanes.set(leader, lane)
    return lane
  }

  /**
   * Sends a request until it is acknowledged or nobody waits for it. It is repeated here and not in kafkajs, which repeats for
   * those leaders alone that have not answered yet: where a partition moves meanwhile to a leader that has, its records
   * are left out, and acknowledged.
   */
  async #send(items: readonly Sent<Item>[]): Promise<void> {
    const { topic } = this.#options
    const messages = items.map(([item, partition]) => this.#encode(item, partition))
    const deadline = items.at(-1)?.[0].deadline ?? 0
    const end = this.#metrics.seconds.startTimer({ topic })
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        const next = await this.#request(messages)
        end()
        for (const [item, partition] of items) {
          item.offset = next.get(partition) ?? -1
          next.set(partition, item.offset + 1)
        }
        this.#metrics.published.inc({ topic }, items.length)
        this.#metrics.records.observe({ topic }, items.length)
        return
      } catch (error) {
        const refusal = refusalOf(error)
        if (refusal === 'MESSAGE_TOO_LARGE' || refusal === 'RECORD_LIST_TOO_LARGE')
          throw new AppError('PAYLOAD_TOO_LARGE', `The job is larger than ${topic} takes.`, { cause: error })
        if (refusal !== undefined) throw error
        // What waits behind it was not sent and can be told at once; it is itself of unknown outcome, and goes on.
        void this.#leaders.check().then(() => this.failure !== undefined && this.#refuse(this.failure))
        if (Date.now() + waitMs >= deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
  }

  #encode(item: Item, partition: number): Message {
    const { type, key, value, traceparent } = item.job
    // Once made it stays, whatever becomes of the request: a part of it may have been appended.
    if (item.id === '') {
      item.submittedAt = Date.now()
      item.id = makeJobId({ submittedAt: item.submittedAt, partition, epoch: this.#options.epoch })
    }
    return encodeRecord({
      id: item.id,
      type,
      key,
      value,
      partition,
      timestamp: item.submittedAt,
      traceparent,
    })
  }

  /** One produce request. Gives the offset at which each partition's records begin. */
  async #request(messages: Message[]): Promise<Map<number, number>> {
    const { topic, compression, timeoutMs } = this.#options
    const stored = await this.#producer.send({
      topic,
      acks: -1,
      timeout: timeoutMs,
      messages,
      ...(compression === 'gzip' ? { compression: GZIP } : {}),
    })
    const offsets = new Map(stored.map((it) => [it.partition, Number(it.baseOffset ?? -1)]))
    // kafkajs leaves out partitions that its metadata does not have, without a word.
    if (messages.some(({ partition = -1 }) => !offsets.has(partition)))
      throw new Error('not every partition was answered for')
    return offsets
  }

  /** From the first failure on submissions are refused at once, until Kafka answers again. */
  #onFailure(error: unknown): void {
    this.#leaders.doubt(error)
    this.#refuse(error)
  }

  #refuse(error: unknown): void {
    for (const lane of this.#lanes.values()) lane.refuse(kafkaError(error))
  }
}
