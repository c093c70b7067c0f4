/** What workers tell of their work in their heartbeats: how long jobs take, what holds partitions up, who is there. */
import type { FleetEvent, HeartbeatEvent } from '../../core/events/event.ts'
import type { PartitionWork, Workload } from '../policy/policy.ts'

/** A worker that was silent for this long is gone, ms: its session in the group has some more, so its partitions are nobody's yet. */
const SILENT_MS = 4_000
/** Time over which the time of a job is taken, ms. */
const WINDOW_MS = 60_000
/** What is told within it is kept as one, ms: a large fleet tells thousands of times a second. */
const STEP_MS = 1_000
/** With fewer ended jobs in the window what was measured before them still counts. */
const ENOUGH = 20

/** Attempts that ended in a while, and the time that slots were taken in it, ms. */
interface Used {
  readonly at: number
  readonly ended: number
  readonly slotMs: number
}

const plus = (to: Used, { ended, slotMs }: Used): Used => ({
  at: to.at,
  ended: to.ended + ended,
  slotMs: to.slotMs + slotMs,
})

const ended = (window: readonly Used[]): number => window.reduce((sum, it) => sum + it.ended, 0)

/**
 * The mean time that a job takes a slot, ms: all the time that slots were taken over the number of jobs that ended. With jobs
 * that still run counted in the time alone that is the maximum likelihood for exponential times, so that jobs
 * which take long are seen before the first of them has ended. `before` is what it was measured to be earlier.
 */
export const serviceMs = (window: readonly Used[], before: number | undefined): number | undefined => {
  const jobs = ended(window)
  const slotMs = window.reduce((sum, it) => sum + it.slotMs, 0)
  if (jobs >= ENOUGH) return slotMs / jobs
  if (before !== undefined) return (slotMs + before * (ENOUGH - jobs)) / ENOUGH
  return jobs > 0 ? slotMs / jobs : undefined
}

export class WorkloadMonitor {
  readonly #beats = new Map<string, { readonly beat: HeartbeatEvent; readonly heardAt: number }>()
  readonly #now: () => number
  #window: readonly Used[] = []
  /** Of the windows that are past. */
  #before: number | undefined

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Takes an event of `anomgrd.events`; those that are no heartbeats of workers tell nothing. */
  apply(event: FleetEvent): void {
    if (event.kind !== 'heartbeat' || event.nodeType !== 'child') return
    const now = this.#now()
    // The topic holds those of an hour.
    if (event.at < now - SILENT_MS) return
    const last = this.#beats.get(event.node)?.beat
    this.#beats.set(event.node, { beat: event, heardAt: now })
    if (event.used === undefined || event.startedAt !== last?.startedAt || last.used === undefined) return
    const { ended, slotMs } = event.used
    const used = { at: now, ended: ended - last.used.ended, slotMs: slotMs - last.used.slotMs }
    if (used.slotMs > 0) this.#keep(used)
  }

  /** What jobs cost now. `concurrency`: of the workers, where they don't tell. */
  workload(concurrency: number): Workload {
    const beats = this.#alive()
    const partitions = beats.flatMap((beat): PartitionWork[] =>
      (beat.partitions ?? []).map(({ parallel = Number.POSITIVE_INFINITY, ...it }) => ({ ...it, parallel })),
    )
    return {
      serviceMs: serviceMs(this.#window, this.#before),
      concurrency: beats[0]?.concurrency ?? concurrency,
      partitions,
    }
  }

  /** Workers that take jobs, as far as heartbeats tell. */
  get workers(): number {
    return this.#alive().filter(({ leaving }) => !leaving).length
  }

  #keep(used: Used): void {
    const old = this.#window.filter(({ at }) => at <= used.at - WINDOW_MS)
    // Before the oldest go: what they measured is remembered for a quieter time. Once: a mixture of both would count the window again.
    if (old.length > 0 && ended(this.#window) >= ENOUGH) this.#before = serviceMs(this.#window, undefined)
    const kept = this.#window.slice(old.length)
    const last = kept.at(-1)
    if (last && used.at - last.at < STEP_MS && used.at >= last.at) kept[kept.length - 1] = plus(last, used)
    else kept.push(used)
    this.#window = kept
  }

  #alive(): HeartbeatEvent[] {
    const since = this.#now() - SILENT_MS
    for (const [node, { heardAt }] of this.#beats) if (heardAt < since) this.#beats.delete(node)
    return [...this.#beats.values()].map(({ beat }) => beat)
  }
}
