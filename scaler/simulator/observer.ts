/** What a policy is shown of a simulated installation: what lag, rates and heartbeats would tell of it, as late as they do. */
import { rates } from '../../core/kafka/lag.ts'
import type { Observation, PartitionLag, PartitionWork } from '../policy/policy.ts'
import type { Arrivals } from './arrivals.ts'
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

/** One reading: positions, on the curve of arrivals, of the end of the log and of each partition's commit. */
interface Reading {
  readonly end: number
  readonly committed: Float64Array
}

export class Observer {
  /** By partition, as last committed. */
  readonly #committed: Float64Array
  readonly #queues: Queues
  readonly #arrivals: Arrivals
  readonly #fleet: FleetSettings
  /** A partition's share of all jobs. */
  readonly #share: Float64Array
  readonly #idle: readonly PartitionLag[]
  #reading: Reading
  #totals: readonly Totals[] = []

  constructor(queues: Queues, arrivals: Arrivals, fleet: FleetSettings) {
    const { partitions } = queues
    this.#queues = queues
    this.#arrivals = arrivals
    this.#fleet = fleet
    this.#committed = new Float64Array(partitions)
    this.#reading = { end: 0, committed: new Float64Array(partitions) }
    this.#idle = IDLE_TOPICS.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        endOffset: 0,
        committedOffset: 0,
        lag: 0,
      })),
    )
    this.#share = new Float64Array(partitions)
    for (const [queue, partition] of queues.partitionOf.entries()) {
      this.#share[partition] = (this.#share[partition] ?? 0) + (queues.share[queue] ?? 0)
    }
  }

  /** Workers commit what has ended. */
  commit(): void {
    this.#queues.commitInto(this.#committed)
  }

  /** Lag is read. */
  read(atMs: number): void {
    const end = this.#arrivals.by(atMs)
    this.#reading = { end, committed: this.#committed.slice() }
    const totals = { at: atMs, arrived: end, committed: this.#sum(this.#committed) }
    const kept = [...this.#totals, totals]
    const inside = kept.findIndex(({ at }) => at > atMs - RATE_WINDOW_MS)
    this.#totals = kept.slice(Math.max(0, inside - 1))
  }

  /** Jobs in the log that are not committed, now. */
  lag(nowMs: number): number {
    return Math.max(0, this.#arrivals.by(nowMs) - this.#sum(this.#committed))
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
        serviceMs: this.#totals.some(({ committed }) => committed > 0) ? serviceMs : undefined,
        concurrency,
        partitions: this.#work(nowMs),
      },
    }
  }

  /**
   * Whole jobs: partition `p` has its n-th when its share of all comes to n − p / partitions (Hermite's identity: with equal
   * shares offsets then add up to the whole jobs of all).
   */
  #partitions(): PartitionLag[] {
    const { end, committed } = this.#reading
    const count = committed.length
    const partitions: PartitionLag[] = []
    for (let partition = 0; partition < count; partition++) {
      const share = this.#share[partition] ?? 0
      const phase = partition / count + 1e-9
      const endOffset = Math.floor(share * end + phase)
      const committedOffset = Math.min(endOffset, Math.floor(share * (committed[partition] ?? 0) + phase))
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
  #work(nowMs: number): PartitionWork[] {
    const { share, position } = this.#queues
    const end = this.#arrivals.by(nowMs)
    const { committed } = this.#reading
    const { concurrency } = this.#fleet
    return this.#queues.hotPartitions.map(({ partition, queue: hot }) => {
      const from = committed[partition] ?? 0
      const beyond = (queue: number): number =>
        (share[queue] ?? 0) * Math.max(0, (position[queue] ?? 0) - from)
      const waiting = (queue: number): number =>
        (share[queue] ?? 0) * Math.max(0, end - (position[queue] ?? 0))
      const others = Math.floor(waiting(partition))
      return {
        topic: TOPIC,
        partition,
        finished: Math.floor(beyond(partition) + beyond(hot)),
        parallel: waiting(hot) < 1 || others >= concurrency ? Number.POSITIVE_INFINITY : 1 + others,
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

  #sum(positions: Float64Array): number {
    let jobs = 0
    for (let partition = 0; partition < positions.length; partition++) {
      jobs += (this.#share[partition] ?? 0) * (positions[partition] ?? 0)
    }
    return jobs
  }
}
