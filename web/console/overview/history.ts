/**
 * The fleet's past as far as a range reaches: what the API has recorded, and what came live since. As in the API, of all samples within a step
 * the greatest lag and numbers of workers are kept, so that no peak is lost, and the mean of the rates: what is held is bounded by the
 * range, however long the page is open. Pure but for `append`, which changes the history that it is given.
 */

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly lag: number
  readonly parkedDue: number
  /** Jobs/s. */
  readonly arrivalRate: number
  readonly drainRate: number
  /** Workers. */
  readonly desired: number
  readonly ready: number
}

export interface Span {
  readonly spanMs: number
  readonly stepMs: number
}

export interface History {
  readonly span: Span
  /** Time without samples from which on there is a gap, ms. */
  readonly gapMs: number
  /** Oldest first, one a step. */
  readonly samples: Sample[]
  /** Samples that the newest of them stands for. */
  weight: number
}

/** A gap is as long as so many steps. */
const GAP_STEPS = 3

const gapOf = (span: Span, recordedStepMs: number): number =>
  GAP_STEPS * Math.max(span.stepMs, recordedStepMs)

export const emptyHistory = (span: Span, recordedStepMs: number): History => ({
  span,
  gapMs: gapOf(span, recordedStepMs),
  samples: [],
  weight: 0,
})

const joined = (a: Sample, b: Sample, weight: number): Sample => ({
  at: a.at,
  lag: Math.max(a.lag, b.lag),
  parkedDue: Math.max(a.parkedDue, b.parkedDue),
  arrivalRate: (a.arrivalRate * weight + b.arrivalRate) / (weight + 1),
  drainRate: (a.drainRate * weight + b.drainRate) / (weight + 1),
  desired: Math.max(a.desired, b.desired),
  ready: Math.max(a.ready, b.ready),
})

/** Adds the next sample, and drops what the range has left behind. One that is older than the newest is known already. */
export const append = (history: History, sample: Sample): void => {
  const { samples, span } = history
  const stepAt = (at: number): number => Math.floor(at / span.stepMs)
  const last = samples.at(-1)
  if (last && sample.at < last.at) return
  if (last && stepAt(sample.at) === stepAt(last.at)) {
    samples[samples.length - 1] = joined(last, sample, history.weight)
    history.weight++
    return
  }
  samples.push(sample)
  history.weight = 1
  // One stays beyond the edge, for the line to come from.
  const edge = sample.at - span.spanMs - span.stepMs
  const old = samples.findIndex(({ at }) => at >= edge)
  if (old > 0) samples.splice(0, old)
}

/** What came live, and where nothing did what is recorded: before the page was opened, and during a break. */
export const merge = (
  span: Span,
  recordedStepMs: number,
  recorded: readonly Sample[],
  live: readonly Sample[],
): History => {
  const history = emptyHistory(span, recordedStepMs)
  let next = 0
  for (const sample of recorded) {
    for (let it = live[next]; it && it.at < sample.at; it = live[++next]) append(history, it)
    const following = live[next]
    if (!following || following.at >= sample.at + recordedStepMs) append(history, sample)
  }
  for (const sample of live.slice(next)) append(history, sample)
  return history
}

type Line = (number | null)[]

/** As a chart takes them: seconds since the epoch, lag, arrival, drain, desired, ready. A gap is a row of nulls. */
export type Columns = [x: number[], lag: Line, arrival: Line, drain: Line, desired: Line, ready: Line]

export const columnsOf = ({ samples, gapMs }: History): Columns => {
  const columns: Columns = [[], [], [], [], [], []]
  const [x, lag, arrival, drain, desired, ready] = columns
  let before: number | undefined
  for (const sample of samples) {
    if (before !== undefined && sample.at - before > gapMs) {
      x.push((before + sample.at) / 2_000)
      for (const line of [lag, arrival, drain, desired, ready]) line.push(null)
    }
    before = sample.at
    x.push(sample.at / 1_000)
    lag.push(sample.lag)
    arrival.push(sample.arrivalRate)
    drain.push(sample.drainRate)
    desired.push(sample.desired)
    ready.push(sample.ready)
  }
  return columns
}

export type Row = Omit<Sample, 'parkedDue'>

/** What was at a time; undefined where nothing is known of it. */
export const rowAt = ({ samples, gapMs }: History, at: number): Row | undefined => {
  let low = 0
  let high = samples.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((samples[middle]?.at ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1
    else high = middle
  }
  const [before, after] = [samples[low - 1], samples[low]]
  const nearer = !before ? after : !after || at - before.at <= after.at - at ? before : after
  return nearer && Math.abs(nearer.at - at) <= gapMs / 2 ? nearer : undefined
}
