/** Arrivals that a fleet is tried with: jobs by second. Synthetic ones are made here, recorded ones are read by `trace-file.ts`. */
import { poisson, type Random } from './random.ts'

export interface Trace {
  readonly name: string
  /** Jobs that arrive in each second, evenly over it. */
  readonly jobsBySecond: Float64Array
  /** The part that the time to drain is measured of, s: from when the load rises until it is over. */
  readonly focus: { readonly fromS: number; readonly untilS: number }
}

export const syntheticTraces = ['step', 'burst', 'diurnal', 'flash', 'hot-key'] as const
export type SyntheticTrace = (typeof syntheticTraces)[number]

export interface TraceSettings {
  readonly seconds: number
  /** Jobs/s while nothing special is on. */
  readonly base: number
  /** Jobs/s at the peak; of a burst nothing. */
  readonly rate: number
  /** Jobs of a burst, which arrive within a second. */
  readonly jobs: number
  /** When it begins, s. */
  readonly atS: number
  /** How long the high rate lasts, s: a step's, a hot key's; a flash crowd's half-life; a day's length. */
  readonly forS: number
  /** Whole numbers by chance (Poisson) instead of even arrivals; the jobs of a burst stay as many. */
  readonly random: Random | undefined
}

/** Time in which a flash crowd comes, s. */
const FLASH_RISE_S = 10
/** A flash crowd is over when this share of its peak is left. */
const FLASH_OVER = 0.05

/** Jobs/s at a second, by shape. */
const shapes: Readonly<Record<SyntheticTrace, (second: number, settings: TraceSettings) => number>> = {
  step: (second, { base, rate, atS, forS }) => (second >= atS && second < atS + forS ? rate : base),
  'hot-key': (second, { base, rate, atS, forS }) => (second >= atS && second < atS + forS ? rate : base),
  burst: (_, { base }) => base,
  /** From `base` at the beginning of a day to `rate` in its middle, as a sine. */
  diurnal: (second, { base, rate, forS }) =>
    base + ((rate - base) * (1 - Math.cos((2 * Math.PI * (second + 0.5)) / forS))) / 2,
  /** Linear rise, then exponential decay. */
  flash: (second, { base, rate, atS, forS }) => {
    const since = second + 0.5 - atS
    if (since < 0) return base
    const share = since < FLASH_RISE_S ? since / FLASH_RISE_S : 2 ** ((FLASH_RISE_S - since) / forS)
    return base + Math.max(0, rate - base) * share
  },
}

const focusOf = (shape: SyntheticTrace, { seconds, atS, forS }: TraceSettings): Trace['focus'] => {
  if (shape === 'diurnal') return { fromS: 0, untilS: seconds }
  const lasting =
    shape === 'burst' ? 1 : shape === 'flash' ? FLASH_RISE_S + forS * Math.log2(1 / FLASH_OVER) : forS
  return { fromS: Math.min(atS, seconds), untilS: Math.min(Math.ceil(atS + lasting), seconds) }
}

export const makeTrace = (shape: SyntheticTrace, settings: TraceSettings): Trace => {
  const { seconds, jobs, atS, random } = settings
  const jobsBySecond = Float64Array.from({ length: seconds }, (_, second) => {
    const rate = shapes[shape](second, settings)
    const usual = random ? poisson(random, rate) : rate
    return usual + (shape === 'burst' && second === Math.floor(atS) ? jobs : 0)
  })
  return { name: shape, jobsBySecond, focus: focusOf(shape, settings) }
}

/** From the jobs of given times: those before the first are none. Its focus is all of it from the first job to the last. */
export const traceOf = (name: string, jobsBySecond: Float64Array): Trace => {
  const first = jobsBySecond.findIndex((jobs) => jobs > 0)
  const last = jobsBySecond.findLastIndex((jobs) => jobs > 0)
  return { name, jobsBySecond, focus: { fromS: Math.max(0, first), untilS: last + 1 } }
}

/** The same trace with quiet seconds behind it, so that what waits at its end can be drained. */
export const lengthened = (trace: Trace, seconds: number): Trace => {
  if (seconds <= trace.jobsBySecond.length)
    return { ...trace, jobsBySecond: trace.jobsBySecond.slice(0, seconds) }
  const jobsBySecond = new Float64Array(seconds)
  jobsBySecond.set(trace.jobsBySecond)
  return { ...trace, jobsBySecond }
}
