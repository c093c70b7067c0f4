import type { Label, LabelledSeries } from './series.ts'

/** Share of the rows that the windows of a series have together. */
const WINDOWED_SHARE = 0.1

/**
 * The same series with its labels as people label: a window around the middle of each anomaly, all windows together a tenth of the
 * rows. As in the Numenta benchmark (Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015). A label that
 * is longer than its window stays as it is; windows end where their neighbours' begin.
 */
export const windowed = (series: LabelledSeries): LabelledSeries => {
  const rows = series.input.columns[0].values.length
  const half = Math.floor((WINDOWED_SHARE * rows) / Math.max(1, series.labels.length) / 2)
  const labels = series.labels.map(({ start, end, kind }, at): Label => {
    const middle = Math.floor((start + end) / 2)
    const before = series.labels[at - 1]
    const after = series.labels[at + 1]
    // Two windows meet halfway between their anomalies.
    const first = before === undefined ? 0 : Math.floor((before.end + start) / 2) + 1
    const last = after === undefined ? rows - 1 : Math.floor((end + after.start) / 2)
    return {
      start: Math.max(first, Math.min(start, middle - half)),
      end: Math.min(last, Math.max(end, middle + half)),
      kind,
    }
  })
  return { ...series, labels }
}
