/**
 * Where a claim is. `waiting`: looked up, in its key's lane, or between two attempts. `running`: an attempt is on. `finished`:
 * it has a result that is to be recorded. `lost`: somebody else owns its partition, nothing of it counts any more.
 */
export type ClaimState = 'waiting' | 'running' | 'finished' | 'lost'

/** A job between claim and commit. */
export interface Claim<Task> {
  readonly partition: number
  readonly offset: number
  /** Undefined for a keyless job. */
  readonly key: string | undefined
  readonly bytes: number
  /** What says that two records are the same job: a producer that repeats itself puts one into the log twice. */
  readonly id: string | undefined
  /** Claims of the same id that came later: they end with this one. */
  readonly copies: Claim<Task>[]
  /** The ownership of the partition under which it was claimed: what is recorded under an older one is refused. */
  readonly token: number
  /** A former owner ended without a word, and may have been running this one. */
  readonly suspect: boolean
  /** What the record holds, taken apart. */
  readonly task: Task
  /** The attempt that runs or ran last, those of former owners counted; 0 before the first. */
  attempt: number
  /** An owner ended while it ran: nothing else runs beside it, so that it can't take others with it again. */
  alone: boolean
  state: ClaimState
  /** Aborted when the partition is lost or the process must leave. */
  readonly abort: AbortController
}

/** What an attempt came to: a result to record, or another attempt after `againAfterMs`. */
export type Ran<Result> = { readonly result: Result } | { readonly againAfterMs: number }

/** A job that has its result, on the way to being recorded. */
export interface Finished<Task, Result> {
  readonly claim: Claim<Task>
  readonly result: Result
}

/** What is known of a claim beforehand: it has its outcome, or attempts of it were made. */
export type Known = 'settled' | { readonly attempts: number; readonly alone: boolean }
