/** The connection to PostgreSQL, and its failures as ours. */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type Config, required } from '../config.ts'
import { AppError, codeOf, toError } from '../errors.ts'
import { whileRetryable } from '../retry.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Tables } from './tables.ts'

export interface Database {
  readonly pool: pg.Pool
  readonly query: Kysely<Tables>
  close(): Promise<void>
}

// Offsets and counts are 64 bits wide in PostgreSQL; `json` stays text until somebody needs it parsed.
const BIGINT = 20
const JSON_TEXT = 114
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === BIGINT) return (value: string) => BigInt(value)
    if (oid === JSON_TEXT) return (value: string) => value
    return pg.types.getTypeParser(oid, format ?? 'text')
  },
}

/** Statements that take longer are given up by whoever does not say otherwise, ms. */
const QUERY_LIMIT_MS = 30_000

/**
 * Sessions of clients that are gone without a word end after 45 s, so that they don't fill the server up; those within a transaction
 * after 5 s, also of a process that is frozen: what they hold locked others wait for, the next owner of a partition first of all. There
 * is no limit to a statement on the server: what a client gave up and asks again then finds done.
 *
 * Plans are made anew each time: one made while a table was empty reads all of it, and PostgreSQL would keep it until it
 * next analyzes the table, which under a burst is a minute and some hundred thousand jobs later. And none is compiled: that takes
 * longer than any statement of ours.
 */
const SESSION =
  '-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c idle_in_transaction_session_timeout=5000 -c plan_cache_mode=force_custom_plan -c jit=off'

/**
 * Opens the pool (connections are made on use). `queryLimitMs`: how long an answer is waited for; a connection that
 * gives none is closed, since nothing else tells that the other side can't be reached any more.
 * @throws AppError CONFIG_INVALID without DATABASE_URL
 */
export const openDatabase = (
  config: Config['database'],
  node: string,
  log: Logger,
  queryLimitMs = QUERY_LIMIT_MS,
): Database => {
  const pool = new pg.Pool({
    connectionString: required(config.url, 'DATABASE_URL'),
    max: config.pool,
    application_name: node.slice(0, 63),
    options: `-c search_path=${config.schema} ${SESSION}`,
    connectionTimeoutMillis: Math.min(5_000, queryLimitMs),
    query_timeout: queryLimitMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  })
  // An idle connection that breaks would end the process otherwise; the pool replaces it.
  pool.on('error', (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'))
  // One in use, too: the pool leaves it to whoever has it, and kysely does not listen. What was asked of it fails anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  const query = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  // Not query.destroy(): a kysely that was never used leaves the pool open.
  return { pool, query, close: () => pool.end() }
}

/** Classes of SQLSTATE that say nothing about what was asked, only that it can't be done now; 25P03: we were frozen in a transaction. */
const transient = /^(08|25P03|53|57|58|40|XX)/

/** Whether repeating may help: a lost connection, a full disk, a restart; not a wrong statement or wrong data. */
export const isTransient = (thrown: unknown): boolean => {
  const code = codeOf(thrown)
  return !/^[0-9A-Z]{5}$/.test(code) || transient.test(code)
}

/** A failure of PostgreSQL as our error: STORE_UNAVAILABLE where it passes, INTERNAL where what we asked was wrong. */
export const storeError = (thrown: unknown): AppError =>
  isTransient(thrown)
    ? new AppError('STORE_UNAVAILABLE', `PostgreSQL is not available: ${toError(thrown).message}`, {
        retryable: true,
        retryAfterS: 2,
        cause: thrown,
      })
    : new AppError('INTERNAL', 'The database did not take what it was asked; it was logged.', {
        cause: thrown,
      })

/** Asks the store, and waits for as long as it is away. @throws AppError INTERNAL, or the signal's reason once it is aborted */
export const fromStore = <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> =>
  whileRetryable(
    () =>
      ask().catch((error: unknown) => {
        throw storeError(error)
      }),
    signal,
  )
