import { build, type Histogram } from 'hdr-histogram-js'
import type { OutcomeStatus } from '../../core/job.ts'
import { readJobId } from '../../core/job-id.ts'
import type { Refusal } from './client.ts'

/** How many answers of one kind there were, and what the first of them said. */
export interface Refused extends Refusal {
  count: number
}

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

const MICROSECONDS = 1_000

/** Latencies in microseconds, three significant digits. */
const latencies = (): Histogram => build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 })

const record = (histogram: Histogram, ms: number): void =>
  histogram.recordValue(Math.max(0, Math.round(ms * MICROSECONDS)))

/** Undefined where nothing was measured. */
export const percentilesOf = (histogram: Histogram): Percentiles | undefined => {
  if (histogram.totalCount === 0) return undefined
  const max = histogram.maxValue / MICROSECONDS
  // A percentile is the upper end of its bucket, which may lie above the highest value.
  const at = (percentile: number): number =>
    Math.min(max, histogram.getValueAtPercentile(percentile) / MICROSECONDS)
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max }
}

/** Everything that is counted and measured in a run. Times are milliseconds since the epoch, on this machine's clock. */
export class Tally {
  /** Jobs given to the server. */
  sent = 0
  /** Jobs that were due while too many were unanswered. */
  notSent = 0
  accepted = 0
  readonly refused = new Map<string, Refused>()
  readonly ended: Record<OutcomeStatus, number> = { succeeded: 0, dead: 0, cancelled: 0 }
  /** From when the job was due to its acceptance. */
  readonly submit = latencies()
  /** From when the job was due to when it had ended. */
  readonly endToEnd = latencies()
  /** From when a request was due to when it was sent: how late this program itself was. */
  readonly late = latencies()
  /** Failed attempts: those that the accepted jobs were told to make, and those that were made. */
  readonly failures = { expected: 0, made: 0 }
  /** Jobs that ended after more than one attempt, and the most attempts of one. */
  retried = 0
  mostAttempts = 0
  /** When the last job was accepted, and when the last one ended. */
  lastAcceptedAt: number | undefined
  lastEndedAt: number | undefined
  /** How far the master's clock is ahead lies between these two, milliseconds. */
  readonly #ahead = { atLeast: Number.NEGATIVE_INFINITY, atMost: Number.POSITIVE_INFINITY }

  get finished(): number {
    return this.ended.succeeded + this.ended.dead + this.ended.cancelled
  }

  send(jobs: number, dueAt: number, sentAt: number): void {
    this.sent += jobs
    record(this.late, sentAt - dueAt)
  }

  accept(id: string, dueAt: number, sentAt: number, answeredAt: number): void {
    this.accepted++
    this.lastAcceptedAt = Math.max(this.lastAcceptedAt ?? 0, answeredAt)
    record(this.submit, answeredAt - dueAt)
    const submittedAt = readJobId(id)?.submittedAt
    if (submittedAt === undefined) return
    this.#ahead.atLeast = Math.max(this.#ahead.atLeast, submittedAt - answeredAt)
    this.#ahead.atMost = Math.min(this.#ahead.atMost, submittedAt + 1 - sentAt)
  }

  refuse(refusal: Refusal, jobs = 1): void {
    const known = this.refused.get(refusal.code)
    if (known) known.count += jobs
    else this.refused.set(refusal.code, { ...refusal, count: jobs })
  }

  /** `attempt`: the number of its last; 0 where it never ran. */
  end(status: OutcomeStatus, dueAt: number, finishedAt: number, attempt = 1): void {
    this.failures.made += Math.max(0, status === 'succeeded' ? attempt - 1 : attempt)
    if (attempt > 1) this.retried++
    this.mostAttempts = Math.max(this.mostAttempts, attempt)
    const at = finishedAt - this.clockAheadMs
    this.ended[status]++
    this.lastEndedAt = Math.max(this.lastEndedAt ?? 0, at)
    record(this.endToEnd, at - dueAt)
  }

  /**
   * How far the master's clock is ahead of this machine's, milliseconds; 0 where they may well agree.
   *
   * A job gets its submit time (it is in the id) between the sending and the answer, so each answer bounds the difference
   * from both sides, and all together narrowly (as NTP does it, RFC 5905). The workers' clocks, which give the time
   * of the end, are taken to agree with the master's.
   */
  get clockAheadMs(): number {
    const { atLeast, atMost } = this.#ahead
    if (atLeast <= 0 && atMost >= 0) return 0
    const middle = (atLeast + atMost) / 2
    return Number.isFinite(middle) ? middle : 0
  }
}
