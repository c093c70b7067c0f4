import type { JobError } from '../core/job.ts'
import { createProducer, type Kafka, type Producer } from '../core/kafka/client.ts'
import type { Place } from '../core/parking.ts'
import type { Claim } from './engine/claim.ts'
import type { Task } from './task.ts'

export interface DeadLetter {
  readonly claim: Claim<Task>
  readonly error: JobError
}

/**
 * Copies of records that ended dead, on their topic: key, value and headers as they were, and headers that say where
 * they came from and why. Durable before the job is recorded as dead; repeated at most, never missing.
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

  async publish(place: Place, { claim, error }: DeadLetter): Promise<void> {
    const { task, offset } = claim
    const headers = {
      ...task.message.headers,
      'dead-topic': place.topic,
      'dead-partition': String(place.partition),
      'dead-offset': String(offset),
      'dead-code': error.code,
      'dead-message': error.message.slice(0, 1_000),
      'dead-attempts': String(task.attempts.length),
      'dead-at': new Date().toISOString(),
    }
    const { key, value } = task.message
    await this.#producer.send({
      topic: this.#topic,
      acks: -1,
      messages: [{ key, value, partition: 0, headers }],
    })
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }
}
