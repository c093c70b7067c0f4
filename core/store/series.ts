/** Standing series: their settings, read and changed by the API, and read by the jobs that append to them. */
import { DEFAULT_WATCH, MAX_SERIES } from '../series/watch.ts'
import type { Database } from './database.ts'
import { inTransaction, type Queryable } from './transaction.ts'

export interface Webhook {
  readonly url: string
  readonly secret: string
  /** Why nothing is delivered to it any more. */
  readonly disabled: string | undefined
}

export interface Series {
  readonly name: string
  readonly detector: string
  readonly threshold: number
  readonly webhook: Webhook | undefined
  /** Grows with each append and each change of the settings. */
  readonly version: number
  /** Points so far. */
  readonly rows: number
  /** Whether its points have timestamps; undefined while there is none. */
  readonly timed: boolean | undefined
  /** Of the last point. Times are milliseconds since the epoch. */
  readonly lastMs: number | undefined
  /** Points that the stored state of its detector knows. */
  readonly stateRow: number
  readonly alarms: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly appendedAt: number | undefined
}

interface Row {
  readonly name: string
  readonly detector: string | null
  readonly threshold: number | null
  readonly webhook_url: string | null
  readonly webhook_secret: string | null
  readonly webhook_disabled: string | null
  readonly version: bigint
  readonly rows: bigint
  readonly timed: boolean | null
  readonly last_ms: number | null
  readonly state_row: bigint
  readonly alarms: bigint
  readonly created_at: Date
  readonly updated_at: Date
  readonly appended_at: Date | null
}

/** All but the state, which is large. */
const COLUMNS = `name, detector, threshold, webhook_url, webhook_secret, webhook_disabled, version, rows, timed, last_ms,
  state_row, alarms, created_at, updated_at, appended_at`

const toSeries = (row: Row): Series => ({
  name: row.name,
  detector: row.detector ?? DEFAULT_WATCH.detector,
  threshold: row.threshold ?? DEFAULT_WATCH.threshold,
  webhook:
    row.webhook_url === null || row.webhook_secret === null
      ? undefined
      : { url: row.webhook_url, secret: row.webhook_secret, disabled: row.webhook_disabled ?? undefined },
  version: Number(row.version),
  rows: Number(row.rows),
  timed: row.timed ?? undefined,
  lastMs: row.last_ms ?? undefined,
  stateRow: Number(row.state_row),
  alarms: Number(row.alarms),
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
  appendedAt: row.appended_at?.getTime(),
})

export const getSeries = async ({ pool }: Database, name: string): Promise<Series | undefined> => {
  const { rows } = await pool.query<Row>({
    name: 'get-series',
    text: `select ${COLUMNS} from series where name = $1`,
    values: [name],
  })
  const [row] = rows
  return row && toSeries(row)
}

/** By name, those after `after`. */
export const listSeries = async (
  { pool }: Database,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<Series[]> => {
  const { rows } = await pool.query<Row>({
    name: 'list-series',
    text: `select ${COLUMNS} from series where name > $1 order by name limit $2`,
    values: [after ?? '', limit],
  })
  return rows.map(toSeries)
}

/** There are as many as there may be. Two that are made at once may exceed it by one: it keeps a mistake from filling the store. */
const isFull = async (client: Queryable): Promise<boolean> => {
  const { rows } = await client.query<{ count: bigint }>('select count(*) from series')
  return Number(rows[0]?.count ?? 0) >= MAX_SERIES
}

/** The series, made with this detector and defaults where there is none; undefined: there are too many. */
export const ensureSeries = async (
  db: Database,
  name: string,
  detector?: string,
): Promise<Series | undefined> => {
  const present = await getSeries(db, name)
  if (present) return present
  if (await isFull(db.pool)) return undefined
  await db.pool.query('insert into series (name, detector) values ($1, $2) on conflict do nothing', [
    name,
    detector ?? null,
  ])
  return getSeries(db, name)
}

/** All settings; what is undefined has its default. */
export interface NewSettings {
  readonly detector: string | undefined
  readonly threshold: number | undefined
  readonly webhook: { readonly url: string; readonly secret: string | undefined } | undefined
}

export interface PutSeries {
  readonly series: Series
  readonly isNew: boolean
  /** The secret that was made, where one was. */
  readonly made: string | undefined
}

/**
 * Makes a series or puts these settings in the place of what it has; undefined: there are too many. A webhook without a
 * secret keeps the one that is there, else gets what `newSecret` gives. Another detector begins with the points that are kept.
 */
export const putSeries = (
  db: Database,
  name: string,
  { detector, threshold, webhook }: NewSettings,
  newSecret: () => string,
): Promise<PutSeries | undefined> =>
  inTransaction(db, async (client) => {
    const found = await client.query<Row>(`select ${COLUMNS} from series where name = $1 for update`, [name])
    const present = found.rows[0] && toSeries(found.rows[0])
    if (!present && (await isFull(client))) return undefined
    const known = webhook?.secret ?? (webhook && present?.webhook?.secret)
    const made = webhook && known === undefined ? newSecret() : undefined
    const restart = present !== undefined && present.detector !== (detector ?? DEFAULT_WATCH.detector)
    const { rows } = await client.query<Row>(
      `insert into series as s (name, detector, threshold, webhook_url, webhook_secret) values ($1, $2, $3, $4, $5)
       on conflict (name) do update
         set detector = excluded.detector, threshold = excluded.threshold, webhook_url = excluded.webhook_url,
             webhook_secret = excluded.webhook_secret, webhook_disabled = null, version = s.version + 1,
             state = case when $6 then null else s.state end, state_row = case when $6 then 0 else s.state_row end,
             updated_at = clock_timestamp()
       returning ${COLUMNS}`,
      [name, detector ?? null, threshold ?? null, webhook?.url ?? null, known ?? made ?? null, restart],
    )
    const [row] = rows
    return row && { series: toSeries(row), isNew: !present, made }
  })

/** Deletes it with its points and alarms; false: there is none. */
export const deleteSeries = async ({ pool }: Database, name: string): Promise<boolean> => {
  const { rowCount } = await pool.query('delete from series where name = $1', [name])
  return rowCount === 1
}

/** Nothing is posted to this URL of the series any more, until its settings are put again. */
export const disableWebhook = async (
  { pool }: Database,
  name: string,
  url: string,
  why: string,
): Promise<void> => {
  await pool.query(
    'update series set webhook_disabled = $3, version = version + 1 where name = $1 and webhook_url = $2',
    [name, url, why],
  )
}
