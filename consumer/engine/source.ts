/** The Kafka side of the engine: a consumer group member that hands over batches and tells what it owns. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, Consumer, ConsumerRunConfig, EachBatchPayload, Kafka } from '../../core/kafka/client.ts'
import { REBALANCE_TIMEOUT_MS } from '../../core/kafka/connections.ts'
import { fetchConsumer, recordsOf } from '../../core/kafka/fetch.ts'
import type { Records } from '../../core/kafka/log-records.ts'
import { type Numbering, numberingOf } from '../../core/kafka/numbering.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { createStickyAssigner, roundRobin } from './assigner.ts'
import type { Commit } from './committer.ts'
import { type GroupOffsets, groupOffsets, offsetsOf } from './group-offsets.ts'

/** What one fetch brought of a partition. */
export interface FetchedBatch {
  /** Where the fetch began. */
  readonly from: number
  /** The offset after all it covers: markers and aborted records at its end are not among the records. */
  readonly next: number
  /** Where the log ended when it was fetched. */
  readonly end: number
  readonly records: Records
}

export interface SourceOptions {
  readonly kafka: Kafka
  /** Partitions are told by their number in this order of the topics (`core/kafka/numbering.ts`). */
  readonly topics: readonly string[]
  readonly groupId: string
  readonly log: Logger
  /** Synchronous, at each join: what the group gives this member from now on. */
  readonly onAssigned: (partitions: ReadonlySet<number>) => void
  /** A fetched batch; false refuses it: it is not passed, and will be fetched again. */
  readonly onBatch: (partition: number, batch: FetchedBatch) => boolean
  /** The member is gone for good: the process must be replaced. */
  readonly onCrash: (error: Error) => void
}

/** The group gives a member up that was not heard for so long. */
export const SESSION_MS = 10_000

/** A rebalance is noticed by a heartbeat, and all wait for the last to notice: hence often. */
const HEARTBEAT_MS = 300

/** Heartbeats are sent between fetches, and a fetch waits this long at most: the bound of what a resume waits too. */
const MAX_WAIT_MS = 100

/** A job keeps all of its partition's fetched bytes in memory while it runs, so these are few; a larger record batch still comes whole (KIP-74). */
const MAX_BYTES_PER_PARTITION = 16 * 1024
const MAX_BYTES = 512 * 1024

const RESTART_MS = 1_000
const LEAVE_LIMIT_MS = 3_000

/**
 * Longer than a session and a rebalance take: kafkajs waits for an answer that can't come any more (seen where a broker was
 * killed while a member that had been frozen joined again).
 */
const STUCK_MS = SESSION_MS + REBALANCE_TIMEOUT_MS + 10_000
const LOOK_MS = 1_000

export class Source {
  readonly committed: GroupOffsets['committed']
  readonly ends: GroupOffsets['ends']
  readonly #options: SourceOptions
  #consumer: Consumer
  readonly #admin: Admin
  readonly #numbering: Numbering
  #lastSign = performance.now()
  #renewedAt = performance.now()
  #look: NodeJS.Timeout | undefined
  #assigned: ReadonlyMap<string, readonly number[]> = new Map()
  /** As far as known: kafkajs tells it with heartbeats only. */
  #generation = 0
  #restart: NodeJS.Timeout | undefined
  #stopping = false
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined

