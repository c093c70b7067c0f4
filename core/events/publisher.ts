import { setTimeout as delay } from 'node:timers/promises'
import { createBatchProducer, type Kafka, type Producer } from '../kafka/client.ts'
import { SerialLoop } from '../serial-loop.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { FleetEvent } from './event.ts'

/** Events waiting for the broker at most; beyond it the oldest are dropped: they are news, not truth. */
const MAX_WAITING = 1_000
const MAX_WAITING_BYTES = 16_000_000
/** Of a request, which is one record batch: the broker takes 1 MiB of it. */
const MAX_BATCH_BYTES = 700_000

const STOP_LIMIT_MS = 2_000

/** Sends fleet events without ever holding up the sender: what arrives together leaves together, one request at a time. */
export class EventPublisher {
  readonly #producer: Producer
  readonly #topic: string
  readonly #log: Logger
  #waiting: Buffer[] = []
  #waitingBytes = 0
  readonly #sending = new SerialLoop(() => this.#drain())
  #failure: unknown

  constructor(kafka: Kafka, topic: string, log: Logger) {
    this.#producer = createBatchProducer(kafka, { retries: 1 })
    this.#topic = topic
    this.#log = log
  }

  connect(): Promise<void> {
    return this.#producer.connect()
  }

  publish(event: FleetEvent): void {
    const value = Buffer.from(JSON.stringify(event))
    this.#waiting.push(value)
    this.#waitingBytes += value.length
    while (this.#waiting.length > MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) this.#shift()
    this.#sending.poke()
  }

  /** Why the last events could not be sent, if so. */
  get failure(): unknown {
    return this.#failure
  }

  /** Sends what waits, then disconnects. Not for long: where Kafka is away nobody hears it anyway. */
  async stop(): Promise<void> {
    const done = this.#sending.idle().then(() => this.#producer.disconnect())
    await Promise.race([done, delay(STOP_LIMIT_MS, undefined, { ref: false })])
  }

  #shift(): Buffer | undefined {
    const value = this.#waiting.shift()
    this.#waitingBytes -= value?.length ?? 0
    return value
  }

  /** The oldest that fit into one request. */
  #next(): Buffer[] {
    const values: Buffer[] = []
    let bytes = 0
    for (let value = this.#waiting[0]; value; value = this.#waiting[0]) {
      bytes += value.length
      if (values.length > 0 && bytes > MAX_BATCH_BYTES) break
      values.push(value)
      this.#shift()
    }
    return values
  }

  async #drain(): Promise<void> {
    // Yielding once lets the events of one tick share a request.
    await undefined
    while (this.#waiting.length > 0) {
      const values = this.#next()
      try {
        await this.#producer.send({
          topic: this.#topic,
          acks: 1,
          timeout: 2_000,
          messages: values.map((value) => ({ value, partition: 0 })),
        })
        this.#failure = undefined
      } catch (error) {
        if (this.#failure === undefined) this.#log.warn({ err: error }, 'fleet events can’t be sent')
        this.#failure = error
      }
    }
  }
}
