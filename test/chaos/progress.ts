/** Watches how many outcomes there are, while it can be asked: what waits, and when nothing moved. */
import type pg from 'pg'

const INTERVAL_MS = 200

export interface Sample {
  /** Milliseconds. */
  readonly at: number
  /** Jobs accepted, without those that are parked until later: they wait for nobody. */
  readonly accepted: number
  /** Of them: with an outcome. */
  readonly recorded: number
  /** All that are parked. */
  readonly parked: number
}

/** Jobs of schedules were accepted from nobody. */
const COUNT = `
  select (select count(*) from outcomes)::int
       - (select count(*) from schedule_ticks join outcomes on outcomes.id = job_id)::int as recorded,
         count(*)::int as parked,
         (count(*) filter (where due > now() and "offset" is not null))::int as resting
    from parked`

/** The longest time without a new outcome while accepted jobs waited, ms. */
export const worstPause = (samples: readonly Sample[]): number => {
  let worst = 0
  let since: Sample | undefined
  for (const sample of samples) {
    const moved = since !== undefined && sample.recorded > since.recorded
    if (since && (moved || sample.accepted > sample.recorded)) worst = Math.max(worst, sample.at - since.at)
    // Idle time is no pause: it begins with what waits.
    if (since === undefined || moved || sample.accepted <= sample.recorded) since = sample
  }
  return worst
}

/** Jobs that waited, the median over time. */
export const medianWaiting = (samples: readonly Sample[]): number =>
  samples
    .map(({ accepted, recorded }) => Math.max(0, accepted - recorded))
    .sort((a, b) => a - b)
    .at(samples.length / 2) ?? 0

export class Progress {
  readonly #pool: pg.Pool
  readonly samples: Sample[] = []
  #accepted: () => number = () => 0
  #asking = false
  #resting = 0
  #timer: NodeJS.Timeout | undefined

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  start(accepted: () => number): void {
    this.#accepted = accepted
    this.#timer = setInterval(() => void this.#ask(), INTERVAL_MS)
  }

  /** Jobs accepted and not ended, without those that are parked until later. */
  get waiting(): number {
    return Math.max(0, this.#accepted() - this.#resting - (this.samples.at(-1)?.recorded ?? 0))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      const { rows } = await this.#pool.query<{ recorded: number; parked: number; resting: number }>(COUNT)
      const { recorded, parked, resting } = rows[0] ?? { recorded: 0, parked: 0, resting: 0 }
      this.#resting = resting
      this.samples.push({
        at: performance.now(),
        accepted: this.#accepted() - resting,
        recorded,
        parked,
      })
    } catch {
      // The database is away: the next sample tells how long nothing moved.
    } finally {
      this.#asking = false
    }
  }
}
