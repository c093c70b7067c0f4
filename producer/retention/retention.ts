import type { Config } from '../../core/config.ts'
import type { Admin, Kafka } from '../../core/kafka/client.ts'
import type { TopicNames } from '../../core/kafka/topics.ts'
import type { Database } from '../../core/store/database.ts'
import { exclusively } from '../../core/store/exclusive.ts'
import { FIRST_ID, timedTables } from '../../core/store/expire.ts'
import { dropOpenLimits } from '../../core/store/limits.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { type ExpiryOptions, expireOutcomesFrom, expireTable } from './expiry.ts'
import type { RetentionMetrics } from './metrics.ts'
import { isReadUpTo, readLogStates, trimTopic } from './trim.ts'

const INTERVAL_MS = 60_000
/** So often a run is thorough: it walks all outcomes that are old enough, and trims logs by however little. */
const THOROUGH_MS = 3_600_000
/** Records that a trim is worth otherwise. */
const WORTH_TRIMMING = 1_000

export interface RetentionOptions {
  readonly db: Database
  readonly kafka: Kafka
  readonly names: TopicNames
  readonly retention: Config['retention']
  readonly metrics: RetentionMetrics
  readonly log: Logger
  readonly intervalMs?: number
}

/**
 * Deletes what has had its time: rows of ended jobs, and the log below what is committed. Every master has one, and one
 * of them at a time does it, each minute. What fails is said, and tried again the next time; the rest goes on.
 */
export class Retention {
  readonly #options: RetentionOptions
  readonly #admin: Admin
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<unknown> = Promise.resolve()
  /** Where the walk over outcomes goes on. */
  #walked = FIRST_ID
  #thoroughAt = Number.NEGATIVE_INFINITY
  readonly #failing = new Set<string>()

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#admin = options.kafka.admin({ retry: { retries: 2 } })
  }

  /** @throws what kafkajs throws where no broker can be reached */
  async start(): Promise<void> {
    await this.#admin.connect()
    const next = (): void => {
      if (this.#stopping.signal.aborted) return
      this.#running = this.run().finally(() => {
        this.#timer = setTimeout(next, this.#options.intervalMs ?? INTERVAL_MS)
        this.#timer.unref()
      })
    }
    next()
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    clearTimeout(this.#timer)
    await this.#admin.disconnect()
  }

  /** One run, unless another master is at it. Never throws; false where it was not whole. */
  async run(): Promise<boolean> {
    let whole = true
    const part = async (of: string, work: () => Promise<unknown>): Promise<void> => {
      if (this.#stopping.signal.aborted || !(await this.#attempt(of, work))) whole = false
    }
    const done = await this.#attempt('lock', async () => {
      const mine = await exclusively(this.#options.db, 'retention', () => this.#all(part))
      whole &&= mine
    })
    if (!done || !whole) return false
    this.#options.metrics.lastRun.setToCurrentTime()
    return true
  }

  async #all(part: (of: string, work: () => Promise<unknown>) => Promise<void>): Promise<void> {
    const { db, names, retention, metrics } = this.#options
    const thorough = performance.now() - this.#thoroughAt >= THOROUGH_MS
    if (thorough) this.#thoroughAt = performance.now()
    const expiry: ExpiryOptions = {
      db,
      retention,
      signal: this.#stopping.signal,
      onStep: (table, deleted, seconds) => {
        metrics.deleted.inc({ table }, deleted)
        metrics.stepSeconds.observe({ table }, seconds)
      },
    }
    const logs = [
      ...names.byPriority.map((topic) => [topic, names.slaves] as const),
      [names.control, names.masters] as const,
    ]
    await part('outcomes', async () => {
      const cancelledToo = await this.#allRead(logs, Date.now() - retention.resultsMs)
      this.#walked = await expireOutcomesFrom(expiry, thorough ? FIRST_ID : this.#walked, cancelledToo)
    })
    if (thorough) await part('limits', () => dropOpenLimits(db))
    for (const table of timedTables) await part(table, () => expireTable(expiry, table))
    for (const [topic, group] of logs) {
      await part(topic, async () => {
        const least = thorough ? 1 : WORTH_TRIMMING
        metrics.trimmed.inc({ topic }, await trimTopic(this.#admin, group, topic, retention.logMs, least))
      })
    }
  }

  /** Whether nothing that is older waits in these logs. */
  async #allRead(logs: readonly (readonly [string, string])[], before: number): Promise<boolean> {
    try {
      for (const [topic, group] of logs)
        if (!isReadUpTo(await readLogStates(this.#admin, group, topic, before))) return false
      return true
    } catch {
      // Kafka is away, as trimming will say.
      return false
    }
  }

  /** Whether it succeeded. A failure is logged when it begins. */
  async #attempt(of: string, work: () => Promise<unknown>): Promise<boolean> {
    const { metrics, log } = this.#options
    try {
      await work()
      metrics.failing.set({ of }, 0)
      this.#failing.delete(of)
      return true
    } catch (error) {
      metrics.failing.set({ of }, 1)
      if (!this.#failing.has(of) && !this.#stopping.signal.aborted)
        log.warn({ err: error, of }, 'what has had its time can’t be deleted; trying again')
      this.#failing.add(of)
      return false
    }
  }
}
