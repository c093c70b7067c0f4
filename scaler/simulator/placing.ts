/**
 * Where jobs go: keyed ones evenly, as their keys' hashes do; keyless ones where least waits, as the publisher does: those of one request in
 * runs of 100, so that a burst of few runs leaves partitions, and workers, without any.
 */

export const placings = ['keyless', 'keyed'] as const
export type Placing = (typeof placings)[number]

export class Placement {
  /** What the publisher takes to wait in each partition: the last reading of lag, and what was sent since. */
  readonly #loads: Float64Array
  readonly #placing: Placing
  readonly #runJobs: number
  #turn = 0
  /** What goes on: its partition, and the jobs that still belong there. */
  #run = { partition: 0, room: 0 }

  /** `runJobs`: keyless jobs that go to one partition together; 1: they come one by one. */
  constructor(partitions: number, placing: Placing, runJobs: number) {
    this.#loads = new Float64Array(partitions)
    this.#placing = placing
    this.#runJobs = runJobs
  }

  /** Lag was read, jobs by partition. */
  observe(lags: Float64Array): void {
    this.#loads.set(lags)
  }

  /** Places jobs: into `placed`, by partition. */
  place(jobs: number, placed: Float64Array): void {
    const partitions = this.#loads.length
    if (this.#placing === 'keyed') {
      placed.fill(jobs / partitions, 0, partitions)
      return
    }
    placed.fill(0, 0, partitions)
    if (this.#runJobs <= 1) {
      this.#fill(jobs, placed)
      return
    }
    // Where there are many runs a partition their order matters for the last of each only.
    let left = Math.min(jobs, partitions * this.#runJobs)
    this.#fill(jobs - left, placed)
    while (left > 0) {
      // A request's jobs may come in several steps.
      if (this.#run.room <= 0) this.#run = { partition: this.#least(), room: this.#runJobs }
      const part = Math.min(left, this.#run.room)
      this.#add(this.#run.partition, part, placed)
      this.#run = { ...this.#run, room: this.#run.room - part }
      left -= part
    }
  }

  #fill(jobs: number, placed: Float64Array): void {
    if (jobs <= 0) return
    const partitions = this.#loads.length
    const level = this.#level(jobs)
    for (let partition = 0; partition < partitions; partition++) {
      this.#add(partition, Math.max(0, level - (this.#loads[partition] ?? 0)), placed)
    }
  }

  #add(partition: number, jobs: number, placed: Float64Array): void {
    placed[partition] = (placed[partition] ?? 0) + jobs
    this.#loads[partition] = (this.#loads[partition] ?? 0) + jobs
  }

  /** Among equals each in turn. */
  #least(): number {
    const count = this.#loads.length
    this.#turn++
    let best = this.#turn % count
    for (let rank = 1; rank < count; rank++) {
      const partition = (this.#turn + rank) % count
      if ((this.#loads[partition] ?? 0) < (this.#loads[best] ?? 0)) best = partition
    }
    return best
  }

  /** The level up to which jobs fill the partitions where least waits. */
  #level(jobs: number): number {
    const loads = this.#loads
    let level = Number.POSITIVE_INFINITY
    // Those above the level get none; without them it is lower. Each round leaves some out, or is the last.
    for (;;) {
      let sum = jobs
      let below = 0
      for (let partition = 0; partition < loads.length; partition++) {
        const load = loads[partition] ?? 0
        if (load < level) {
          sum += load
          below++
        }
      }
      const next = sum / Math.max(1, below)
      if (below === 0 || next >= level - 1e-9 * Math.max(1, level)) return below === 0 ? level : next
      level = next
    }
  }
}
