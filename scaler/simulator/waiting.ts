/** How long jobs waited, as a histogram: shares of jobs count, since a step serves amounts. */

/** Width of a bin, as a share of its value. */
const GROWTH = 0.01
const LOG_GROWTH = Math.log1p(GROWTH)
/** Below this everything is one bin, ms. */
const LEAST_MS = 1
/** A year. */
const BINS = Math.ceil(Math.log(365 * 86_400_000) / LOG_GROWTH) + 2

export interface Waiting {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly meanMs: number
}

export class WaitHistogram {
  readonly #bins = new Float64Array(BINS)
  #jobs = 0
  #sum = 0
  #max = 0

  add(waitMs: number, jobs: number): void {
    const bin = waitMs < LEAST_MS ? 0 : Math.min(BINS - 1, 1 + Math.floor(Math.log(waitMs) / LOG_GROWTH))
    this.#bins[bin] = (this.#bins[bin] ?? 0) + jobs
    this.#jobs += jobs
    this.#sum += waitMs * jobs
    if (waitMs > this.#max) this.#max = waitMs
  }

  get jobs(): number {
    return this.#jobs
  }

  /** The least time that a share of the jobs did not wait longer than, to 1 %; 0 of no jobs. */
  percentile(share: number): number {
    let left = this.#jobs * share
    for (const [bin, jobs] of this.#bins.entries()) {
      left -= jobs
      // What is left of a sum of parts is no job.
      if (left <= this.#jobs * 1e-12) return bin === 0 ? 0 : Math.min(this.#max, Math.exp(bin * LOG_GROWTH))
    }
    return this.#max
  }

  /** The share of the jobs that waited longer than a time, to 1 % of it. */
  shareAbove(limitMs: number): number {
    if (this.#jobs === 0) return 0
    const limit = limitMs < LEAST_MS ? 0 : 1 + Math.floor(Math.log(limitMs) / LOG_GROWTH)
    return this.#bins.slice(limit + 1).reduce((sum, jobs) => sum + jobs, 0) / this.#jobs
  }

  get summary(): Waiting {
    return {
      p50Ms: this.percentile(0.5),
      p90Ms: this.percentile(0.9),
      p99Ms: this.percentile(0.99),
      maxMs: this.#max,
      meanMs: this.#jobs > 0 ? this.#sum / this.#jobs : 0,
    }
  }
}
