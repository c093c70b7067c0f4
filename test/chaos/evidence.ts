/** What a chaos run leaves behind, as the stores and the workers' files say it: what invariants are checked on. */

/** A record of the jobs topic. */
export interface LogEntry {
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  readonly value: string | undefined
  /** The header `id`. */
  readonly id: string | undefined
  /** What makes it no job, where it was made so on purpose. */
  readonly poison: string | undefined
}

/** When an attempt ran, as its handler said; ms on the machine's monotonic clock. */
export interface Stamp {
  readonly id: string
  readonly run: string
  readonly pid: number
  readonly start: number
  readonly end: number
}

/** A row of `outcomes`. */
export interface OutcomeRow {
  readonly id: string
  readonly key: string | undefined
  readonly status: string
  readonly partition: number
  readonly offset: number
  readonly worker: string
  /** Numbers of the recorded attempts, in order: those of the last worker. */
  readonly attempts: readonly number[]
  /** What the handler said in each of them, failed ones and the last one. */
  readonly stamps: readonly Stamp[]
}

/** A copy in the topic of dead letters: of which record. */
export interface DeadCopy {
  readonly partition: number
  readonly offset: number
  readonly value: string | undefined
}

/** Aborted: told by the worker to end, before it was done. */
export type RunEnd = 'done' | 'failed' | 'aborted'

/** A run of the handler, from the workers' files. */
export interface Run {
  readonly run: string
  readonly id: string
  readonly key: string | undefined
  readonly seq: number
  readonly pid: number
  readonly attempt: number
  /** Milliseconds, monotonic. */
  readonly start: number
  /** Undefined where the process did not live to see it. */
  readonly end: number | undefined
  readonly how: RunEnd | undefined
}

export interface PartitionState {
  readonly partition: number
  readonly committed: number
  /** The offset after the last record. */
  readonly end: number
}

/** A process at the end of the run, when all is healed and drained. */
export interface ProcessState {
  readonly node: string
  /** Of `/ready`; 0 where nobody answers. */
  readonly status: number
  readonly said: string
}

export interface Evidence {
  /** Ids answered with 202, and the number of the job in the load. */
  readonly accepted: ReadonlyMap<string, number>
  /** Numbers of the jobs whose answer said for certain that they were not published. */
  readonly refused: ReadonlySet<number>
  readonly log: readonly LogEntry[]
  readonly outcomes: readonly OutcomeRow[]
  readonly dead: readonly DeadCopy[]
  readonly runs: readonly Run[]
  readonly partitions: readonly PartitionState[]
  readonly workers: readonly ProcessState[]
  /** How many workers there should be. */
  readonly wanted: number
  readonly master: ProcessState
}
