import type { Admin, Kafka } from '../core/kafka/client.ts'
import { LagMonitor } from '../core/kafka/lag-monitor.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import { type Located, locate } from './fleet/locate.ts'
import type { PublisherMetrics } from './publish/metrics.ts'
import { Publisher, type PublisherOptions } from './publish/publisher.ts'

/** Epoch in the ids of control jobs: it tells their topic from the jobs topic, whose epochs are below it. */
export const CONTROL_EPOCH = 255

/** A position is told by a reading of lag no older than this. */
const FRESH_MS = 200

export interface QueueOptions extends Omit<PublisherOptions, 'log'> {
  readonly groupId: string
}

/** A topic that jobs are published to, and what is known of those that wait in it. */
export class Queue {
  readonly publisher: Publisher
  readonly monitor: LagMonitor
  readonly epoch: number
  readonly #admin: Admin
  readonly #topic: string
  readonly #timer: NodeJS.Timeout

  constructor(kafka: Kafka, options: QueueOptions, metrics: PublisherMetrics, log: Logger) {
    const { topic, groupId, epoch } = options
    this.epoch = epoch
    this.#topic = topic
    this.#admin = kafka.admin({ retry: { retries: 2 } })
    this.publisher = new Publisher({ ...options, log }, metrics)
    this.monitor = new LagMonitor(this.#admin, groupId, topic, log)
    this.#timer = setInterval(() => this.#observe(), 1_000)
    this.#timer.unref()
  }

  async start(): Promise<void> {
    await this.#admin.connect()
    await this.publisher.start()
    await this.monitor.start()
    this.#observe()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.monitor.stop()
    await this.publisher.stop()
    await this.#admin.disconnect()
  }

  /** Where a job waits, by its id and, if known, its offset; undefined where it does not. */
  async locate(id: string, knownOffset?: number): Promise<Located | undefined> {
    if (Date.now() - (this.monitor.latest?.at ?? 0) > FRESH_MS) await this.monitor.refresh()
    const offsetAt = async (partition: number, timestamp: number): Promise<number | undefined> => {
      const offsets = await this.#admin.fetchTopicOffsetsByTimestamp(this.#topic, timestamp)
      const offset = Number(offsets.find((it) => it.partition === partition)?.offset ?? -1)
      // Without a record that late kafkajs answers with the end of the log, where there is no record either.
      const end = this.monitor.latest?.partitions[partition]?.endOffset ?? 0
      if (offset < 0) return undefined
      if (offset < end) return offset
      await this.monitor.refresh()
      return offset < (this.monitor.latest?.partitions[partition]?.endOffset ?? 0) ? offset : undefined
    }
    return locate(id, { readings: this.monitor.readings, epoch: this.epoch, offsetAt, knownOffset })
  }

  #observe(): void {
    const { latest } = this.monitor
    if (latest) this.publisher.observe(latest)
  }
}
