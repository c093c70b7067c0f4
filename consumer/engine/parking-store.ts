/** What the engine asks the store of parked jobs; partitions by their numbers (`core/kafka/numbering.ts`). */
import type { Subject } from '../../core/limits.ts'
import type { KeyPlace } from './blocked-keys.ts'
import type { LoadedJob } from './claim.ts'

/** A key that has parked jobs in order. */
export interface ParkedKey extends KeyPlace {
  /** Milliseconds until the first of them may run, `Infinity` while a limit holds it. */
  readonly dueInMs: number
  readonly heldBy: Subject | undefined
}

export interface ParkingStore<Task> {
  blocked(partitions: readonly number[]): Promise<readonly ParkedKey[]>
  load(request: ParkingRequest): Promise<ParkingLoad<Task>>
}

export interface ParkingRequest {
  /** Partitions, and how many ms ago all that the log held was claimed: keyed jobs that were due then may join their key's order. */
  readonly partitions: ReadonlyMap<number, number | undefined>
  /** Keys whose first job may run. */
  readonly keys: readonly KeyPlace[]
  /** Jobs of one key at most. */
  readonly perKey: number
  /** Limits with room for more of the keyless jobs that they hold. */
  readonly rooms: ReadonlyMap<Subject, number>
  /** Of those that keep nobody waiting: due within so many ms. */
  readonly withinMs: number
  readonly limit: number
  /** Of their values, in all; one always comes, however large. */
  readonly bytes: number
  /** Keys whose jobs that keep nobody waiting can't be taken at the moment. */
  readonly without: readonly KeyPlace[]
  /** Ids that are here already. */
  readonly except: readonly string[]
}

export interface ParkingLoad<Task> {
  readonly jobs: readonly LoadedJob<Task>[]
  /** There are more, for which `limit` or `bytes` left no room. */
  readonly cut: boolean
  /** Partitions with keyed jobs that are due and may not join their key's order yet. */
  readonly joining: readonly number[]
  /** Milliseconds until the next one is due that keeps nobody waiting. */
  readonly nextInMs: number | undefined
}
