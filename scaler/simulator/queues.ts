/**
 * What waits in each partition: a queue of jobs that overlap freely, and one more for a hot key, whose jobs run one at a time. A job can
 * end a service time after it came: until then it is on its way.
 */
import { Cohorts } from './cohorts.ts'
import { HELD_BACK_JOBS, type HotKey } from './settings.ts'
import type { WaitHistogram } from './waiting.ts'

const NONE = -1
/** What of a job is none: amounts are sums of parts. */
const DUST = 1e-9

export class Queues {
  readonly partitions: number
  readonly count: number
  /** By queue: those of partitions by their number, then those of hot keys. */
  readonly partitionOf: Int32Array
  readonly arrived: Float64Array
  readonly served: Float64Array
  /** Longest wait of a job, to the end of its step, ms: of queues of partitions, and of hot keys. */
  readonly longestMs = { shared: 0, serial: 0 }
  /** Jobs that came at least a service time ago. */
  readonly #ripe: Float64Array
  readonly #cohorts: Cohorts
  /** What came in the last steps, newest last: not ripe yet. */
  readonly #young: Float64Array[] = []
  /** Work that was lost with its worker, jobs. */
  readonly #rework: Float64Array
  /** Of hot keys: jobs that may end now. */
  readonly #tokens: Float64Array
  /** By partition: the queue of its hot key, or none. */
  readonly #hotQueueOf: Int32Array
  readonly #stepMs: number
  readonly #serviceMs: number
  #finished = 0

  constructor(partitions: number, hotKeys: readonly HotKey[], serviceMs: number, stepMs: number) {
    const count = partitions + hotKeys.length
    this.partitions = partitions
    this.count = count
    this.#serviceMs = serviceMs
    this.#stepMs = stepMs
    this.partitionOf = Int32Array.from({ length: count }, (_, queue) =>
      queue < partitions ? queue : (hotKeys[queue - partitions]?.partition ?? 0),
    )
    this.arrived = new Float64Array(count)
    this.served = new Float64Array(count)
    this.#ripe = new Float64Array(count)
    this.#rework = new Float64Array(count)
    this.#tokens = new Float64Array(count).fill(1)
    this.#cohorts = new Cohorts(count)
    this.#hotQueueOf = new Int32Array(partitions).fill(NONE)
    for (const [index, { partition }] of hotKeys.entries()) this.#hotQueueOf[partition] = partitions + index
  }

  isSerial(queue: number): boolean {
    return queue >= this.partitions
  }

  /** Partitions that have a hot key, with its queue. */
  get hotPartitions(): readonly { readonly partition: number; readonly queue: number }[] {
    return Array.from(this.partitionOf.subarray(this.partitions), (partition, index) => ({
      partition,
      queue: this.partitions + index,
    }))
  }