  constructor(options: SourceOptions) {
    const { kafka, topics, groupId, log } = options
    this.#options = options
    this.#numbering = numberingOf(topics)
    this.#admin = kafka.admin()
    const { committed, ends } = groupOffsets(this.#admin, groupId, this.#numbering, log)
    this.committed = committed
    this.ends = ends
    this.#consumer = this.#newConsumer()
  }

  #newConsumer(): Consumer {
    const { kafka, groupId } = this.#options
    return fetchConsumer(kafka, {
      groupId,
      partitionAssigners: [
        createStickyAssigner(() => ({
          generation: this.#generation,
          partitions: this.#assigned,
        })),
        roundRobin,
      ],
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      maxBytes: MAX_BYTES,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 20, restartOnFailure: async () => true },
    })
  }

  /** Joins the group; resolves at the first assignment, which may be empty. */
  async start(): Promise<void> {
    await this.#admin.connect()
    const joined = await this.#join(this.#consumer)
    this.#look = setInterval(() => void this.#renewIfStuck(), LOOK_MS)
    await joined()
  }

  /** Another consumer takes the place of one that the group has not answered for long. Who hangs may wake up: it is told to leave. */
  async #renewIfStuck(): Promise<void> {
    const sinceMs = Math.min(this.silentMs, performance.now() - this.#renewedAt)
    if (sinceMs < STUCK_MS || this.#stopping) return
    const { log } = this.#options
    log.warn(
      { silentMs: Math.round(this.silentMs) },
      'the group has been silent for long; joining as another member',
    )
    this.#renewedAt = performance.now()
    clearTimeout(this.#restart)
    this.#commitOnce = undefined
    void this.#consumer.disconnect().catch(() => {})
    this.#consumer = this.#newConsumer()
    await this.#join(this.#consumer).catch((error: unknown) => log.debug({ err: error }, 'joining failed'))
  }

  /** Lets a consumer join; what it tells counts while it is ours. Resolves when it has begun to; to what waits for its first assignment. */
  async #join(consumer: Consumer): Promise<() => Promise<void>> {
    const { topics, onAssigned, onBatch, onCrash } = this.#options
    const { numberOf } = this.#numbering
    const isOurs = (): boolean => consumer === this.#consumer
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    // Not by fetches: those go to other brokers, and say nothing of the group.
    consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
      if (!isOurs()) return
      this.#lastSign = performance.now()
      this.#generation = payload.groupGenerationId
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!isOurs()) return
      this.#commitOnce = undefined
      // kafkajs itself begins anew after most failures. Not where it finds no coordinator, as in a broker that has just started.
      if (!payload.restart && !this.#stopping) this.#restart = setTimeout(run, RESTART_MS)
    })
    // kafkajs passes a batch of nothing but markers and aborted records silently; we have to know.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (!isOurs() || payload.batchSize > 0 || payload.firstOffset === null) return
      const { firstOffset, lastOffset, highWatermark } = payload
      const batch = { from: Number(firstOffset), next: Number(lastOffset) + 1, end: Number(highWatermark) }
      onBatch(numberOf(payload), { ...batch, records: recordsOf([]) })
    })
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        if (!isOurs()) return
        this.#lastSign = performance.now()
        this.#generation++
        this.#assigned = new Map(topics.map((topic) => [topic, payload.memberAssignment[topic] ?? []]))
        const numbers = [...this.#assigned].flatMap(([topic, its]) =>
          its.map((partition) => numberOf({ topic, partition })),
        )
        onAssigned(new Set(numbers))
        resolve()
      })
    })
    const config: ConsumerRunConfig = {
      autoCommit: false,
      eachBatchAutoResolve: false,
      // None of our batch handlers waits, so a few at once are plenty; kafkajs pays for each at every fetch.
      partitionsConsumedConcurrently: 8,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
        if (!isOurs()) return
        this.#commitOnce = commitOffsetsIfNecessary
        // Where the fetch began: kafkajs has it, its types don't. Without it the first record stands in.
        const from = 'fetchedOffset' in batch ? batch.fetchedOffset : batch.messages[0]?.offset
        const next = Number(batch.lastOffset()) + 1
        const end = Number(batch.highWatermark)
        if (onBatch(numberOf(batch), { from: Number(from), next, end, records: recordsOf(batch.messages) })) {
          resolveOffset(batch.lastOffset())
        }
      },
    }
    const run = (): void => void consumer.run(config).catch((error) => isOurs() && onCrash(error))
    run()
    return () => joined
  }

  /** Milliseconds since the group last answered. */
  get silentMs(): number {
    return performance.now() - this.#lastSign
  }

  /**
   * Stores commits by partition, or fails. Once: `consumer.commitOffsets` repeats what failed, also when the group has given the
   * partition to somebody else meanwhile, whose commit it would overwrite.
   */
  async commit(commits: ReadonlyMap<number, Commit>): Promise<void> {
    const offsets = offsetsOf(commits, this.#numbering)
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions,
    }))
    if (this.#commitOnce) await this.#commitOnce({ topics })
    else await this.#consumer.commitOffsets(offsets)
  }

  seek(number: number, offset: number): void {
    this.#tell(() => this.#consumer.seek({ ...this.#numbering.placeOf(number), offset: String(offset) }))
  }

  pause(number: number): void {
    const { topic, partition } = this.#numbering.placeOf(number)
    this.#tell(() => this.#consumer.pause([{ topic, partitions: [partition] }]))
  }

  resume(number: number): void {
    const { topic, partition } = this.#numbering.placeOf(number)
    this.#tell(() => this.#consumer.resume([{ topic, partitions: [partition] }]))
  }

  /**
   * kafkajs throws where its consumer has crashed and not begun anew yet. It will join as another member then, which is told
   * everything again.
   */
  #tell(what: () => void): void {
    try {
      what()
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the consumer is away')
    }
  }

  /** Leaves the group. Everything to be committed is committed by now: kafkajs drops commits from here on. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    clearInterval(this.#look)
    const gone = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
    // Where Kafka is away it doesn't matter any more, and kafkajs goes on trying.
    await Promise.race([gone, delay(LEAVE_LIMIT_MS, undefined, { ref: false })])
  }
}
