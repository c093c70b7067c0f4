/** What a policy is shown of a simulated installation: what lag, rates and heartbeats would tell of it, as late as they do. */
import { rates } from '../../core/kafka/lag.ts'
import type { Observation, PartitionLag, PartitionWork } from '../policy/policy.ts'
import type { Queues } from './queues.ts'
import type { FleetSettings } from './settings.ts'

/** Time over which rates are measured, ms: as in `core/kafka/lag-monitor.ts`. */
const RATE_WINDOW_MS = 10_000
const TOPIC = 'jobs'
/** The topics of the other priorities: they are read, too, and are empty here. */
const IDLE_TOPICS = ['jobs.high', 'jobs.low']

interface Totals {
  readonly at: number
  readonly arrived: number
  readonly committed: number
}

const sum = (values: Float64Array): number => {
  let total = 0
  for (let at = 0; at < values.length; at++) total += values[at] ?? 0
  return total
}

export class Observer {
  /** Jobs below the commit, by partition. */
  readonly #committed: Float64Array
  readonly #queues: Queues
  readonly #fleet: FleetSettings
  readonly #idle: readonly PartitionLag[]
  /** Of partitions with a hot key: jobs that had come by the beginning of each step. */
  readonly #history: ReadonlyMap<number, number[]>
  readonly #stepMs: number
  #reading: { readonly arrived: Float64Array; readonly committed: Float64Array }
  #totals: readonly Totals[] = []

  constructor(queues: Queues, fleet: FleetSettings, stepMs: number) {
    const { partitions } = queues
    this.#queues = queues
    this.#fleet = fleet
    this.#stepMs = stepMs
    this.#committed = new Float64Array(partitions)
    this.#reading = { arrived: new Float64Array(partitions), committed: new Float64Array(partitions) }
    this.#history = new Map(queues.hotPartitions.map(({ partition }) => [partition, [0]]))
    this.#idle = IDLE_TOPICS.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        endOffset: 0,
        committedOffset: 0,
        lag: 0,
      })),
    )
  }

  /** A step's jobs have come. */
  remember(): void {
    for (const { partition, queue } of this.#queues.hotPartitions) {
      const { arrived } = this.#queues
      this.#history.get(partition)?.push((arrived[partition] ?? 0) + (arrived[queue] ?? 0))
    }
  }

  /** Workers commit what has ended, up to the oldest job that has not: with a hot key that may be far behind others. */
  commit(): void {
    const { served, partitions } = this.#queues
    const before = new Map(
      this.#queues.hotPartitions.map(({ partition }) => [partition, this.#committed[partition] ?? 0]),
    )
    this.#committed.set(served.subarray(0, partitions))
    for (const { partition, queue } of this.#queues.hotPartitions) {
      const ended = (served[partition] ?? 0) + (served[queue] ?? 0)
      const oldest = [partition, queue].flatMap((it) => this.#queues.oldestMs(it) ?? [])
      const reached = oldest.length > 0 ? this.#arrivedBy(partition, Math.min(...oldest)) : ended
      this.#committed[partition] = Math.max(before.get(partition) ?? 0, Math.min(ended, reached))
    }
  }

  /** Lag is read; gives it by partition. */
  read(atMs: number): Float64Array {
    const { partitions, partitionOf, count } = this.#queues
    const arrived = this.#queues.arrived.slice(0, partitions)
    for (let queue = partitions; queue < count; queue++) {
      const partition = partitionOf[queue] ?? 0
      arrived[partition] = (arrived[partition] ?? 0) + (this.#queues.arrived[queue] ?? 0)
    }
    const committed = this.#committed.slice()
    this.#reading = { arrived, committed }
    const kept = [...this.#totals, { at: atMs, arrived: sum(arrived), committed: sum(committed) }]
    const inside = kept.findIndex(({ at }) => at > atMs - RATE_WINDOW_MS)
    this.#totals = kept.slice(Math.max(0, inside - 1))
    return arrived.map((jobs, partition) => Math.max(0, jobs - (committed[partition] ?? 0)))
  }

  /** Jobs in the log that are not committed, now. */
  get lag(): number {
    return Math.max(0, sum(this.#queues.arrived) - sum(this.#committed))
  }

  /** Partitions are made when they are asked for: most looks of a policy at its own pace see none of them. */
  observe(nowMs: number, replicas: number, ready: number): Observation {
    const { concurrency, serviceMs } = this.#fleet
    const partitions = (): PartitionLag[] => [...this.#partitions(), ...this.#idle]
    return {
      at: nowMs,
      get partitions() {
        return partitions()
      },
      ...this.#rates(),
      replicas,
      ready,
      workload: {
        serviceMs: this.#queues.finished > 0 ? serviceMs : undefined,
        concurrency,
        partitions: this.#work(),
      },
    }
  }

  /**
   * Whole jobs: partition `p` has its n-th when what came is n − p / partitions (Hermite's identity: where all have the same, offsets
   * add up to the whole jobs of all).
   */
  #partitions(): PartitionLag[] {
    const { arrived, committed } = this.#reading
    const count = committed.length
    const partitions: PartitionLag[] = []
    for (let partition = 0; partition < count; partition++) {
      const phase = partition / count + 1e-9
      const endOffset = Math.floor((arrived[partition] ?? 0) + phase)
      const committedOffset = Math.min(endOffset, Math.floor((committed[partition] ?? 0) + phase))
      partitions.push({
        topic: TOPIC,
        partition,
        endOffset,
        committedOffset,
        lag: endOffset - committedOffset,
      })
    }
    return partitions
  }

  /** Of partitions with a hot key: of the others offsets tell all. `parallel` as workers have it: where slots are free while a key waits. */
  #work(): PartitionWork[] {
    const { concurrency } = this.#fleet
    const { served } = this.#queues
    return this.#queues.hotPartitions.map(({ partition, queue }) => {
      const others = Math.floor(this.#queues.waiting(partition))
      const ended = (served[partition] ?? 0) + (served[queue] ?? 0)
      return {
        topic: TOPIC,
        partition,
        finished: Math.max(0, Math.floor(ended - (this.#committed[partition] ?? 0))),
        parallel:
          this.#queues.waiting(queue) < 1 || others >= concurrency ? Number.POSITIVE_INFINITY : 1 + others,
      }
    })
  }

  #rates(): { arrivalRate: number; drainRate: number } {
    // One partition that stands for all.
    const readings = this.#totals.map(({ at, arrived, committed }) => ({
      at,
      partitions: [
        {
          topic: TOPIC,
          partition: 0,
          endOffset: arrived,
          committedOffset: committed,
          lag: arrived - committed,
        },
      ],
    }))
    return rates(readings)
  }

  /** Jobs of a partition with a hot key that had come by a time. */
  #arrivedBy(partition: number, atMs: number): number {
    const history = this.#history.get(partition) ?? []
    const at = Math.max(0, atMs / this.#stepMs)
    const step = Math.floor(at)
    const before = history[step] ?? history.at(-1) ?? 0
    return before + ((history[step + 1] ?? before) - before) * (at - step)
  }
}
