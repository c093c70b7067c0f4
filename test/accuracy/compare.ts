/** Whether one detector is better than another, or was lucky with the series: differences in the same series. */
import { batch } from '../../consumer/detection/batch/index.ts'
import type { Evaluation } from './evaluate.ts'
import { mean } from './tables.ts'

const CHOOSER = 'auto'
const STREAMING = { ours: 'forecast', other: 'relative-entropy' } as const

/** Mean of the differences and its standard error. */
export const paired = (differences: readonly number[]): { readonly mean: number; readonly error: number } => {
  const middle = mean(differences)
  const variance = mean(differences.map((each) => (each - middle) ** 2))
  return { mean: middle, error: Math.sqrt(variance / Math.max(1, differences.length - 1)) }
}

const measures = [
  { name: 'VUS-PR', read: ({ vusPr }: Evaluation) => vusPr },
  { name: 'range F1', read: ({ fixed }: Evaluation) => fixed.f1 },
  { name: 'NAB', read: ({ nab }: Evaluation) => (100 * nab.score) / (2 * nab.windows) },
] as const

/** A sentence; undefined where they have no two series in common. */
export const compare = (all: readonly Evaluation[], ours: string, other: string): string | undefined => {
  const labelled = all.filter(({ kind }) => kind !== 'none')
  const theirs = new Map(
    labelled.filter(({ detector }) => detector === other).map((each) => [each.series, each]),
  )
  const pairs = labelled.flatMap((each) => {
    const its = each.detector === ours ? theirs.get(each.series) : undefined
    return its === undefined ? [] : [{ own: each, its }]
  })
  if (pairs.length < 2) return undefined
  const differences = measures.map(({ name, read }) => {
    const values = pairs.map(({ own, its }) => read(own) - read(its)).filter(Number.isFinite)
    const { mean: difference, error } = paired(values)
    const decimals = name === 'NAB' ? 1 : 3
    return `${name} ${difference < 0 ? '' : '+'}${difference.toFixed(decimals)} ± ${error.toFixed(decimals)}`
  })
  const ahead = pairs.filter(({ own, its }) => own.vusPr > its.vusPr).length
  return `${ours} against ${other}: ${differences.join(', ')}; VUS-PR higher in ${ahead} of ${pairs.length} series.`
}

/** What the product claims of its detectors: the default against relative entropy, and what chooses against the best batch detector. */
export const comparisons = (all: readonly Evaluation[]): string[] => {
  const volumeOf = (name: string): number =>
    mean(all.filter(({ detector, kind }) => detector === name && kind !== 'none').map(({ vusPr }) => vusPr))
  const [best] = batch
    .map(({ name }) => name)
    .filter((name) => volumeOf(name) >= 0)
    .toSorted((a, b) => volumeOf(b) - volumeOf(a))
  return [
    compare(all, STREAMING.ours, STREAMING.other),
    best === undefined ? undefined : compare(all, CHOOSER, best),
  ].filter((sentence) => sentence !== undefined)
}
