/** A timeline of a burst, a sample a second, and what can be said of it. */
export interface Sample {
  /** Milliseconds since the burst began. */
  readonly at: number
  /** Jobs that wait, as the master counts them; undefined where it could not be asked. */
  readonly lag: number | undefined
  /** Slaves asked for, and those that are Ready. */
  readonly desired: number
  readonly ready: number
  /** Jobs of the burst with an outcome. */
  readonly finished: number
}

export interface Summary {
  readonly jobs: number
  /** Seconds from the beginning until more slaves were asked for than before; undefined: never. */
  readonly reactionS: number | undefined
  /** Seconds from the beginning until the last outcome was seen; undefined: some are missing. */
  readonly drainS: number | undefined
  readonly peak: number
  /** Slaves asked for, times seconds, from the beginning to the last sample. */
  readonly replicaSeconds: number
  /** The same, until the last outcome. */
  readonly replicaSecondsToDrain: number
  /** How often the number of slaves was changed, and how often it was raised. */
  readonly changes: number
  readonly ups: number
  /** Seconds from the last outcome until no more slaves were asked for than in the beginning; undefined: never. */
  readonly backS: number | undefined
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10

/** The integral of a step function through the samples up to `until`, in seconds. */
const integrate = (samples: readonly Sample[], until: number): number =>
  samples.reduce((sum, { at, desired }, index) => {
    const next = samples[index + 1]?.at ?? at
    return sum + (desired * Math.max(0, Math.min(next, until) - at)) / 1_000
  }, 0)

/** @throws RangeError without a sample */
export const summarise = (samples: readonly Sample[], jobs: number): Summary => {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last) throw new RangeError('a timeline needs a sample')
  const drained = samples.find(({ finished }) => finished >= jobs)
  const reaction = samples.find(({ desired }) => desired > first.desired)
  const back = drained && samples.find(({ at, desired }) => at >= drained.at && desired <= first.desired)
  return {
    jobs,
    reactionS: reaction && seconds(reaction.at),
    drainS: drained && seconds(drained.at),
    peak: Math.max(...samples.map(({ desired }) => desired)),
    replicaSeconds: Math.round(integrate(samples, last.at)),
    replicaSecondsToDrain: Math.round(integrate(samples, drained?.at ?? last.at)),
    changes: samples.filter(({ desired }, index) => desired !== (samples[index - 1]?.desired ?? desired))
      .length,
    ups: samples.filter(({ desired }, index) => desired > (samples[index - 1]?.desired ?? desired)).length,
    backS: back && drained && seconds(back.at - drained.at),
  }
}

/** Where the number asked for changed: `0 s: 3 → 15 s: 7 → …` */
export const describeSteps = (samples: readonly Sample[]): string =>
  samples
    .filter(({ desired }, index) => desired !== samples[index - 1]?.desired)
    .map(({ at, desired, lag }) => `${seconds(at)} s: ${desired}${lag === undefined ? '' : ` (lag ${lag})`}`)
    .join(', ')
