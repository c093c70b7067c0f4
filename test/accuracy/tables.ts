/** What the evaluations of a corpus say together. */
import { toTable } from '../bench/lib/table.ts'
import { CLAIMS, type Evaluation } from './evaluate.ts'
import { anomalyKinds } from './generator/series.ts'
import { type EventScore, eventF1 } from './measures/events.ts'
import { normalizedNab } from './measures/nab.ts'

/** NaN of none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const fixed = (value: number, decimals: number): string =>
  Number.isNaN(value) ? '' : value.toFixed(decimals)
const ranking = (value: number): string => fixed(value, 3)

const sumEvents = (all: readonly EventScore[]): EventScore => {
  const total = (key: keyof EventScore): number => all.reduce((sum, each) => sum + each[key], 0)
  return {
    found: total('found'),
    missed: total('missed'),
    falseAlarms: total('falseAlarms'),
    falseRows: total('falseRows'),
    usualRows: total('usualRows'),
  }
}

/** By detector, those with the best mean VUS-PR first. */
const byDetector = (all: readonly Evaluation[]): (readonly [string, readonly Evaluation[]])[] => {
  const groups = Map.groupBy(all, ({ detector }) => detector)
  const volume = (evaluations: readonly Evaluation[]): number =>
    mean(evaluations.filter(({ kind }) => kind !== 'none').map(({ vusPr }) => vusPr))
  return [...groups].sort(([, a], [, b]) => volume(b) - volume(a))
}

const summaryRow = (name: string, all: readonly Evaluation[]): string[] => {
  const labelled = all.filter(({ kind }) => kind !== 'none')
  const events = sumEvents(labelled.map((each) => each.events))
  const rows = all.reduce((sum, each) => sum + each.rows, 0)
  const ms = all.reduce((sum, each) => sum + each.ms, 0)
  const meanOf = (value: (evaluation: Evaluation) => number): string => ranking(mean(labelled.map(value)))
  return [
    name,
    meanOf(({ vusPr }) => vusPr),
    meanOf(({ windowedVusPr }) => windowedVusPr),
    meanOf((each) => each.fixed.precision),
    meanOf((each) => each.fixed.recall),
    meanOf((each) => each.fixed.f1),
    meanOf((each) => each.best.f1),
    `${events.found}/${events.found + events.missed}`,
    fixed((10_000 * events.falseAlarms) / events.usualRows, 1),
    ranking(eventF1(events)),
    fixed(normalizedNab(labelled.map(({ nab }) => nab)), 1),
    fixed((1000 * ms) / rows, 1),
  ]
}

/**
 * One line a detector. VUS-PR with the labels as they are, and widened to windows; ranges at the fixed threshold and at each series' best in hindsight; events at the fixed threshold; false
 * alarms in 10,000 usual rows.
 */
export const summaryTable = (all: readonly Evaluation[]): string =>
  toTable(
    [
      '',
      'VUS-PR',
      'in windows',
      'range P',
      'R',
      'F1',
      'best F1',
      'events',
      'false/10k',
      'event F1',
      'NAB',
      'µs/row',
    ],
    byDetector(all).map(([name, evaluations]) => summaryRow(name, evaluations)),
  )

/** For each series the best of what ran: what a perfect choice would have. */
const bestOf = (all: readonly Evaluation[]): Evaluation[] =>
  [...Map.groupBy(all, ({ series }) => series).values()].flatMap((evaluations) =>
    evaluations.toSorted((a, b) => b.vusPr - a.vusPr).slice(0, 1),
  )

/** Mean VUS-PR by group of series, with a last line of the best detector of each series, which is what a perfect choice would have. */
const volumes = (
  all: readonly Evaluation[],
  groups: readonly string[],
  groupOf: (evaluation: Evaluation) => string,
): string => {
  const labelled = all.filter(({ kind }) => kind !== 'none')
  const cells = (evaluations: readonly Evaluation[]): string[] => [
    ranking(mean(evaluations.map(({ vusPr }) => vusPr))),
    ...groups.map((group) =>
      ranking(mean(evaluations.filter((each) => groupOf(each) === group).map(({ vusPr }) => vusPr))),
    ),
  ]
  // What chooses among the others adds nothing to a choice among them.
  const own = labelled.filter(({ detector, ran }) => detector === ran)
  return toTable(
    ['VUS-PR', 'all', ...groups],
    [
      ...byDetector(labelled).map(([name, evaluations]) => [name, ...cells(evaluations)]),
      ['(best of each series)', ...cells(bestOf(own))],
    ],
  )
}

export const kindTable = (all: readonly Evaluation[]): string => {
  const known = new Set<string>(all.map(({ kind }) => kind))
  const kinds = [...anomalyKinds, 'mixed'].filter((kind) => known.has(kind))
  return volumes(all, kinds, ({ kind }) => kind)
}

export const signalTable = (all: readonly Evaluation[]): string => {
  const signalOf = ({ series }: Evaluation): string => series.split('-')[0] ?? ''
  return volumes(all, [...new Set(all.map(signalOf))], signalOf)
}

export const sampleTable = (all: readonly Evaluation[]): string =>
  volumes(all, [...new Set(all.map(({ series }) => series))], ({ series }) => series)

/** Flagged rows of 10,000 in series without anomalies, beside what the thresholds claim; and the alarms that these are. */
export const calibrationTable = (all: readonly Evaluation[]): string => {
  const usual = all.filter(({ kind }) => kind === 'none')
  return toTable(
    [
      'flagged of 10,000 usual rows',
      ...CLAIMS.map((claim) => `${claim} claimed`),
      'worst series at 10',
      'alarms at 10',
    ],
    byDetector(usual).map(([name, evaluations]) => {
      const rows = evaluations.reduce((sum, each) => sum + each.rows, 0)
      const { falseAlarms } = sumEvents(evaluations.map(({ events }) => events))
      return [
        name,
        ...CLAIMS.map((_, at) =>
          fixed(
            evaluations.reduce((sum, each) => sum + 10_000 * (each.flagged[at] ?? 0) * each.rows, 0) / rows,
            1,
          ),
        ),
        fixed(10_000 * Math.max(...evaluations.map(({ flagged }) => flagged[1] ?? 0)), 0),
        fixed((10_000 * falseAlarms) / rows, 1),
      ]
    }),
  )
}

/** What a detector that chooses among others chose, and how often. */
export const choices = (all: readonly Evaluation[]): string[] =>
  byDetector(all.filter(({ detector, ran }) => detector !== ran)).map(([name, evaluations]) => {
    const counts = [...Map.groupBy(evaluations, ({ ran }) => ran)].sort(([, a], [, b]) => b.length - a.length)
    return `${name} chose ${counts.map(([ran, { length }]) => `${ran} ${length} times`).join(', ')}.`
  })
