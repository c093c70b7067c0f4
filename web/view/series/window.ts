/** The last points of a series, as many as are looked at: what is read and what comes live, made one. Pure. */
import type { Alarm, JudgedPoint } from '../../kit/api/series-types.ts'

/** Alarms that are kept: more than a reader goes back, fewer than a browser minds. */
const MOST_ALARMS = 2_000

export interface Merged {
  /** By row, the last `capacity` of all. */
  readonly points: readonly JudgedPoint[]
  /** Rows are missing between what was known and what has come: they have to be read. */
  readonly missed: boolean
}

/** Both in the order of rows; what comes stands where both have a row. */
export const mergePoints = (
  known: readonly JudgedPoint[],
  coming: readonly JudgedPoint[],
  capacity: number,
): Merged => {
  const [first, last] = [coming[0], coming.at(-1)]
  if (!first || !last) return { points: known, missed: false }
  const newest = known.at(-1)
  const later = newest === undefined || first.row > newest.row
  const points = later
    ? [...known, ...coming]
    : [...known.filter(({ row }) => row < first.row), ...coming, ...known.filter(({ row }) => row > last.row)]
  return { points: points.slice(-capacity), missed: newest !== undefined && first.row > newest.row + 1 }
}

/** Newest first, each once. */
export const mergeAlarms = (known: readonly Alarm[], coming: readonly Alarm[]): readonly Alarm[] => {
  const all = new Map([...known, ...coming].map((alarm) => [alarm.id, alarm]))
  return [...all.values()].sort((a, b) => b.row - a.row).slice(0, MOST_ALARMS)
}

/** Those of `coming` that are of rows after `row`: they came while nobody was told. */
export const alarmsAfter = (coming: readonly Alarm[], row: number | undefined): readonly Alarm[] =>
  row === undefined ? [] : coming.filter((alarm) => alarm.row > row)
