import type { Abort } from './abort.ts'

/**
 * Where a claim is. `waiting`: looked up, in its key's lane, at the gate, or between two attempts. `running`: an attempt is on.
 * `finished`: it has a result that is to be recorded, or is to be parked. `lost`: somebody else owns its partition, nothing of it counts any more.
 */
export type ClaimState = 'waiting' | 'running' | 'finished' | 'lost'

/** A job between claim and commit. */
export interface Claim<Task> {
  /** Its number (`core/kafka/numbering.ts`). */
  readonly partition: number
  /** Of its record; −1 for a job that never was in the log. */
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
  /** It came from the store, where it is kept until it is recorded: its offset counts as done. */
  readonly parked: boolean
  /** It came with others of its key, in their order. */
  readonly inOrder: boolean
  /** Its place among the parked jobs of its key. */
  sequence: number | undefined
  /** What the record holds, taken apart. */
  readonly task: Task
  /** The attempt that runs or ran last, those of former owners counted; 0 before the first. */
  attempt: number
  /** An owner ended while it ran: nothing else runs beside it, so that it can't take others with it again. */
  alone: boolean
  /** It has what its limits demand. */
  permitted: boolean
  state: ClaimState
  /** Aborted when the partition is lost, the job is cancelled or the process must leave. */
  readonly abort: Abort
}

/** What an attempt came to: a result to record, or another attempt after `againAfterMs`. */
export type Ran<Result> = { readonly result: Result } | { readonly againAfterMs: number }

/** A job that has its result, on the way to being recorded. */
export interface Finished<Task, Result> {
  readonly claim: Claim<Task>
  readonly result: Result
}

/** How a job is to be parked. */
export interface Park {
  readonly reason: 'retry' | 'delay' | 'order' | 'limit'
  /** Milliseconds since the epoch; `Infinity` for `order` and `limit`. */
  readonly dueAt: number
  /** The limit that has no room for it. */
  readonly heldBy?: string | undefined
}

/** A job that is to be parked, on the way there. Its place in its key's order is in the claim. */
export interface Parked<Task> {
  readonly claim: Claim<Task>
  readonly park: Park
}

/** What is written in groups. */
export type Ended<Task, Result> = Finished<Task, Result> | Parked<Task>

/** What is known of a claim beforehand: it has its outcome or is parked, or attempts of it were made. */
export type Known = 'settled' | { readonly attempts: number; readonly alone: boolean }

/** A parked job whose time has come, or nearly. */
export interface LoadedJob<Task> {
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  readonly id: string
  readonly bytes: number
  readonly task: Task
  readonly attempt: number
  readonly sequence: number | undefined
  /** Milliseconds until it may run. */
  readonly dueInMs: number
}
