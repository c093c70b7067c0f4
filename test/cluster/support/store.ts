/** The installation's PostgreSQL, asked directly: outcomes are the truth about jobs. */
import pg from 'pg'
import type { Api, Resource } from './api.ts'
import { paths } from './names.ts'
import { reach } from './reach.ts'

export interface Counts {
  /** Jobs that have an outcome. */
  readonly all: number
  readonly succeeded: number
  /** Succeeded ones that were handed to a worker more than once. */
  readonly repeated: number
}

export interface Store {
  /** The database's clock, ms since the epoch. */
  now(): Promise<number>
  /** Since the installation, or of jobs that were submitted after `since`, ms since the epoch. */
  counts(since?: number): Promise<Counts>
  /** Outcomes of jobs submitted after `since`: cheap enough for each second. */
  finished(since: number): Promise<number>
  close(): Promise<void>
}

interface Secret extends Resource {
  readonly data: Readonly<Record<string, string>>
}

/** Of a v8 id the first 48 bits are the submit time: the primary key serves ranges of it. */
const idFrom = (ms: number): string => {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

export const openStore = async (api: Api): Promise<Store> => {
  const secret = await api.get<Secret>(paths.secret('anomalyguard-db'))
  const url = new URL(Buffer.from(secret?.data['DATABASE_URL'] ?? '', 'base64').toString())
  const way = await reach('service/postgres', Number(url.port || 5432))
  await way.open()
  const pool = new pg.Pool({
    host: '127.0.0.1',
    port: way.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
    options: '-c search_path=anomalyguard',
    max: 2,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    allowExitOnIdle: true,
  })
  // The way to it may be made anew; the next query finds out.
  pool.on('error', () => {})
  return {
    async now() {
      const { rows } = await pool.query<{ now: Date }>('select now()')
      return rows[0]?.now.getTime() ?? Date.now()
    },
    async counts(since = 0) {
      const { rows } = await pool.query<Counts>(
        `select count(*)::int as "all",
           (count(*) filter (where status = 'succeeded'))::int as succeeded,
           (count(*) filter (where status = 'succeeded' and json_array_length(attempts) > 1))::int as repeated
         from outcomes where id >= $1::uuid`,
        [idFrom(since)],
      )
      return rows[0] ?? { all: 0, succeeded: 0, repeated: 0 }
    },
    async finished(since) {
      const { rows } = await pool.query<{ n: number }>(
        'select count(*)::int as n from outcomes where id >= $1::uuid',
        [idFrom(since)],
      )
      return rows[0]?.n ?? 0
    },
    async close() {
      await pool.end().catch(() => {})
      way.close()
    },
  }
}
