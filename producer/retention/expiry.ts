/** One run over the tables: what has had its time is deleted in small steps, with pauses between them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../../core/config.ts'
import type { Database } from '../../core/store/database.ts'
import { expireOutcomes, expireRows, FIRST_ID, firstIdAt, type TimedTable } from '../../core/store/expire.ts'

export type ExpiringTable = TimedTable | 'outcomes'

/** Rows of one statement. */
const STEP = 1_000
/** A pause is so many times as long as the step before it: a fifth of one connection is the most that this takes. */
const PAUSE = 4
const SHORTEST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 5_000
/** Most jobs end so soon after they were submitted: the walk stays so far behind, and finds them ended for long enough. */
const USUAL_SOJOURN_MS = 600_000
/** Where their job runs they are noted anew with each delivery. */
const ATTEMPTS_KEPT_MS = 7 * 86_400_000

export interface ExpiryOptions {
  readonly db: Database
  readonly retention: Config['retention']
  /** Told of each step. */
  readonly onStep: (table: ExpiringTable, deleted: number, seconds: number) => void
  readonly signal: AbortSignal
  readonly step?: number
}

/** How long the rows of each table are kept, ms. */
export const keptMs = (retention: Config['retention']): Readonly<Record<ExpiringTable, number>> => ({
  outcomes: retention.resultsMs,
  schedule_ticks: retention.resultsMs,
  series_alarms: retention.resultsMs,
  dead_letters: retention.deadLettersMs,
  reservations: retention.reservationsMs,
  delivery_attempts: ATTEMPTS_KEPT_MS,
  fleet_samples: retention.historyMs,
  fleet_decisions: retention.historyMs,
  data_sets: 0,
})

/** Rows of one statement, where they are not like others: a data set takes its points along. */
const STEPS: Partial<Record<TimedTable, number>> = { data_sets: 1 }

/** Takes steps until one says that it was the last. */
const inSteps = async (
  table: ExpiringTable,
  { onStep, signal }: ExpiryOptions,
  step: () => Promise<{ deleted: number; more: boolean }>,
): Promise<void> => {
  for (;;) {
    const from = performance.now()
    const { deleted, more } = await step()
    const ms = performance.now() - from
    onStep(table, deleted, ms / 1000)
    if (!more || signal.aborted) return
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, PAUSE * ms))
    await delay(pause, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
  }
}

export const expireTable = (options: ExpiryOptions, table: TimedTable): Promise<void> => {
  const { db, retention, step = STEPS[table] ?? STEP } = options
  return inSteps(table, options, async () => {
    const deleted = await expireRows(db, table, keptMs(retention)[table], step)
    return { deleted, more: deleted === step }
  })
}

/**
 * Walks on over the outcomes from `after`, and resolves to where the next run goes on. What ended late lies behind that: so
 * now and then a walk begins at `FIRST_ID`. `cancelledToo` as for `expireOutcomes`.
 */
export const expireOutcomesFrom = async (
  options: ExpiryOptions,
  after: string,
  cancelledToo: boolean,
): Promise<string> => {
  const { db, retention, step = STEP } = options
  const { resultsMs } = retention
  const end = firstIdAt(Date.now() - resultsMs - USUAL_SOJOURN_MS)
  let at = after > end ? FIRST_ID : after
  await inSteps('outcomes', options, async () => {
    const { deleted, next } = await expireOutcomes(db, { after: at, end }, resultsMs, cancelledToo, step)
    at = next ?? end
    return { deleted, more: next !== undefined }
  })
  return at
}
