/** A job between claim and commit. */
export interface Claim<Task> {
  readonly partition: number
  readonly offset: number
  /** Undefined for a keyless job. */
  readonly key: string | undefined
  readonly bytes: number
  /** What the record holds, taken apart. */
  readonly task: Task
  /** The attempt that runs or ran last; 0 before the first. */
  attempt: number
  /** Aborted when the partition is lost or the process must leave. */
  readonly abort: AbortController
  /** True once somebody else owns the partition: nothing of this claim counts any more. */
  lost: boolean
}

/** What an attempt came to: a result to record, or another attempt after `delayMs`. */
export type Ran<Result> = { readonly result: Result } | { readonly againAfterMs: number }

/** A job that has its result, on the way to being recorded. */
export interface Finished<Task, Result> {
  readonly claim: Claim<Task>
  readonly result: Result
}
