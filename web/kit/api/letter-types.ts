/** What the API answers of dead letters; as types.ts. */
import type { Attempt, JobError } from './types.ts'

export interface DeadLetter {
  readonly id: string
  /** False for a record that is no job. */
  readonly replayable: boolean
  readonly topic: string
  readonly partition: number
  readonly offset?: number | undefined
  readonly type?: string | undefined
  readonly key?: string | undefined
  readonly traceparent?: string | undefined
  readonly error: JobError
  readonly attempts: readonly Attempt[]
  readonly submittedAt?: string | undefined
  readonly diedAt: string
  /** Bytes of its value. */
  readonly size?: number | undefined
}
export interface DeadLetterWithValue extends DeadLetter {
  readonly value?: unknown
  /** Where it is not JSON. */
  readonly valueBase64?: string | undefined
}
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[]
  readonly next?: string | undefined
}
export interface DeadLetterCount {
  readonly total: number
  /** An empty name: records without a type. */
  readonly byType: Readonly<Record<string, number>>
  readonly byCode: Readonly<Record<string, number>>
}
export interface Replayed {
  readonly replayed: number
  readonly skipped: number
  readonly more: boolean
  readonly next?: string | undefined
}
