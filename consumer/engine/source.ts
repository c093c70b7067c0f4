/** The Kafka side of the engine: a consumer group member that hands over batches and tells what it owns. */
import type { Admin, Consumer, Kafka, KafkaMessage } from '../../core/kafka/client.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

/** What one fetch brought of a partition. */
export interface FetchedBatch {
  /** Where the fetch began. */
  readonly from: number
  /** The offset after all it covers: markers and aborted records at its end are not among the messages. */
  readonly next: number
  readonly messages: readonly KafkaMessage[]
}

export interface SourceOptions {
  readonly kafka: Kafka
  readonly topic: string
  readonly groupId: string
  readonly log: Logger
  /** Synchronous, at each join: what this member owns from now on, and whether the group still knew it. */
  readonly onAssigned: (partitions: ReadonlySet<number>, sameMember: boolean) => void
  /** A fetched batch; false refuses it: it is not passed, and will be fetched again. */
  readonly onBatch: (partition: number, batch: FetchedBatch) => boolean
  /** The member is gone for good: the process must be replaced. */
  readonly onCrash: (error: Error) => void
}

/** Heartbeats are sent between fetches, and a fetch waits this long at most: the bound of what a resume waits too. */
const MAX_WAIT_MS = 100

/**
 * A fetched byte of small records becomes some ten in memory, so fetches are small; a larger record batch still comes
 * whole (KIP-74).
 */
const MAX_BYTES_PER_PARTITION = 64 * 1024
const MAX_BYTES = 1024 * 1024

export class Source {
  readonly #options: SourceOptions
  readonly #consumer: Consumer
  readonly #admin: Admin
  #lastSign = Date.now()
  #memberId: string | undefined

  constructor(options: SourceOptions) {
    const { kafka, groupId } = options
    this.#options = options
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 20_000,
      heartbeatInterval: 1_000,
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
    const sign = (): void => {
      this.#lastSign = Date.now()
    }
    consumer.on(consumer.events.HEARTBEAT, sign)
    consumer.on(consumer.events.FETCH, sign)
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) onCrash(payload.error)
    })
    // kafkajs passes a batch of nothing but markers and aborted records silently; we have to know.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0 || payload.firstOffset === null) return
      const { partition, firstOffset, lastOffset } = payload
      onBatch(partition, { from: Number(firstOffset), next: Number(lastOffset) + 1, messages: [] })
    })
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        sign()
        const sameMember = payload.memberId === this.#memberId
        this.#memberId = payload.memberId
        onAssigned(new Set(payload.memberAssignment[topic] ?? []), sameMember)
        resolve()
      })
    })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // None of our batch handlers waits, so a few at once are plenty; kafkajs pays for each at every fetch.
      partitionsConsumedConcurrently: 8,
      eachBatch: async ({ batch, resolveOffset }) => {
        // Where the fetch began: kafkajs has it, its types don't. Without it the first record stands in.
        const from = 'fetchedOffset' in batch ? batch.fetchedOffset : batch.messages[0]?.offset
        const next = Number(batch.lastOffset()) + 1
        if (onBatch(batch.partition, { from: Number(from), next, messages: batch.messages })) {
          resolveOffset(batch.lastOffset())
        }
      },
    })
    await joined
  }

  /** Milliseconds since the group or the log last answered. */
  get silentMs(): number {
    return Date.now() - this.#lastSign
  }

  /** The offsets the group has committed (the log's start where it has none). */
  async committed(partitions: readonly number[]): Promise<Map<number, number>> {
    const { topic, groupId } = this.#options
    const [group, log] = await Promise.all([
      this.#admin.fetchOffsets({ groupId, topics: [topic] }),
      this.#admin.fetchTopicOffsets(topic),
    ])
    const low = new Map(log.map((it) => [it.partition, Number(it.low)]))
    const stored = new Map(group[0]?.partitions.map((it) => [it.partition, Number(it.offset)]))
    return new Map(partitions.map((it) => [it, Math.max(stored.get(it) ?? -1, low.get(it) ?? 0)]))
  }

  /** Stores offsets by partition. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic } = this.#options
    return this.#consumer.commitOffsets(
      [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    )
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
    await Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()])
  }
}
