import type { JobError } from '../core/job.ts'
import { createProducer, type Kafka, type Producer } from '../core/kafka/client.ts'
import type { Claim } from './engine/claim.ts'
import type { Task } from './work.ts'

export interface DeadLetter {
  readonly claim: Claim<Task>
  readonly error: JobError
}

/** Bytes of one request: one partition's record batch, below the topic's `max.message.bytes`. */
const MAX_REQUEST_BYTES = 1_000_000

const inRequests = (letters: readonly DeadLetter[]): DeadLetter[][] => {
  const groups: DeadLetter[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const letter of letters) {
    const size = letter.claim.bytes + JSON.stringify(letter.error).length
    if (bytes + size > MAX_REQUEST_BYTES) {
      groups.push([])
      bytes = 0
    }
    bytes += size
    groups.at(-1)?.push(letter)
  }
  return groups
}

/**
 * Copies of records that ended dead, on their topic: key, value and headers as they were, and headers that say where
 * they came from and why. Durable before the job's offset is committed; repeated at most, never missing.
 */
export class DeadLetters {
  readonly #producer: Producer
  readonly #topic: string

  constructor(kafka: Kafka, topic: string) {
    this.#producer = createProducer(kafka, { retries: 5 })
    this.#topic = topic
  }

  connect(): Promise<void> {
    return this.#producer.connect()
  }

  async publish(sourceTopic: string, letters: readonly DeadLetter[]): Promise<void> {
    for (const group of inRequests(letters)) await this.#send(sourceTopic, group)
  }

  async #send(sourceTopic: string, letters: readonly DeadLetter[]): Promise<void> {
    await this.#producer.send({
      topic: this.#topic,
      acks: -1,
      messages: letters.map(({ claim: { task, partition, offset }, error }) => ({
        key: task.message.key,
        value: task.message.value,
        partition: 0,
        headers: {
          ...task.message.headers,
          'dead-topic': sourceTopic,
          'dead-partition': String(partition),
          'dead-offset': String(offset),
          'dead-code': error.code,
          'dead-message': error.message.slice(0, 1_000),
          'dead-attempts': String(task.attempts.length),
          'dead-at': new Date().toISOString(),
        },
      })),
    })
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }
}
