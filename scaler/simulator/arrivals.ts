/**
 * The cumulative curve of arrivals, A(t), on a grid. A job is named by its position on it: the n-th job of all arrived at
 * A⁻¹(n). Every queue has a constant share of all jobs, so a queue's state is one position on this one curve, whatever waits in it.
 */
import type { Trace } from './trace.ts'

export class Arrivals {
  /** Jobs that have arrived by the beginning of each step; one entry more than there are steps. */
  readonly curve: Float64Array
  readonly stepMs: number

  constructor(trace: Trace, stepMs: number) {
    const steps = Math.round((trace.jobsBySecond.length * 1_000) / stepMs)
    this.stepMs = stepMs
    this.curve = new Float64Array(steps + 1)
    const bySecond = new Float64Array(trace.jobsBySecond.length + 1)
    for (const [second, jobs] of trace.jobsBySecond.entries())
      bySecond[second + 1] = (bySecond[second] ?? 0) + jobs
    for (let step = 0; step <= steps; step++) {
      const at = Math.min((step * stepMs) / 1_000, trace.jobsBySecond.length)
      const second = Math.floor(at)
      const before = bySecond[second] ?? 0
      this.curve[step] = before + ((bySecond[second + 1] ?? before) - before) * (at - second)
    }
  }

  get steps(): number {
    return this.curve.length - 1
  }

  /** All jobs of the trace. */
  get total(): number {
    return this.curve.at(-1) ?? 0
  }

  /** Jobs that have arrived by a time, ms. */
  by(atMs: number): number {
    const at = Math.min(Math.max(0, atMs / this.stepMs), this.steps)
    const step = Math.floor(at)
    const before = this.curve[step] ?? 0
    return before + ((this.curve[step + 1] ?? before) - before) * (at - step)
  }

  /** When the job at a position arrived, ms. `step` is the one it arrived in. */
  timeOf(position: number, step: number): number {
    const before = this.curve[step] ?? 0
    const jobs = (this.curve[step + 1] ?? before) - before
    const share = jobs > 0 ? Math.min(1, Math.max(0, (position - before) / jobs)) : 0
    return (step + share) * this.stepMs
  }
}
