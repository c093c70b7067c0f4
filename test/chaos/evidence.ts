/** What a chaos run leaves behind, as the stores and the workers' files say it: what invariants are checked on. */

/** Where a record lies, or would: each priority has a topic of its own. */
export interface Place {
  readonly topic: string
  readonly partition: number
  /** Undefined for what never was in the log. */
  readonly offset: number | undefined
}

/** A record of a jobs topic. */
export interface LogEntry extends Place {
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
export interface OutcomeRow extends Place {
  readonly id: string
  readonly key: string | undefined
  readonly status: string
  /** Undefined of a job that was cancelled before it ran. */
  readonly worker: string | undefined
  readonly hasResult: boolean
  /** Numbers of the recorded attempts, in order. Some may be missing: those of a worker that left or ended before it wrote them. */
  readonly attempts: readonly number[]
  /** What the handler said in each of them, failed ones and the last one. */
  readonly stamps: readonly Stamp[]
}

/** A copy in the topic of dead letters: of which record. */
export interface DeadCopy extends Place {
  readonly value: string | undefined
}

/** A row of `dead_letters`. */
export interface Letter extends Place {
  /** The job's; a random one for what is no job. */
  readonly id: string
  readonly replayable: boolean
  readonly value: string | undefined
}

/** A row of `parked`. */
export interface ParkedRow extends Place {
  readonly id: string
  readonly key: string | undefined
  readonly reason: string
}

/**
 * What came of a request to cancel a job: 200, 409, 404; or an answer, or none, that leaves it open.
 * `at`: when the answer came, ms on the machine's monotonic clock.
 */
export interface Cancel {
  readonly answer: 'cancelled' | 'too late' | 'not found' | 'unclear'
  readonly at: number
}

/** What came of a request to replay a dead letter: 202; 404 or 409; or anything that leaves it open. */
export type Replay = 'replayed' | 'refused' | 'unclear'

/** A schedule as it was in the run. Times are milliseconds since the epoch, by the database's clock. */
export interface Ticking {
  readonly name: string
  readonly everyMs: number
  /** A time that is a tick, or would be. */
  readonly origin: number
  /** Its ticks are after this… */
  readonly from: number
  /** …and up to this: then it was paused. */
  readonly until: number
  /** Its runs follow each other. */
  readonly queues: boolean
  /** The number of the attempt that succeeds. */
  readonly attempts: number
}

/** A row of `schedule_ticks`. */
export interface TickRow {
  readonly schedule: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly jobId: string | undefined
  readonly skipped: string | undefined
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
  readonly topic: string
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
  readonly letters: readonly Letter[]
  readonly parked: readonly ParkedRow[]
  /** By id. */
  readonly cancels: ReadonlyMap<string, Cancel>
  readonly replays: ReadonlyMap<string, Replay>
  readonly schedules: readonly Ticking[]
  readonly ticks: readonly TickRow[]
  readonly runs: readonly Run[]
  /** What the monotonic clock is behind the time since the epoch, ms. */
  readonly epochMs: number
  readonly partitions: readonly PartitionState[]
  readonly workers: readonly ProcessState[]
  /** How many workers there should be. */
  readonly wanted: number
  readonly masters: readonly ProcessState[]
}
