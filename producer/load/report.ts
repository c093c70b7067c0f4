/** What a run measured, as one JSON document; `render.ts` makes the text of it. */
import type { Decision } from '../../core/events/event.ts'
import type { LoadOptions } from './args.ts'
import type { Missing } from './follow.ts'
import type { Found } from './series.ts'
import { type Percentiles, percentilesOf, type Tally } from './tally.ts'
import type { Sample } from './watch.ts'

export interface Report {
  readonly url: string
  readonly type: string
  /** Open loop: jobs were due at a fixed rate, and latencies count from then. Closed: from when they were sent. */
  readonly loop: 'open' | 'closed'
  readonly rate: number
  readonly batch: number
  readonly keys?: number
  /** Jobs of a key that did not run in the order of their acceptance, or while another ran (`order.ts`); with keys. */
  readonly orderFaults?: number
  readonly retries: {
    /** Jobs that ended after more than one attempt. */
    readonly jobs: number
    /** Failed attempts that the accepted jobs were told to make; with `--fail`. */
    readonly expected?: number
    /** Failed attempts that were made by those that ended. */
    readonly made: number
    readonly mostAttempts: number
  }
  /** RFC 3339. */
  readonly startedAt: string
  /** Ended by Ctrl-C: jobs without an outcome may still get one, so they are not called lost. */
  readonly interrupted: boolean
  readonly jobs: {
    readonly planned: number
    readonly sent: number
    /** Due while too many requests were unanswered. */
    readonly notSent: number
    readonly accepted: number
    readonly refused: readonly { code: string; status: number; detail: string; count: number }[]
    readonly finished: number
    readonly succeeded: number
    readonly dead: number
    readonly cancelled: number
    /** Accepted, and no outcome at the end of a run that was not interrupted. */
    readonly lost: number
    /** Accepted, no outcome, but known to the master as waiting or running. */
    readonly unfinished: number
    /** Accepted, no outcome, and no trace at the master. */
    readonly unknown: number
    readonly unknownIds: readonly string[]
  }
  /** Milliseconds. Absent where nothing was measured. */
  readonly latency: {
    readonly submit?: Percentiles
    readonly endToEnd?: Percentiles
    /** How late this program sent: when it is as large as the others, this machine is the bottleneck. */
    readonly late?: Percentiles
  }
  /** Jobs/s from the start to the last acceptance, and to the last end. */
  readonly throughput: { readonly submit?: number; readonly finish?: number }
  /** Seconds from the start to the last acceptance, and to the last end. */
  readonly durationS: { readonly submit?: number; readonly finish?: number }
  /** Seconds from the last acceptance until the last job had ended, and until lag was seen to be 0. */
  readonly drainS: { readonly finished?: number; readonly lagZero?: number }
  readonly workers: { readonly first: number; readonly peak: number; readonly last: number }
  readonly peakLag: number
  readonly decisions: readonly Decision[]
  /** How far the master's clock is ahead of this machine's, milliseconds; taken out of the end-to-end latencies. */
  readonly clockAheadMs: number
  readonly series: readonly Found[]
  readonly timeline: readonly Sample[]
}

export interface ReportParts {
  readonly options: LoadOptions
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly interrupted: boolean
  readonly tally: Tally
  /** Undefined without keys. */
  readonly orderFaults: number | undefined
  readonly missing: Missing
  readonly samples: readonly Sample[]
  readonly decisions: readonly Decision[]
  readonly series: readonly Found[]
}

/** Leaves out what is undefined. */
const known = <T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Seconds, or undefined where either end is. */
const secondsBetween = (from: number | undefined, to: number | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : (to - from) / 1_000

const perSecond = (count: number, seconds: number | undefined): number | undefined =>
  seconds === undefined || seconds <= 0 ? undefined : count / seconds

/** Seconds from the last acceptance to the first sample without lag after the last with some. */
const lagZeroS = (samples: readonly Sample[], lastAcceptedS: number | undefined): number | undefined => {
  if (lastAcceptedS === undefined) return undefined
  const empty = samples.slice(samples.findLastIndex(({ lag }) => lag > 0) + 1)
  const first = empty.find(({ atS }) => atS >= lastAcceptedS)
  return first && first.atS - lastAcceptedS
}

export const makeReport = (parts: ReportParts): Report => {
  const { options, startedAt, interrupted, tally, missing, samples, decisions, series, orderFaults } = parts
  const { url, type, rate, batch, keys } = options
  const submitS = secondsBetween(startedAt, tally.lastAcceptedAt)
  const finishS = secondsBetween(startedAt, tally.lastEndedAt)
  const ready = samples.map((sample) => sample.ready)
  const { finished, ended, accepted } = tally
  return {
    url,
    type,
    loop: rate > 0 ? 'open' : 'closed',
    rate,
    batch,
    ...(keys === undefined ? {} : { keys }),
    ...(orderFaults === undefined ? {} : { orderFaults }),
    retries: {
      jobs: tally.retried,
      ...(options.fail ? { expected: tally.failures.expected } : {}),
      made: tally.failures.made,
      mostAttempts: tally.mostAttempts,
    },
    startedAt: new Date(startedAt).toISOString(),
    interrupted,
    jobs: {
      planned: options.jobs,
      sent: tally.sent,
      notSent: tally.notSent,
      accepted,
      refused: [...tally.refused.values()].toSorted((a, b) => b.count - a.count),
      finished,
      ...ended,
      lost: interrupted ? 0 : accepted - finished,
      ...missing,
    },
    latency: known({
      submit: percentilesOf(tally.submit),
      endToEnd: percentilesOf(tally.endToEnd),
      late: rate > 0 ? percentilesOf(tally.late) : undefined,
    }),
    throughput: known({ submit: perSecond(accepted, submitS), finish: perSecond(finished, finishS) }),
    durationS: known({ submit: submitS, finish: finishS }),
    drainS: known({
      finished: accepted === finished ? secondsBetween(tally.lastAcceptedAt, tally.lastEndedAt) : undefined,
      lagZero: lagZeroS(samples, submitS),
    }),
    workers: { first: ready.at(0) ?? 0, peak: Math.max(0, ...ready), last: ready.at(-1) ?? 0 },
    peakLag: Math.max(0, ...samples.map(({ lag }) => lag)),
    decisions,
    clockAheadMs: tally.clockAheadMs,
    series,
    timeline: samples,
  }
}

/** 130 after Ctrl-C (as a shell has it), 1 where an accepted job was lost, none was accepted or an order was not kept, else 0. */
export const exitCodeOf = ({ interrupted, jobs, orderFaults = 0 }: Report): number =>
  jobs.lost > 0 || jobs.unknown > 0 || orderFaults > 0 || (jobs.accepted === 0 && !interrupted)
    ? 1
    : interrupted
      ? 130
      : 0
