/** The Kafka side of the engine: a consumer group member that hands over batches and tells what it owns. */
import { setTimeout as delay } from 'node:timers/promises'
import type {
  Admin,
  Consumer,
  ConsumerRunConfig,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
} from '../../core/kafka/client.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { createStickyAssigner, roundRobin } from './assigner.ts'
import type { Commit } from './committer.ts'
import { decodeFinished, encodeFinished } from './offset-metadata.ts'

/** What one fetch brought of a partition. */
export interface FetchedBatch {
  /** Where the fetch began. */
  readonly from: number
  /** The offset after all it covers: markers and aborted records at its end are not among the messages. */
  readonly next: number
  /** Where the log ended when it was fetched. */
  readonly end: number
  readonly messages: readonly KafkaMessage[]
}

export interface SourceOptions {
  readonly kafka: Kafka
  readonly topic: string
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

/**
 * A fetched byte of small records becomes some ten in memory, so fetches are small; a larger record batch still comes
 * whole (KIP-74).
 */
const MAX_BYTES_PER_PARTITION = 64 * 1024
const MAX_BYTES = 1024 * 1024

const RESTART_MS = 1_000
const LEAVE_LIMIT_MS = 3_000

export class Source {
  readonly #options: SourceOptions
  readonly #consumer: Consumer
  readonly #admin: Admin
  #lastSign = performance.now()
  #assigned: readonly number[] = []
  /** As far as known: kafkajs tells it with heartbeats only. */
  #generation = 0
  #restart: NodeJS.Timeout | undefined
  #stopping = false
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined

  constructor(options: SourceOptions) {
    const { kafka, groupId } = options
    this.#options = options
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer({
      groupId,
      partitionAssigners: [
        createStickyAssigner(() => ({
          generation: this.#generation,
          partitions: new Map([[options.topic, this.#assigned]]),
        })),
        roundRobin,
      ],
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: 20_000,
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
    const { topic, onAssigned, onBatch, onCrash } = this.#options
    const consumer = this.#consumer
    await this.#admin.connect()
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    // Not by fetches: those go to other brokers, and say nothing of the group.
    consumer.on(consumer.events.HEARTBEAT, ({ payload }) => {
      this.#lastSign = performance.now()
      this.#generation = payload.groupGenerationId
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#commitOnce = undefined
      // kafkajs itself begins anew after most failures. Not where it finds no coordinator, as in a broker that has just started.
      if (!payload.restart && !this.#stopping) this.#restart = setTimeout(run, RESTART_MS)
    })
    // kafkajs passes a batch of nothing but markers and aborted records silently; we have to know.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0 || payload.firstOffset === null) return
      const { partition, firstOffset, lastOffset, highWatermark } = payload
      const batch = { from: Number(firstOffset), next: Number(lastOffset) + 1, end: Number(highWatermark) }
      onBatch(partition, { ...batch, messages: [] })
    })
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        this.#lastSign = performance.now()
        this.#generation++
        this.#assigned = payload.memberAssignment[topic] ?? []
        onAssigned(new Set(this.#assigned))
        resolve()
      })
    })
    const config: ConsumerRunConfig = {
      autoCommit: false,
      eachBatchAutoResolve: false,
      // None of our batch handlers waits, so a few at once are plenty; kafkajs pays for each at every fetch.
      partitionsConsumedConcurrently: 8,
      eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
        this.#commitOnce = commitOffsetsIfNecessary
        // Where the fetch began: kafkajs has it, its types don't. Without it the first record stands in.
        const from = 'fetchedOffset' in batch ? batch.fetchedOffset : batch.messages[0]?.offset
        const next = Number(batch.lastOffset()) + 1
        const end = Number(batch.highWatermark)
        if (onBatch(batch.partition, { from: Number(from), next, end, messages: batch.messages })) {
          resolveOffset(batch.lastOffset())
        }
      },
    }
    const run = (): void => void consumer.run(config).catch(onCrash)
    run()
    await joined
  }

  /** Milliseconds since the group last answered. */
  get silentMs(): number {
    return performance.now() - this.#lastSign
  }

  /**
   * What the group has committed; the log's start where it has nothing, or what the log doesn't hold (any more: records were
   * deleted by hand, or the topic made anew).
   */
  async committed(partitions: readonly number[]): Promise<Map<number, Commit>> {
    const { topic, groupId, log } = this.#options
    const [group, bounds] = await Promise.all([
      this.#admin.fetchOffsets({ groupId, topics: [topic] }),
      this.#admin.fetchTopicOffsets(topic),
    ])
    const stored = new Map(group[0]?.partitions.map((it) => [it.partition, it]))
    const commits = new Map<number, Commit>()
    for (const { partition, low, high } of bounds) {
      if (!partitions.includes(partition)) continue
      const { offset: text = '-1', metadata } = stored.get(partition) ?? {}
      const offset = Number(text)
      if (offset < Number(low) || offset > Number(high)) {
        if (offset >= 0)
          log.error({ partition, offset, low, high }, 'the log doesn’t hold the committed offset')
        commits.set(partition, { offset: Number(low), finished: [] })
        continue
      }
      const finished = decodeFinished({ topic, partition, offset }, metadata ?? '')
      if (!finished)
        log.warn({ partition, offset, metadata }, 'metadata of a commit is not ours; left unread')
      commits.set(partition, { offset, finished: finished ?? [] })
    }
    return commits
  }

  /**
   * Stores commits by partition, or fails. Once: `consumer.commitOffsets` repeats what failed, also when the group has given the
   * partition to somebody else meanwhile, whose commit it would overwrite.
   */
  async commit(commits: ReadonlyMap<number, Commit>): Promise<void> {
    const { topic } = this.#options
    const partitions = [...commits].map(([partition, { offset, finished }]) => ({
      partition,
      offset: String(offset),
      metadata: encodeFinished({ topic, partition, offset }, finished),
    }))
    if (this.#commitOnce) await this.#commitOnce({ topics: [{ topic, partitions }] })
    else await this.#consumer.commitOffsets(partitions.map((it) => ({ topic, ...it })))
  }

  seek(partition: number, offset: number): void {
    this.#tell(() => this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(offset) }))
  }

  pause(partition: number): void {
    this.#tell(() => this.#consumer.pause([{ topic: this.#options.topic, partitions: [partition] }]))
  }

  resume(partition: number): void {
    this.#tell(() => this.#consumer.resume([{ topic: this.#options.topic, partitions: [partition] }]))
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
    const gone = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
    // Where Kafka is away it doesn't matter any more, and kafkajs goes on trying.
    await Promise.race([gone, delay(LEAVE_LIMIT_MS, undefined, { ref: false })])
  }
}
