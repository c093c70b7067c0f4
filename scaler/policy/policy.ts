/** What every scaling policy is: a pure function from what is seen, and what it remembers, to a decision with its reason. */
import type { Decision } from '../../core/events/event.ts'
import type { PartitionLag } from '../../core/kafka/lag.ts'

export type { Decision, PartitionLag }

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
