/** Dead letters read, counted and dropped, by filter. */
import { parseAttempts } from '../job.ts'
import type { Database } from './database.ts'
import type { DeadLetter } from './dead-letters.ts'

/** Which letters: those that fit all that is given. */
export interface LetterFilter {
  readonly ids?: readonly string[] | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly key?: string | undefined
  /** Died at or after this time, milliseconds since the epoch. */
  readonly from?: number | undefined
  /** Died before it. */
  readonly to?: number | undefined
}

/** The condition of a filter, for its six {@link filterValues}. What is not given is folded away when it is planned. */
export const FILTER = `($1::uuid[] is null or id = any($1)) and ($2::text is null or type = $2)
  and ($3::text is null or code = $3) and ($4::text is null or key = $4)
  and ($5::timestamptz is null or died_at >= $5) and ($6::timestamptz is null or died_at < $6)`

export const filterValues = ({ ids, type, code, key, from, to }: LetterFilter): unknown[] => [
  ids ?? null,
  type ?? null,
  code ?? null,
  key ?? null,
  from === undefined ? null : new Date(from),
  to === undefined ? null : new Date(to),
]

/** A letter in a list: without its value. */
export interface LetterView extends Omit<DeadLetter, 'id' | 'value'> {
  readonly id: string
  /** Bytes of the value; undefined: there is none. */
  readonly size: number | undefined
}

interface Row {
  readonly id: string
  readonly replayable: boolean
  readonly topic: string
  readonly partition: number
  readonly offset: bigint | null
  readonly type: string | null
  readonly key: string | null
  readonly traceparent: string | null
  readonly code: string
  readonly message: string
  readonly attempts: string
  readonly submitted_at: Date | null
  readonly died_at: Date
  readonly size: number | null
}

const COLUMNS = `id, replayable, topic, partition, "offset", type, key, traceparent, code, message, attempts,
  submitted_at, died_at, octet_length(value) as size`

const toView = (row: Row): LetterView => ({
  id: row.id,
  replayable: row.replayable,
  topic: row.topic,
  partition: row.partition,
  offset: row.offset === null ? undefined : Number(row.offset),
  type: row.type ?? undefined,
  key: row.key ?? undefined,
  traceparent: row.traceparent ?? undefined,
  error: { code: row.code, message: row.message },
  attempts: parseAttempts(row.attempts),
  submittedAt: row.submitted_at?.getTime(),
  diedAt: row.died_at.getTime(),
  size: row.size ?? undefined,
})

/** The last letter of the page before. */
export type LetterCursor = Pick<LetterView, 'diedAt' | 'id'>

/** Letters, those that died last first. */
export const listLetters = async (
  db: Database,
  filter: LetterFilter & { readonly after?: LetterCursor | undefined; readonly limit: number },
): Promise<LetterView[]> => {
  const { after, limit } = filter
  const { rows } = await db.pool.query<Row>(
    `select ${COLUMNS} from dead_letters
      where ${FILTER} and ($7::timestamptz is null or (died_at, id) < ($7, $8::uuid))
      order by died_at desc, id desc limit $9`,
    [...filterValues(filter), after ? new Date(after.diedAt) : null, after?.id ?? null, limit],
  )
  return rows.map(toView)
}

/** A letter with its value, or undefined. */
export const getLetter = async (
  db: Database,
  id: string,
): Promise<(LetterView & Pick<DeadLetter, 'value'>) | undefined> => {
  const { rows } = await db.pool.query<Row & { value: Buffer | null }>(
    `select ${COLUMNS}, value from dead_letters where id = $1`,
    [id],
  )
  const [row] = rows
  return row && { ...toView(row), value: row.value }
}

export interface LetterCount {
  readonly total: number
  /** '' for records without a type. */
  readonly byType: ReadonlyMap<string, number>
  readonly byCode: ReadonlyMap<string, number>
}

export const countLetters = async (db: Database, filter: LetterFilter): Promise<LetterCount> => {
  const { rows } = await db.pool.query<{ by: number; type: string | null; code: string | null; n: bigint }>(
    `select grouping(type, code) as by, type, code, count(*) as n from dead_letters where ${FILTER}
      group by grouping sets ((), (type), (code)) order by n desc, type, code`,
    filterValues(filter),
  )
  // A bit a column, from the right; set where the rows are not told apart by it.
  const [BY_TYPE, BY_CODE, ALL] = [0b01, 0b10, 0b11]
  const counts = (grouping: number | undefined, name: 'type' | 'code'): Map<string, number> =>
    new Map(rows.filter(({ by }) => by === grouping).map((row) => [row[name] ?? '', Number(row.n)]))
  return {
    total: Number(rows.find(({ by }) => by === ALL)?.n ?? 0),
    byType: counts(BY_TYPE, 'type'),
    byCode: counts(BY_CODE, 'code'),
  }
}

/** Letters dropped in one transaction. */
const DROP_STEP = 1_000

/** Drops letters in small steps; resolves to how many. Their jobs stay dead. */
export const dropLetters = async (db: Database, filter: LetterFilter): Promise<number> => {
  for (let dropped = 0; ; ) {
    const { rowCount } = await db.pool.query(
      `delete from dead_letters where id in (
         select id from dead_letters where ${FILTER} limit $7 for update skip locked)`,
      [...filterValues(filter), DROP_STEP],
    )
    dropped += rowCount ?? 0
    if ((rowCount ?? 0) < DROP_STEP) return dropped
  }
}
