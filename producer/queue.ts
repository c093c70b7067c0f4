import { epochOf } from '../core/job-id.ts'
import type { Admin, Kafka } from '../core/kafka/client.ts'
import { type LagReading, ofTopic } from '../core/kafka/lag.ts'
import { LagMonitor } from '../core/kafka/lag-monitor.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import { type Located, locate } from './fleet/locate.ts'
import type { PublisherMetrics } from './publish/metrics.ts'
import { Publisher, type PublisherOptions } from './publish/publisher.ts'

/** Epoch in the ids of control jobs: it tells their topic from the jobs topics, whose epochs are below it. */
export const CONTROL_EPOCH = epochOf(3, 63)

/** A position is told by a reading of lag no older than this. */
const FRESH_MS = 200

/** A topic that jobs are published to, and what is known of those that wait in it. */
export interface Queue {
  readonly publisher: Publisher
  readonly topic: string
  readonly epoch: number
  /** Where a job waits, by its id and, if known, its offset; undefined where it does not. */
  locate(id: string, knownOffset?: number): Promise<Located | undefined>
}

export interface QueuesOptions extends Omit<PublisherOptions, 'log' | 'topic' | 'epoch' | 'waitingBytes'> {
  readonly groupId: string
  readonly topics: readonly { readonly topic: string; readonly epoch: number }[]
}

/** The topics that one consumer group reads: their lag is read together, each second. */
export class Queues {
  readonly all: readonly Queue[]
  readonly monitor: LagMonitor
  readonly #admin: Admin
  readonly #timer: NodeJS.Timeout

  constructor(kafka: Kafka, options: QueuesOptions, metrics: PublisherMetrics, log: Logger) {
    const { topics, groupId, ...rest } = options
    this.#admin = kafka.admin({ retry: { retries: 2 } })
    this.monitor = new LagMonitor(
      this.#admin,
      groupId,
      topics.map(({ topic }) => topic),
      log,
    )
    const waitingBytes = (): number => this.all.reduce((sum, it) => sum + it.publisher.waitingBytes, 0)
    this.all = topics.map(({ topic, epoch }) => ({
      topic,
      epoch,
      publisher: new Publisher({ ...rest, topic, epoch, waitingBytes, log }, metrics),
      locate: (id, knownOffset) => this.#locate(topic, epoch, id, knownOffset),
    }))
    this.#timer = setInterval(() => this.#observe(), 1_000)
    this.#timer.unref()
  }

  async start(): Promise<void> {
    await this.#admin.connect()
    await Promise.all(this.all.map(({ publisher }) => publisher.start()))
    await this.monitor.start()
    this.#observe()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.monitor.stop()
    await Promise.all(this.all.map(({ publisher }) => publisher.stop()))
    await this.#admin.disconnect()
  }

  /** @throws RangeError for a topic that is none of these */
  of(topic: string): Queue {
    const queue = this.all.find((it) => it.topic === topic)
    if (!queue) throw new RangeError(`${topic} is none of these queues`)
    return queue
  }

  /** Why Kafka can't be reached, while it can't. */
  get failure(): unknown {
    const failed = this.all.find(({ publisher }) => publisher.failure !== undefined)
    return failed?.publisher.failure ?? this.monitor.failure
  }

  async #locate(
    topic: string,
    epoch: number,
    id: string,
    knownOffset: number | undefined,
  ): Promise<Located | undefined> {
    if (Date.now() - (this.monitor.latest?.at ?? 0) > FRESH_MS) await this.monitor.refresh()
    const readings = (): readonly LagReading[] => this.monitor.readings.map((it) => ofTopic(it, topic))
    const endOf = (partition: number): number => readings().at(-1)?.partitions[partition]?.endOffset ?? 0
    const offsetAt = async (partition: number, timestamp: number): Promise<number | undefined> => {
      const offsets = await this.#admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
      const offset = Number(offsets.find((it) => it.partition === partition)?.offset ?? -1)
      // Without a record that late kafkajs answers with the end of the log, where there is no record either.
      if (offset < 0) return undefined
      if (offset < endOf(partition)) return offset
      await this.monitor.refresh()
      return offset < endOf(partition) ? offset : undefined
    }
    return locate(id, { readings: readings(), epoch, offsetAt, knownOffset })
  }

  #observe(): void {
    const { latest } = this.monitor
    if (latest) for (const { publisher, topic } of this.all) publisher.observe(ofTopic(latest, topic))
  }
}
