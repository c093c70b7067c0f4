import { Poll } from '../poll.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Database } from './database.ts'
import { countParked, type ParkedCount } from './parked.ts'

/** A count older than this says nothing of now, ms. */
const MAX_AGE_MS = 10_000

export interface ParkedReading extends ParkedCount {
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Counts the parked jobs of topics every `intervalMs`: lag that the log doesn't show. */
export class ParkedMonitor extends Poll<ParkedReading> {
  constructor(db: Database, topics: readonly string[], log: Logger, intervalMs = 1_000) {
    const read = async (): Promise<ParkedReading> => ({ ...(await countParked(db, topics)), at: Date.now() })
    super({ read, what: 'the number of parked jobs', log, intervalMs })
  }

  /** Those that may run now, or run: by the last count, however old. */
  get due(): number {
    return this.latest?.due ?? 0
  }

  /** The last count, unless it is too old to be a ground for a decision. */
  get fresh(): ParkedReading | undefined {
    const { latest } = this
    return latest && Date.now() - latest.at < MAX_AGE_MS ? latest : undefined
  }
}
