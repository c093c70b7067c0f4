/** Writes the fleet's history as this master sees it. All masters do, of the same moments, and the first to come is kept. */
import type { Decision } from '../../core/events/event.ts'
import { SerialLoop } from '../../core/serial-loop.ts'
import { type Database, isTransient } from '../../core/store/database.ts'
import {
  type FleetSample,
  readDecisions,
  SAMPLE_MS,
  writeDecisions,
  writeSample,
} from '../../core/store/fleet-history.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { type Fleet, MAX_DECISIONS } from './fleet.ts'

/** A timer may fire so much too early. */
const SLACK_MS = 100
/** Decisions that wait for the store to come back; beyond it the oldest are not written. */
const MAX_WAITING = 1_000

/** The moment that a sample taken now is of. */
export const momentOf = (now: number): number => Math.floor((now + SLACK_MS) / SAMPLE_MS) * SAMPLE_MS

export interface HistoryParts {
  readonly db: Database
  readonly fleet: Fleet
  readonly log: Logger
  /** The state of now; undefined while it is not known, which leaves a gap. */
  readonly sample: () => Omit<FleetSample, 'at'> | undefined
}

export class History {
  readonly #parts: HistoryParts
  readonly #writing = new SerialLoop(() => this.#write())
  readonly #unlisten: () => void
  #timer: NodeJS.Timeout | undefined
  #sample: FleetSample | undefined
  #decisions: Decision[] = []
  /** Whether the fleet was told what was decided before this master started. */
  #recalled = false
  #failing = false
  #stopped = false

  constructor(parts: HistoryParts) {
    this.#parts = parts
    this.#unlisten = parts.fleet.listen((event) => {
      if (event.kind !== 'scaler' || !event.decision) return
      this.#decisions = [...this.#decisions, event.decision].slice(-MAX_WAITING)
      this.#writing.poke()
    })
    this.#writing.poke()
    this.#waitForNext()
  }

  stop(): void {
    this.#stopped = true
    this.#unlisten()
    clearTimeout(this.#timer)
  }

  #waitForNext(): void {
    this.#timer = setTimeout(() => this.#take(), SAMPLE_MS - (Date.now() % SAMPLE_MS))
    this.#timer.unref()
  }

  #take(): void {
    const sample = this.#parts.sample()
    // One that the store did not take meanwhile is given up.
    this.#sample = sample && { at: momentOf(Date.now()), ...sample }
    this.#writing.poke()
    this.#waitForNext()
  }

  async #write(): Promise<void> {
    const { db, fleet, log } = this.#parts
    const [sample, decisions] = [this.#sample, this.#decisions]
    this.#sample = undefined
    this.#decisions = []
    try {
      if (!this.#recalled) fleet.recall(await readDecisions(db, { from: 0, to: Date.now() }, MAX_DECISIONS))
      this.#recalled = true
      if (decisions.length > 0) await writeDecisions(db, decisions)
      if (sample) await writeSample(db, sample)
      if (this.#failing) log.info('the fleet’s history is written again')
      this.#failing = false
    } catch (error) {
      if (!this.#failing && !this.#stopped)
        log.warn({ err: error }, 'the fleet’s history can’t be written: it will have a gap')
      this.#failing = true
      if (isTransient(error)) this.#decisions = [...decisions, ...this.#decisions].slice(-MAX_WAITING)
    }
  }
}
