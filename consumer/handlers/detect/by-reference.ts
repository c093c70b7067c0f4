/** A series that a job refers to: one of a data set. */
import { AppError } from '../../../core/errors.ts'
import { type Points, readPoints } from '../../../core/store/data-set-points.ts'
import { findSeries } from '../../../core/store/data-sets.ts'
import { type Database, fromStore } from '../../../core/store/database.ts'
import type { Given } from './series.ts'

/**
 * The points of a series, from the store; waits while that is away.
 * @throws AppError NOT_FOUND, which no repetition mends; the signal's reason once it is aborted
 */
export const loadPoints = async (
  db: Database,
  dataSet: string,
  name: string,
  signal: AbortSignal,
): Promise<Points> => {
  const series = await fromStore(() => findSeries(db, dataSet, name), signal)
  const points = series && (await fromStore(() => readPoints(db, dataSet, series), signal))
  if (points) return points
  throw new AppError('NOT_FOUND', `there is no series "${name}" in a data set ${dataSet}`)
}

/** Its table; timestamps are RFC 3339, however they came. */
export const tableOfPoints = ({ values, timesMs }: Points): Given => ({
  table: { columns: [{ name: 'value', values }], ...(timesMs && { timesMs }) },
  timestampOf: timesMs && ((row) => new Date(timesMs[row] ?? 0).toISOString()),
})
