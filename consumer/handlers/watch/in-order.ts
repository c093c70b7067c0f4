/** Which points of an append a series takes: those whose time is after that of the point before. */
import type { PointColumns } from '../../../core/series/watch.ts'

export interface Ordered extends PointColumns {
  /** Points that are left out: their time is before that of the point before, or it is the same. */
  readonly skipped: { readonly late: number; readonly duplicate: number }
}

const NONE = { late: 0, duplicate: 0 }

/** `lastMs`: the time of the series' last point. Points without times are in order as they come. */
export const inOrder = ({ values, timesMs }: PointColumns, lastMs: number | undefined): Ordered => {
  if (!timesMs) return { values, timesMs, skipped: NONE }
  const kept: { values: number[]; timesMs: number[] } = { values: [], timesMs: [] }
  const skipped = { ...NONE }
  let last = lastMs ?? Number.NEGATIVE_INFINITY
  for (const [index, time] of timesMs.entries()) {
    if (time < last) skipped.late++
    else if (time === last) skipped.duplicate++
    else {
      kept.values.push(values[index] ?? Number.NaN)
      kept.timesMs.push(time)
      last = time
    }
  }
  return { ...kept, skipped }
}
