import { setTimeout as delay } from 'node:timers/promises'
import { createProducer, type Kafka, type Producer } from '../kafka/client.ts'
import { SerialLoop } from '../serial-loop.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { FleetEvent } from './event.ts'

/** Events waiting for the broker at most; beyond it the oldest are dropped: they are news, not truth. */
const MAX_WAITING = 1_000

const STOP_LIMIT_MS = 2_000

/** Sends fleet events without ever holding up the sender: what arrives together leaves together, one request at a time. */
export class EventPublisher {
  readonly #producer: Producer
  readonly #topic: string
  readonly #log: Logger
  #waiting: FleetEvent[] = []
  readonly #sending = new SerialLoop(() => this.#drain())
  #failure: unknown

  constructor(kafka: Kafka, topic: string, log: Logger) {
    this.#producer = createProducer(kafka, { retries: 1 })
    this.#topic = topic
    this.#log = log
  }

  connect(): Promise<void> {
    return this.#producer.connect()
  }

  publish(event: FleetEvent): void {
    this.#waiting.push(event)
    if (this.#waiting.length > MAX_WAITING) this.#waiting.splice(0, this.#waiting.length - MAX_WAITING)
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

  async #drain(): Promise<void> {
    // Yielding once lets the events of one tick share a request.
    await undefined
    while (this.#waiting.length > 0) {
      const events = this.#waiting
      this.#waiting = []
      try {
        await this.#producer.send({
          topic: this.#topic,
          acks: 1,
          timeout: 2_000,
          messages: events.map((event) => ({ value: JSON.stringify(event), partition: 0 })),
        })
        this.#failure = undefined
      } catch (error) {
        if (this.#failure === undefined) this.#log.warn({ err: error }, 'fleet events can’t be sent')
        this.#failure = error
      }
    }
  }
}
