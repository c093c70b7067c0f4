/** Data sets: series that were uploaded together, kept here so that jobs can refer to them. Their points: data-set-points.ts. */
import { doubles, ints, texts } from './binary-arrays.ts'
import type { Database } from './database.ts'

export interface DataSet {
  readonly id: string
  readonly name: string
  /** How many. */
  readonly series: number
  readonly points: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface DataSetSeries {
  /** From 0 on, in the order in which they came. */
  readonly number: number
  readonly name: string
  readonly points: number
  /** Milliseconds since the epoch of its first and last point; undefined where it has no timestamps. */
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
}

/** Begins a data set, which nobody sees before it is complete. It goes at its time unless it is by then. */
export const beginDataSet = async (
  db: Database,
  id: string,
  name: string,
  limitMs: number,
): Promise<void> => {
  await db.pool.query(
    `insert into data_sets (id, name, expires_at) values ($1, $2, now() + $3 * interval '1 ms')`,
    [id, name, limitMs],
  )
}

/** All of it is there: from now on it is seen, and kept for so long. Undefined: it was given up meanwhile. */
export const completeDataSet = async (
  db: Database,
  id: string,
  series: readonly DataSetSeries[],
  keptMs: number,
): Promise<DataSet | undefined> => {
  const { rows } = await db.pool.query<DataSetRow>(
    `with done as (
       update data_sets set complete = true, series = $2, points = $3, expires_at = now() + $4 * interval '1 ms'
        where id = $1 returning *
     ), named as (
       insert into data_set_series (data_set, number, name, points, first_ms, last_ms)
       select done.id, given.* from done,
              unnest($5::int[], $6::text[], $7::int[], $8::float8[], $9::float8[]) as given
     )
     select ${COLUMNS} from done`,
    [
      id,
      series.length,
      series.reduce((sum, { points }) => sum + points, 0),
      keptMs,
      ints(series.map(({ number }) => number)),
      texts(series.map(({ name }) => name)),
      ints(series.map(({ points }) => points)),
      doubles(series.map(({ firstMs }) => firstMs ?? null)),
      doubles(series.map(({ lastMs }) => lastMs ?? null)),
    ],
  )
  return rows[0] && toDataSet(rows[0])
}

/** Deletes a data set with all its points, complete or not; false where there is none. */
export const deleteDataSet = async (db: Database, id: string): Promise<boolean> => {
  const { rowCount } = await db.pool.query('delete from data_sets where id = $1', [id])
  return rowCount === 1
}

const COLUMNS = 'id, name, series, points, created_at as "createdAt", expires_at as "expiresAt"'

interface DataSetRow extends Omit<DataSet, 'points'> {
  readonly points: bigint
}

const toDataSet = (row: DataSetRow): DataSet => ({ ...row, points: Number(row.points) })

/** Complete ones that have not expired are all that is seen. */
const SEEN = 'complete and expires_at > now()'

export const getDataSet = async (db: Database, id: string): Promise<DataSet | undefined> => {
  const { rows } = await db.pool.query<DataSetRow>(
    `select ${COLUMNS} from data_sets where id = $1 and ${SEEN}`,
    [id],
  )
  return rows[0] && toDataSet(rows[0])
}

/** The newest first, those behind `after` where that is given. */
export const listDataSets = async (
  db: Database,
  after: string | undefined,
  limit: number,
): Promise<DataSet[]> => {
  const { rows } = await db.pool.query<DataSetRow>(
    `select ${COLUMNS} from data_sets
      where ${SEEN} and ($1::uuid is null or (created_at, id) < (select created_at, id from data_sets where id = $1))
      order by created_at desc, id desc limit $2`,
    [after, limit],
  )
  return rows.map(toDataSet)
}

interface SeriesRow extends Omit<DataSetSeries, 'firstMs' | 'lastMs'> {
  readonly firstMs: number | null
  readonly lastMs: number | null
}

const SERIES_COLUMNS = 'number, s.name, s.points, first_ms as "firstMs", last_ms as "lastMs"'

const toSeries = ({ firstMs, lastMs, ...row }: SeriesRow): DataSetSeries => ({
  ...row,
  firstMs: firstMs ?? undefined,
  lastMs: lastMs ?? undefined,
})

/** In order, those behind number `after` (-1: all). */
export const listSeries = async (
  db: Database,
  id: string,
  after: number,
  limit: number,
): Promise<DataSetSeries[]> => {
  const { rows } = await db.pool.query<SeriesRow>(
    `select ${SERIES_COLUMNS} from data_set_series s where data_set = $1 and number > $2 order by number limit $3`,
    [id, after, limit],
  )
  return rows.map(toSeries)
}

/** Undefined where the data set, or the series in it, is not there. */
export const findSeries = async (
  db: Database,
  id: string,
  name: string,
): Promise<DataSetSeries | undefined> => {
  const { rows } = await db.pool.query<SeriesRow>(
    `select ${SERIES_COLUMNS} from data_set_series s join data_sets on data_sets.id = data_set
      where data_set = $1 and s.name = $2 and ${SEEN}`,
    [id, name],
  )
  return rows[0] && toSeries(rows[0])
}
