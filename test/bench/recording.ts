/** What a fleet does with a burst, second by second: recorded of a real one, and in the same form of a simulated one. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Moment } from '../../scaler/simulator/simulate.ts'
import type { TimelineEntry } from '../../scaler/simulator/trace-file.ts'

const SAMPLE_MS = 500
/** It is over when the fleet has been small and idle for so long, ms. */
const QUIET_MS = 5_000

const scaling = z.object({
  lag: z.number(),
  replicas: z.object({ desired: z.number(), ready: z.number(), min: z.number() }),
  decisions: z.array(
    z.object({ at: z.iso.datetime(), from: z.number(), to: z.number(), reason: z.string() }),
  ),
})
export type Decided = z.output<typeof scaling>['decisions'][number]

export interface Recorded {
  readonly timeline: readonly TimelineEntry[]
  readonly decisions: readonly Decided[]
}

/**
 * Samples `GET /api/scaling` until all jobs are done and the fleet is at its minimum again, or `limitMs` are over.
 * `finished` counts the jobs that have an outcome, `jobs` those that were accepted so far.
 */
export const record = async (
  masterUrl: string,
  finished: () => Promise<number>,
  jobs: { readonly all: number; readonly accepted: number },
  limitMs: number,
): Promise<Recorded> => {
  const timeline: TimelineEntry[] = []
  const decisions = new Map<string, Decided>()
  const began = Date.now()
  let busyAt = began
  while (Date.now() < began + limitMs && Date.now() < busyAt + QUIET_MS) {
    const [answer, done] = await Promise.all([
      fetch(`${masterUrl}/api/scaling`).then((it) => it.json()),
      finished(),
    ])
    const { lag, replicas, decisions: told } = scaling.parse(answer)
    const { desired, ready, min } = replicas
    timeline.push({ at: Date.now(), lag, desired, ready, finished: done, accepted: jobs.accepted })
    for (const decision of told) decisions.set(`${decision.at} ${decision.to}`, decision)
    if (done < jobs.all || lag > 0 || desired > min || ready > min) busyAt = Date.now()
    await delay(SAMPLE_MS)
  }
  return { timeline, decisions: [...decisions.values()].toSorted((a, b) => a.at.localeCompare(b.at)) }
}

/** In the form of a simulated run; seconds count from the first entry. */
export const momentsOf = (timeline: readonly TimelineEntry[]): Moment[] => {
  const [first] = timeline
  return timeline.map(({ at, lag, desired, ready, finished }) => ({
    atS: (at - (first?.at ?? at)) / 1_000,
    lag,
    backlog: lag,
    desired,
    ready,
    finished: finished - (first?.finished ?? 0),
  }))
}

export interface Figures {
  /** From the first lag until all jobs were done, s. */
  readonly drainS: number
  /** From the first lag until more was asked for, and until more workers were Ready, s. */
  readonly askedS: number
  readonly readyS: number
  readonly peakLag: number
  readonly peakReplicas: number
  /** Workers asked for, over all of the run. */
  readonly replicaSeconds: number
  /** Mean lag over the time to drain, jobs. */
  readonly meanLag: number
}

/** The integral of a step function over [from, to]. */
const integral = (
  moments: readonly Moment[],
  of: (moment: Moment) => number,
  fromS: number,
  toS: number,
): number =>
  moments.reduce((sum, moment, index) => {
    const begin = Math.max(fromS, moment.atS)
    const end = Math.min(toS, moments[index + 1]?.atS ?? toS)
    return sum + Math.max(0, end - begin) * of(moment)
  }, 0)

/** `untilS`: how far replica-seconds are counted. */
export const figuresOf = (moments: readonly Moment[], jobs: number, untilS: number): Figures => {
  const start = moments.find(({ lag }) => lag > 0) ?? moments[0]
  const fromS = start?.atS ?? 0
  const end = moments.find(({ finished }) => finished >= jobs - 0.5)?.atS ?? Number.POSITIVE_INFINITY
  const after = (is: (moment: Moment) => boolean): number =>
    (moments.find((moment) => moment.atS >= fromS && is(moment))?.atS ?? Number.POSITIVE_INFINITY) - fromS
  return {
    drainS: end - fromS,
    askedS: after(({ desired }) => desired > (start?.desired ?? 0)),
    readyS: after(({ ready }) => ready > (start?.ready ?? 0)),
    peakLag: Math.max(...moments.map(({ lag }) => lag)),
    peakReplicas: Math.max(...moments.map(({ desired }) => desired)),
    replicaSeconds: integral(moments, ({ desired }) => desired, fromS, untilS),
    meanLag: integral(moments, ({ lag }) => lag, fromS, end) / (end - fromS),
  }
}

/** Both side by side, with the error as a share of what was measured. */
export const sideBySide = (measured: Figures, simulated: Figures): string[] => {
  const rows: [string, (it: Figures) => number, string][] = [
    ['time to drain', ({ drainS }) => drainS, 's'],
    ['more asked for after', ({ askedS }) => askedS, 's'],
    ['more Ready after', ({ readyS }) => readyS, 's'],
    ['replica-seconds', ({ replicaSeconds }) => replicaSeconds, ''],
    ['peak lag', ({ peakLag }) => peakLag, 'jobs'],
    ['mean lag', ({ meanLag }) => meanLag, 'jobs'],
    ['peak replicas', ({ peakReplicas }) => peakReplicas, ''],
  ]
  const cell = (value: number): string =>
    value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')
  return [
    `${''.padEnd(24)}${'measured'.padStart(10)}${'simulated'.padStart(11)}${'error'.padStart(9)}`,
    ...rows.map(([title, of, unit]) => {
      const [real, model] = [of(measured), of(simulated)]
      const error = `${model >= real ? '+' : '−'}${((Math.abs(model - real) / real) * 100).toFixed(1)} %`
      const name = unit === '' ? title : `${title}, ${unit}`
      return `${name.padEnd(24)}${cell(real).padStart(10)}${cell(model).padStart(11)}${error.padStart(9)}`
    }),
  ]
}

/** Lag, workers asked for and Ready of both, every `everyS`. */
export const courses = (
  measured: readonly Moment[],
  simulated: readonly Moment[],
  everyS: number,
): string[] => {
  const at = (moments: readonly Moment[], second: number): Moment | undefined =>
    moments.findLast(({ atS }) => atS <= second)
  const say = (moment: Moment | undefined): string =>
    [moment?.lag, moment?.desired, moment?.ready]
      .map((value, index) => String(Math.round(value ?? 0)).padStart(index === 0 ? 9 : 6))
      .join('')
  const last = measured.at(-1)?.atS ?? 0
  const head = `${'lag'.padStart(9)}${'asked'.padStart(6)}${'ready'.padStart(6)}`
  const lines = [`${'s'.padStart(5)}${head}  |${head}`]
  for (let second = 0; second <= last; second += everyS) {
    lines.push(`${String(second).padStart(5)}${say(at(measured, second))}  |${say(at(simulated, second))}`)
  }
  return lines
}
