/** The outcomes of a scan's children, gathered into one result: anomalies of all series, ranked. Pure. */
import type { ChildOutcome } from '../../../core/handler.ts'
import type { Anomaly, RowReport } from '../../detection/by-row.ts'

/** A series of the scan, and the job that looks at it. */
export interface Child {
  readonly series: string
  /** Its place in the data set. */
  readonly number: number
  readonly job: string
}

/** An anomaly, and where it is. */
export interface Ranked extends Anomaly {
  readonly series: string
  readonly job: string
}

/** What became of one series. */
export interface SeriesLine {
  readonly series: string
  readonly job: string
  /** Anomalies in it, and the largest score of them; absent where there is an error. */
  readonly count?: number
  readonly topScore?: number
  readonly error?: { readonly code: string; readonly message: string }
}

export interface ScanResult {
  readonly dataSet: string
  /** Numbers of series; `failed`: of those that have an error. */
  readonly series: { readonly total: number; readonly failed: number; readonly anomalous: number }
  /** Of all series, also beyond those that are ranked. */
  readonly anomalies: number
  /** The anomalies with the largest scores, those first. Scores of all series mean the same: a probability (detection/score.ts). */
  readonly ranking: readonly Ranked[]
  /** One a series, in the order of the data set. */
  readonly lines: readonly SeriesLine[]
}

/** Characters of an error that are kept of each series. */
const MAX_MESSAGE = 200

interface Entry {
  readonly number: number
  readonly anomaly: Ranked
}

/** Largest scores first; of equal ones the series that comes first, and in it what begins first: whatever the order of their coming. */
const before = (a: Entry, b: Entry): number =>
  b.anomaly.score - a.anomaly.score || a.number - b.number || a.anomaly.start - b.anomaly.start

/** The first `top` of all that were added, without keeping many more. */
const createRanking = (top: number) => {
  let entries: Entry[] = []
  const cut = (): void => {
    entries = entries.sort(before).slice(0, top)
  }
  return {
    add(entry: Entry): void {
      entries.push(entry)
      if (entries.length >= 2 * top + 100) cut()
    },
    ranked(): Ranked[] {
      cut()
      return entries.map(({ anomaly }) => anomaly)
    },
  }
}

const errorOf = ({ status, error }: ChildOutcome): SeriesLine['error'] => ({
  code: error?.code ?? status.toUpperCase(),
  message: (error?.message ?? `the job is ${status}`).slice(0, MAX_MESSAGE),
})

export interface Gathered {
  /** Adds the outcome of a child, once each. */
  add(child: Child, outcome: ChildOutcome): void
  /** Series so far. */
  readonly series: number
  readonly anomalies: number
  result(dataSet: string): ScanResult
}

/** Gathers outcomes, however many and in whatever order; keeps `top` anomalies, and a line a series. */
export const gather = (top: number): Gathered => {
  const lines: { number: number; line: SeriesLine }[] = []
  const ranking = createRanking(top)
  let anomalies = 0
  return {
    get series() {
      return lines.length
    },
    get anomalies() {
      return anomalies
    },
    add({ series, number, job }, outcome) {
      const report = outcome.status === 'succeeded' ? (outcome.result as RowReport | undefined) : undefined
      if (!report) {
        const error = errorOf(outcome)
        lines.push({ number, line: { series, job, ...(error && { error }) } })
        return
      }
      const found = report.anomalies
      for (const anomaly of found) ranking.add({ number, anomaly: { series, job, ...anomaly } })
      anomalies += found.length
      const topScore = found.reduce((most, { score }) => Math.max(most, score), 0)
      lines.push({ number, line: { series, job, count: found.length, topScore } })
    },
    result(dataSet) {
      const sorted = lines.sort((a, b) => a.number - b.number).map(({ line }) => line)
      const failed = sorted.filter(({ error }) => error !== undefined).length
      const anomalous = sorted.filter(({ count = 0 }) => count > 0).length
      return {
        dataSet,
        series: { total: sorted.length, failed, anomalous },
        anomalies,
        ranking: ranking.ranked(),
        lines: sorted,
      }
    },
  }
}
