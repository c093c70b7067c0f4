/** Parked jobs as people see them: one, a page of them, and how many there are. */
import { type ParkedJob, type ParkReason, parkReasons } from '../parking.ts'
import type { Database } from './database.ts'
import { PARKED_COLUMNS, type ParkedRow, toParked } from './parked-row.ts'

export interface ParkedView extends ParkedJob {
  /** Milliseconds since the epoch. */
  readonly parkedAt: number
  /** When it may run, milliseconds since the epoch; undefined while `order` or `limit` keeps it. */
  readonly dueAt: number | undefined
}

type ViewRow = ParkedRow & { parked_at: Date; due: Date | number }

const VIEW_COLUMNS = `parked_at, due, ${PARKED_COLUMNS}`

const toView = (row: ViewRow): Omit<ParkedView, 'value'> => ({
  ...toParked(row),
  parkedAt: row.parked_at.getTime(),
  dueAt: row.due instanceof Date ? row.due.getTime() : undefined,
})

/** A parked job with its value, or undefined. */
export const getParked = async (db: Database, id: string): Promise<ParkedView | undefined> => {
  const { rows } = await db.pool.query<ViewRow & { value: Buffer }>({
    name: 'get-parked',
    text: `select value, ${VIEW_COLUMNS} from parked where id = $1`,
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
  /** Whether an attempt was made since it was submitted or replayed. */
  readonly attempted?: boolean | undefined
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
    text: `select ${VIEW_COLUMNS} from parked
            where ($1::text is null or type = $1) and ($2::text is null or key = $2)
              and ($3::text[] is null or reason = any($3)) and ($4::uuid is null or id < $4)
              and ($5::boolean is null or $5 = (attempt > attempts_before))
            order by id desc limit $6`,
    values: [
      filter.type ?? null,
      filter.key ?? null,
      filter.reasons ?? null,
      filter.after ?? null,
      filter.attempted ?? null,
      filter.limit,
    ],
  })
  return rows.map(toView)
}

/** Which of these jobs are parked. */
export const findParked = async (db: Database, ids: readonly string[]): Promise<Set<string>> => {
  const { rows } = await db.pool.query<{ id: string }>({
    name: 'find-parked',
    text: 'select id from parked where id = any($1::uuid[])',
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
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