  /** Jobs come in a step, by queue; those that came a service time before its end get ripe; a hot key's slot runs on. */
  advance(step: number, jobs: Float64Array): void {
    this.#young.push(jobs.slice())
    for (let queue = 0; queue < this.count; queue++) {
      this.arrived[queue] = (this.arrived[queue] ?? 0) + (jobs[queue] ?? 0)
    }
    // The window of arrivals that ripens in this step lies across two steps: the older one's rest, and the younger one's beginning.
    const whole = Math.floor(this.#serviceMs / this.#stepMs)
    const share = this.#serviceMs / this.#stepMs - whole
    const younger = this.#young.at(-1 - whole)
    const older = share > 0 ? this.#young.at(-2 - whole) : undefined
    if (younger || older) {
      for (let queue = 0; queue < this.count; queue++) {
        const ripe = (younger?.[queue] ?? 0) * (1 - share) + (older?.[queue] ?? 0) * share
        if (ripe <= 0) continue
        this.#cohorts.add(queue, step, ripe)
        this.#ripe[queue] = (this.#ripe[queue] ?? 0) + ripe
      }
    }
    if (this.#young.length > whole + 1) this.#young.shift()
    const gained = this.#stepMs / this.#serviceMs
    for (let queue = this.partitions; queue < this.count; queue++) {
      this.#tokens[queue] = Math.min(Math.max(1, gained), (this.#tokens[queue] ?? 0) + gained)
    }
  }

  /** Jobs that could end in this step if there were slots enough. */
  demand(queue: number): number {
    const ripe = (this.#ripe[queue] ?? 0) - (this.served[queue] ?? 0)
    const jobs = Math.max(0, ripe) + (this.#rework[queue] ?? 0)
    if (queue >= this.partitions) return Math.min(jobs, this.#tokens[queue] ?? 0)
    const hot = this.#hotQueueOf[queue] ?? NONE
    if (hot === NONE) return jobs
    // A worker looks only so far past a hot key: what came after the last jobs of it that are held back waits, too.
    const beyond = this.waiting(hot) - HELD_BACK_JOBS
    if (beyond <= 0) return jobs
    const later = (beyond * (this.arrived[queue] ?? 0)) / (this.arrived[hot] ?? 1)
    return Math.max(0, Math.min(jobs, this.waiting(queue) - later))
  }

  /** Jobs that have come and not ended. */
  waiting(queue: number): number {
    return Math.max(0, (this.arrived[queue] ?? 0) - (this.served[queue] ?? 0))
  }

  /** Work was lost: it is done again before anything else of the queue ends. */
  redo(queue: number, jobs: number): void {
    this.#rework[queue] = (this.#rework[queue] ?? 0) + Math.min(jobs, this.demand(queue))
  }

  /** Ends jobs of a queue, oldest first, in a step. */
  serve(queue: number, jobs: number, step: number, waits: WaitHistogram): void {
    if (this.isSerial(queue)) this.#tokens[queue] = (this.#tokens[queue] ?? 0) - jobs
    const lost = this.#rework[queue] ?? 0
    const again = Math.min(lost, jobs)
    if (again > 0) this.#rework[queue] = lost - again
    const ends = jobs - again
    if (ends <= 0) return
    this.#noteLongest(queue, step + 1)
    // Jobs of a step ended in its middle, on average; those that got ripe within it did not wait.
    this.#cohorts.take(queue, ends, (part, from, to, middle) => {
      const steps = to >= step ? 0 : step - 0.5 - (from - 1 + middle * (to - from + 1))
      waits.add(Math.max(0, steps) * this.#stepMs, part)
    })
    this.served[queue] = (this.served[queue] ?? 0) + ends
    this.#finished += ends
  }

  /** Jobs that have ended. */
  get finished(): number {
    return this.#finished
  }

  /** When the oldest job that has not ended came, ms; that of one that is not ripe is not told. */
  oldestMs(queue: number): number | undefined {
    const steps = this.waiting(queue) > DUST ? this.#cohorts.oldest(queue) : undefined
    return steps === undefined ? undefined : steps * this.#stepMs - this.#serviceMs
  }

  /** When the step began in which the oldest job that has not ended came, ms: no job of the queue that came before it waits. */
  doneUntilMs(queue: number): number | undefined {
    const steps = this.waiting(queue) > DUST ? this.#cohorts.oldest(queue) : undefined
    return steps === undefined ? undefined : Math.floor(steps) * this.#stepMs - this.#serviceMs
  }

  /** The longest waits, with those of jobs that have not ended by the end of the run. */
  longestUntil(steps: number): { readonly shared: number; readonly serial: number } {
    for (let queue = 0; queue < this.count; queue++) this.#noteLongest(queue, steps)
    return this.longestMs
  }

  /** Of the oldest job, should it end by the beginning of a step. */
  #noteLongest(queue: number, step: number): void {
    const oldest = this.doneUntilMs(queue)
    if (oldest === undefined) return
    const waitMs = step * this.#stepMs - this.#serviceMs - oldest
    const of = this.isSerial(queue) ? 'serial' : 'shared'
    if (waitMs > this.longestMs[of]) this.longestMs[of] = waitMs
  }
}
