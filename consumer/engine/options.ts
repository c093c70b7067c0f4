/** What the engine is told: where jobs come from, and what to do with them. */
import type { Kafka } from '../../core/kafka/client.ts'
import type { LogRecord } from '../../core/kafka/log-records.ts'
import type { OwnershipStore } from '../../core/ownership.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import type { Claim, Ended, Known, Ran } from './claim.ts'
import type { GateStore } from './gate.ts'
import type { ParkingStore } from './parking-store.ts'
import type { WindowLimits } from './window.ts'

export interface EngineOptions<Task, Result> {
  readonly kafka: Kafka
  /** A partition is told by its number in this order of them (`core/kafka/numbering.ts`). */
  readonly topics: readonly string[]
  /** Of each topic: of so many starts while jobs of all wait, so many are its jobs'. */
  readonly weights: readonly number[]
  readonly groupId: string
  readonly limits: WindowLimits
  /** Jobs that run at once. */
  readonly concurrency: number
  /** How long running jobs of a partition that goes to another worker may take to end, in milliseconds. */
  readonly drainMs: number
  readonly ownership: OwnershipStore
  readonly log: Logger
  /** Takes a record apart; never throws (what can't be read is a task that says so). */
  readonly decode: (record: LogRecord) => Task
  /** What says that two records are the same job; undefined for one that is like no other. */
  readonly idOf: (task: Task) => string | undefined
  /** Whether it is a job that may wait in the store; what is none runs at once. */
  readonly mayPark: (task: Task) => boolean
  /** Milliseconds until a job may run for the first time; 0 or less: now. */
  readonly delayOf: (task: Task) => number
  /** What is known of these: those that have their outcome don't run. Repeated while it throws. */
  readonly lookUp: (claims: readonly Claim<Task>[]) => Promise<ReadonlyMap<Claim<Task>, Known>>
  /** Runs one attempt. Never throws: a failure is a result or another attempt. */
  readonly run: (claim: Claim<Task>) => Promise<Ran<Result>>
  /**
   * Makes results, and what is parked, durable where the claim's token is the partition's, all or none; resolves to those whose
   * token was not. Repeated while it throws.
   */
  readonly record: (ended: readonly Ended<Task, Result>[]) => Promise<ReadonlySet<Ended<Task, Result>>>
  readonly parking: ParkingStore<Task>
  readonly gate: GateStore<Task>
  /** Makes known to the next owner what attempts were made of these. Repeated while it throws. */
  readonly handOver: (claims: readonly Claim<Task>[]) => Promise<void>
  /** Bytes of a result, for the bounds of what waits to be recorded. */
  readonly sizeOf?: (result: Result) => number
  readonly onRecorded?: (ended: readonly Ended<Task, Result>[]) => void
  /** A claim was given up: its partition is somebody else's. */
  readonly onLost?: (claim: Claim<Task>) => void
  readonly onCrash: (error: Error) => void
}
