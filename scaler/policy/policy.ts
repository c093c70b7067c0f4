/** What every scaling policy is: a pure function from what is seen, and what it remembers, to a decision with its reason. */
import type { Decision } from '../../core/events/event.ts'
import type { PartitionLag } from '../../core/kafka/lag.ts'

export type { Decision, PartitionLag }

/** What workers tell of a partition that offsets don't. */
export interface PartitionWork {
  readonly topic: string
  readonly partition: number
  /** Jobs that are done beyond the committed offset: lag that is no work any more. */
  readonly finished: number
  /** Jobs that could run at once there: keyless ones each, of a key one. Less than a worker's concurrency: its keys hold it up. */
  readonly parallel: number
}

/** What jobs cost, as the workers tell. */
export interface Workload {
  /** Mean time that a job takes a slot, ms; undefined while none has ended lately. */
  readonly serviceMs: number | undefined
  /** Jobs that a worker runs at once. */
  readonly concurrency: number
  /** Partitions of which there is something to tell; the others are as their offsets have them. */
  readonly partitions: readonly PartitionWork[]
}

export interface Observation {
  /** When the decision is made, milliseconds since the epoch. */
  readonly at: number
  readonly partitions: readonly PartitionLag[]
  /**
   * Parked jobs that are due: lag that the log doesn't show. `unknown`: they can't be counted now. Absent: nobody looks, since there is
   * no trigger for them.
   */
  readonly dueJobs?: number | 'unknown'
  /** Jobs/s that come in. */
  readonly arrivalRate: number
  /** Jobs/s that are finished and committed. */
  readonly drainRate: number
  /** Workers asked for (`spec.replicas` of a Deployment), whether they run already or not. */
  readonly replicas: number
  /** Workers that are Ready: in the group, and at work. Absent: as many as are asked for. */
  readonly ready?: number
  /** Absent: nobody tells. */
  readonly workload?: Workload
}

/** A decision, and the state to give to the next one. */
export interface Step<State> {
  readonly state: State
  readonly decision: Decision
}

/** State is plain data: it can be logged, stored and replayed. */
export interface Policy<State> {
  readonly initial: State
  decide(state: State, observation: Observation): Step<State>
}
