/** Points and alarms as the columns of drawings. Pure. */
import type { Alarm, JudgedPoint } from '../../kit/api/series-types.ts'
import { severities } from '../analyse/ranges.ts'

type Cells = readonly (number | null)[]

export interface LiveColumns {
  /** x is the time in ms since the epoch, else it is the row. */
  readonly timed: boolean
  readonly x: readonly number[]
  readonly value: Cells
  readonly expected: Cells
  readonly lower: Cells
  readonly upper: Cells
  readonly score: Cells
  /** Of the alarm at this point: 1 minor, 2 major, 3 critical. */
  readonly level: Cells
}

export const xOf = ({ at, row }: JudgedPoint): number => (at === undefined ? row : Date.parse(at))

export const columnsOf = (points: readonly JudgedPoint[], alarms: readonly Alarm[]): LiveColumns => {
  const level = new Map(alarms.map(({ row, severity }) => [row, severities.indexOf(severity) + 1]))
  return {
    timed: points[0]?.at !== undefined,
    x: points.map(xOf),
    value: points.map((it) => it.value),
    expected: points.map((it) => it.expected),
    lower: points.map((it) => it.lower),
    upper: points.map((it) => it.upper),
    score: points.map((it) => it.score),
    level: points.map(({ row }) => level.get(row) ?? null),
  }
}

/** The x between which a row is seen with `around` points on both sides; undefined where it is not among the points. */
export const rangeAround = (
  points: readonly JudgedPoint[],
  row: number,
  around: number,
): readonly [min: number, max: number] | undefined => {
  const at = points.findIndex((it) => it.row === row)
  const from = points[Math.max(0, at - around)]
  const to = points[Math.min(points.length - 1, at + around)]
  return at < 0 || !from || !to || from === to ? undefined : [xOf(from), xOf(to)]
}
