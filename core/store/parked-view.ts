/** Parked jobs as people see them: one, a page of them, and how many there are. */
import { type ParkedJob, type ParkReason, parkReasons } from '../parking.ts'
import type { Database } from './database.ts'
import { PARKED_COLUMNS, type ParkedRow, toParked } from './parked-row.ts'

export interface ParkedView extends ParkedJob {
  /** Milliseconds since the epoch. */
  readonly parkedAt: number
}

type ViewRow = ParkedRow & { parked_at: Date }

const toView = (row: ViewRow): Omit<ParkedView, 'value'> => ({
  ...toParked(row),
  parkedAt: row.parked_at.getTime(),
})

/** A parked job with its value, or undefined. */
export const getParked = async (db: Database, id: string): Promise<ParkedView | undefined> => {
  const { rows } = await db.pool.query<ViewRow & { value: Buffer }>({
    name: 'get-parked',
    text: `select value, parked_at, ${PARKED_COLUMNS} from parked where id = $1`,
    values: [id],
  })
  const [row] = rows
  return row && { ...toView(row), value: row.value }
}

export interface ParkedFilter {
  readonly type?: string | undefined
  readonly key?: string | undefined
  /** Any of them. */
  readonly reasons?: readonly ParkReason[] | undefined
  /** Id of the last job of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Parked jobs, newest submission first, without their values. */
export const listParked = async (
  db: Database,
  filter: ParkedFilter,
): Promise<Omit<ParkedView, 'value'>[]> => {
  const { rows } = await db.pool.query<ViewRow>({
    text: `select parked_at, ${PARKED_COLUMNS} from parked
            where ($1::text is null or type = $1) and ($2::text is null or key = $2)
              and ($3::text[] is null or reason = any($3)) and ($4::uuid is null or id < $4)
            order by id desc limit $5`,
    values: [
      filter.type ?? null,
      filter.key ?? null,
      filter.reasons ?? null,
      filter.after ?? null,
      filter.limit,
    ],
  })
  return rows.map(toView)
}

/** More than this are not counted: it is asked every few seconds. */
export const MAX_COUNTED = 100_000

export interface ParkedCount {
  readonly parked: number
  /** Those that may run, or run: the lag that the log doesn't show. At most one a blocked key. */
  readonly due: number
  readonly byReason: Readonly<Record<ParkReason, number>>
}

/** How many jobs of these topics are parked, and due: `MAX_COUNTED` where there are more. */
export const countParked = async (db: Database, topics: readonly string[]): Promise<ParkedCount> => {
  const { rows } = await db.pool.query<{ reason: ParkReason | null; count: number }>({
    name: 'count-parked',
    text: `select reason, count(*)::int as count
             from (select reason from parked where topic = any($1::text[]) limit $2) as _ group by reason
           union all
           select null, count(*)::int
             from (select from parked where topic = any($1::text[]) and due <= statement_timestamp() and due < 'infinity'
                    limit $2) as _`,
    values: [topics, MAX_COUNTED],
  })
  const counts = new Map(rows.map(({ reason, count }) => [reason, count]))
  const byReason = Object.fromEntries(
    parkReasons.map((reason) => [reason, counts.get(reason) ?? 0]),
  ) as Record<ParkReason, number>
  const parked = Object.values(byReason).reduce((sum, count) => sum + count, 0)
  return { parked, due: counts.get(null) ?? 0, byReason }
}
