/**
 * What waits in each queue, oldest first, as cohorts: jobs that came in the same steps. A queue has a fixed number of them; where they
 * don't suffice neighbours become one, so that times get coarser with the age of what waits, and memory stays.
 */

const CAPACITY = 128

/** Told of each part that leaves: how many jobs, which steps they came in, and how far into these (0 to 1) their middle is. */
export type Taken = (jobs: number, fromStep: number, toStep: number, middle: number) => void

export class Cohorts {
  readonly #jobs: Float64Array
  /** First and last step of each cohort. */
  readonly #from: Int32Array
  readonly #to: Int32Array
  /** By queue: place of the oldest cohort in its ring, number of cohorts, jobs of the oldest that are gone. */
  readonly #head: Int32Array
  readonly #length: Int32Array
  readonly #gone: Float64Array

  constructor(queues: number) {
    this.#jobs = new Float64Array(queues * CAPACITY)
    this.#from = new Int32Array(queues * CAPACITY)
    this.#to = new Int32Array(queues * CAPACITY)
    this.#head = new Int32Array(queues)
    this.#length = new Int32Array(queues)
    this.#gone = new Float64Array(queues)
  }

  /** Adds the youngest. */
  add(queue: number, step: number, jobs: number): void {
    if ((this.#length[queue] ?? 0) === CAPACITY) this.#merge(queue)
    const length = this.#length[queue] ?? 0
    const at = this.#place(queue, length)
    this.#jobs[at] = jobs
    this.#from[at] = step
    this.#to[at] = step
    this.#length[queue] = length + 1
  }

  /** Takes the oldest jobs away, as far as there are any. */
  take(queue: number, jobs: number, taken: Taken): void {
    let left = jobs
    while (left > 0 && (this.#length[queue] ?? 0) > 0) {
      const at = this.#place(queue, 0)
      const all = this.#jobs[at] ?? 0
      const gone = this.#gone[queue] ?? 0
      const isRest = left >= all - gone
      const part = isRest ? all - gone : left
      taken(part, this.#from[at] ?? 0, this.#to[at] ?? 0, all > 0 ? (gone + part / 2) / all : 0)
      left -= part
      // Not by comparing sums: rounding would keep a cohort of which nothing is left.
      if (!isRest) {
        this.#gone[queue] = gone + part
        return
      }
      this.#gone[queue] = 0
      this.#head[queue] = ((this.#head[queue] ?? 0) + 1) % CAPACITY
      this.#length[queue] = (this.#length[queue] ?? 0) - 1
    }
  }

  /** When the oldest job came at the earliest, in steps; undefined where none waits. */
  oldest(queue: number): number | undefined {
    if ((this.#length[queue] ?? 0) === 0) return undefined
    const at = this.#place(queue, 0)
    const from = this.#from[at] ?? 0
    const isOne = from === this.#to[at]
    return isOne ? from + (this.#gone[queue] ?? 0) / (this.#jobs[at] ?? 1) : from
  }

  #place(queue: number, rank: number): number {
    return queue * CAPACITY + (((this.#head[queue] ?? 0) + rank) % CAPACITY)
  }

  /** Each two become one, but for the oldest, of which a part may be gone. */
  #merge(queue: number): void {
    let length = 1
    for (let rank = 1; rank < CAPACITY; rank += 2) {
      const [to, a, b] = [length++, rank, rank + 1].map((it) => this.#place(queue, it)) as [
        number,
        number,
        number,
      ]
      const jobs = (this.#jobs[a] ?? 0) + (rank + 1 < CAPACITY ? (this.#jobs[b] ?? 0) : 0)
      const last = rank + 1 < CAPACITY ? (this.#to[b] ?? 0) : (this.#to[a] ?? 0)
      this.#from[to] = this.#from[a] ?? 0
      this.#to[to] = last
      this.#jobs[to] = jobs
    }
    this.#length[queue] = length
  }
}
