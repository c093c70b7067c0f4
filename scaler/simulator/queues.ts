/**
 * What waits in each partition: a queue of jobs that overlap freely, and one more for a hot key, whose jobs run one at a time.
 * State is a position on the curve of arrivals (`arrivals.ts`): all jobs of the queue below it are done.
 */
import type { Arrivals } from './arrivals.ts'
import { HELD_BACK_JOBS, type HotKey } from './settings.ts'
import type { WaitHistogram } from './waiting.ts'

const NONE = -1

export class Queues {
  /** Queue `p` is partition `p`'s; those of hot keys follow. */
  readonly partitionOf: Int32Array
  /** Of all jobs. */
  readonly share: Float64Array
  readonly position: Float64Array
  /** Work that was lost with its worker, jobs. */
  readonly #rework: Float64Array
  readonly partitions: number
  readonly count: number
  /** Longest wait of a job, to the end of its step, ms: of queues of partitions, and of hot keys. */
  readonly longestMs = { shared: 0, serial: 0 }
  readonly #arrivals: Arrivals
  readonly #head: Int32Array
  /** Of hot keys: jobs that may end now. */
  readonly #tokens: Float64Array
  /** By partition: the queue of its hot key, or none. */
  readonly #hotQueueOf: Int32Array
  #finished = 0
  readonly #serviceMs: number

  constructor(arrivals: Arrivals, partitions: number, hotKeys: readonly HotKey[], serviceMs: number) {
    const count = partitions + hotKeys.length
    const hot = hotKeys.reduce((sum, { share }) => sum + share, 0)
    this.#arrivals = arrivals
    this.partitions = partitions
    this.count = count
    this.#serviceMs = serviceMs
    this.partitionOf = Int32Array.from({ length: count }, (_, queue) =>
      queue < partitions ? queue : (hotKeys[queue - partitions]?.partition ?? 0),
    )
    this.share = Float64Array.from({ length: count }, (_, queue) =>
      queue < partitions ? (1 - hot) / partitions : (hotKeys[queue - partitions]?.share ?? 0),
    )
    this.position = new Float64Array(count)
    this.#rework = new Float64Array(count)
    this.#head = new Int32Array(count)
    this.#tokens = new Float64Array(count).fill(1)
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

  /** A hot key's slot runs on: one job a service time, and one at once after an idle one. */
  refill(stepMs: number): void {
    const gained = stepMs / this.#serviceMs
    for (let queue = this.partitions; queue < this.count; queue++) {
      this.#tokens[queue] = Math.min(Math.max(1, gained), (this.#tokens[queue] ?? 0) + gained)
    }
  }

  /** Jobs that could end in this step if there were slots enough; `ripe` is the position of jobs that came a service time ago. */
  demand(queue: number, ripe: number): number {
    const share = this.share[queue] ?? 0
    let until = ripe
    if (queue < this.partitions) {
      const hot = this.#hotQueueOf[queue] ?? NONE
      // A worker looks only so far past a hot key.
      if (hot !== NONE) {
        const hotShare = this.share[hot] ?? 1
        until = Math.min(ripe, (this.position[hot] ?? 0) + HELD_BACK_JOBS / hotShare)
      }
    }
    const jobs = Math.max(0, share * (until - (this.position[queue] ?? 0))) + (this.#rework[queue] ?? 0)
    return queue < this.partitions ? jobs : Math.min(jobs, this.#tokens[queue] ?? 0)
  }

  /** Work was lost: it is done again before anything else of the queue ends. */
  redo(queue: number, jobs: number): void {
    this.#rework[queue] = (this.#rework[queue] ?? 0) + jobs
  }

  /** Ends jobs of a queue, oldest first, in the step that ends at `endMs`. */
  serve(queue: number, jobs: number, endMs: number, waits: WaitHistogram): void {
    if (this.isSerial(queue)) this.#tokens[queue] = (this.#tokens[queue] ?? 0) - jobs
    const lost = this.#rework[queue] ?? 0
    const again = Math.min(lost, jobs)
    if (again > 0) this.#rework[queue] = lost - again
    const share = this.share[queue] ?? 0
    if (jobs <= again || share <= 0) return

    const { curve, stepMs } = this.#arrivals
    const from = this.position[queue] ?? 0
    const to = Math.min(from + (jobs - again) / share, curve.at(-1) ?? 0)
    let head = this.#head[queue] ?? 0
    while (head < curve.length - 2 && (curve[head + 1] ?? 0) <= from) head++
    this.#noteLongest(queue, endMs - this.#serviceMs - this.#arrivals.timeOf(from, head))

    // Jobs of a step ended in its middle, on average; those that came a service time before, within the same step, did not wait.
    const ripeMs = endMs - stepMs - this.#serviceMs
    let at = from
    while (at < to) {
      const next = head < curve.length - 2 ? Math.min(to, curve[head + 1] ?? to) : to
      const arrivedMs = this.#arrivals.timeOf((at + next) / 2, head)
      const waitMs = arrivedMs >= ripeMs ? 0 : Math.max(0, ripeMs + stepMs / 2 - arrivedMs)
      waits.add(waitMs, (next - at) * share)
      at = next
      if (at < to) head++
    }
    this.#head[queue] = head
    this.position[queue] = to
    this.#finished += (to - from) * share
  }

  /** Jobs that have ended. */
  get finished(): number {
    return this.#finished
  }

  /** Jobs below a position that have not ended. */
  remaining(until: number): number {
    let jobs = 0
    for (let queue = 0; queue < this.count; queue++) {
      jobs += (this.share[queue] ?? 0) * Math.max(0, until - (this.position[queue] ?? 0))
    }
    return jobs
  }

  /** Into `committed`, by partition: its commit is at its oldest job that has not ended. */
  commitInto(committed: Float64Array): void {
    committed.set(this.position.subarray(0, this.partitions))
    for (const { partition, queue } of this.hotPartitions) {
      const hot = this.position[queue] ?? 0
      const alone = (this.share[partition] ?? 0) === 0
      committed[partition] = alone ? hot : Math.min(hot, committed[partition] ?? 0)
    }
  }

  /** The longest waits, with those of jobs that have not ended by the end of the run. */
  longestUntil(endMs: number): { readonly shared: number; readonly serial: number } {
    const { curve } = this.#arrivals
    for (let queue = 0; queue < this.count; queue++) {
      const from = this.position[queue] ?? 0
      if ((this.share[queue] ?? 0) * ((curve.at(-1) ?? 0) - from) < 1e-6) continue
      let head = this.#head[queue] ?? 0
      while (head < curve.length - 2 && (curve[head + 1] ?? 0) <= from) head++
      this.#noteLongest(queue, endMs - this.#serviceMs - this.#arrivals.timeOf(from, head))
    }
    return this.longestMs
  }

  #noteLongest(queue: number, waitMs: number): void {
    const of = this.isSerial(queue) ? 'serial' : 'shared'
    if (waitMs > this.longestMs[of]) this.longestMs[of] = waitMs
  }
}
