/** Alarms of standing series, as they were written with the points that raised them. */
import type { Alarm } from '../series/watch.ts'
import type { Database } from './database.ts'

/** Written by ourselves and never changed: it is what it was. */
const parse = ({ alarm }: { readonly alarm: string }): Alarm => JSON.parse(alarm) as Alarm

/** Newest first, those of points before row `before`. */
export const listAlarms = async (
  { pool }: Database,
  series: string,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<Alarm[]> => {
  const { rows } = await pool.query<{ alarm: string }>({
    name: 'list-alarms',
    text: `select alarm from series_alarms where series = $1 and ($2::bigint is null or at_row < $2)
            order by at_row desc limit $3`,
    values: [series, before ?? null, limit],
  })
  return rows.map(parse)
}

/** In the order of their points, those of points from row `from` on and before row `end`. */
export const alarmsFrom = async (
  { pool }: Database,
  series: string,
  from: number,
  end: number,
  limit: number,
): Promise<Alarm[]> => {
  const { rows } = await pool.query<{ alarm: string }>({
    name: 'alarms-from',
    text: `select alarm from series_alarms where series = $1 and at_row >= $2 and at_row < $3 order by at_row limit $4`,
    values: [series, from, end, limit],
  })
  return rows.map(parse)
}

/** One alarm, or undefined. */
export const findAlarm = async (
  { pool }: Database,
  series: string,
  id: string,
): Promise<Alarm | undefined> => {
  const { rows } = await pool.query<{ alarm: string }>({
    name: 'find-alarm',
    text: 'select alarm from series_alarms where id = $2 and series = $1',
    values: [series, id],
  })
  return rows[0] && parse(rows[0])
}
