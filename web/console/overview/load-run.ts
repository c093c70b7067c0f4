/** A load under way: it goes on while other pages of the console are looked at. */
import { signal } from '@preact/signals'
import { api, request } from '../../kit/api/client.ts'
import { ApiError, messageOf } from '../../kit/api/problem.ts'
import { sweep } from './load-follow.ts'
import { slicesOf } from './load-ids.ts'
import { dueAfter, type LoadPlan, linesOf, takenOf } from './load-plan.ts'

const TICK_MS = 1_000
/** Ends are asked for at every second tick. */
const SWEEP_TICKS = 2
/** The rate is the mean of so many sweeps. */
const RATE_SWEEPS = 4
const MOST_IDS = 1_000

export interface Load {
  readonly plan: LoadPlan
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly endedAt?: number | undefined
  readonly phase: 'sending' | 'finishing' | 'stopping' | 'done' | 'stopped'
  /** Accepted by the API. */
  readonly sent: number
  readonly refused: number
  /** Ended, whether well or not. */
  readonly finished: number
  /** Jobs/s that end. */
  readonly rate: number
  /** What the last try met; undefined where it went well. */
  readonly fault?: string | undefined
  /** How many Stop has cancelled. */
  readonly cancelled: number
}

/** The last load of this window; undefined where there was none. */
export const load = signal<Load | undefined>(undefined)

export const isUnderWay = (it: Load | undefined): boolean => it !== undefined && it.endedAt === undefined

const change = (changes: Partial<Load>): void => {
  if (load.value) load.value = { ...load.value, ...changes }
}

let stopped = new AbortController()
let running: Promise<void> = Promise.resolve()
let posted: string[] = []
let awaited = new Set<string>()

const post = async (lines: string): Promise<void> => {
  const response = await request('/jobs/batch', {
    method: 'POST',
    body: lines,
    headers: { 'content-type': 'application/x-ndjson' },
  })
  const { ids, refused, why } = takenOf(await response.text())
  posted = [...posted, ...ids]
  for (const id of ids) awaited.add(id)
  change({ sent: posted.length, refused: (load.value?.refused ?? 0) + refused, fault: why })
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

/** What a try that can be repeated met is told; what forbids it ends the load. */
const tried = async (work: () => Promise<void>): Promise<boolean> => {
  try {
    await work()
    return true
  } catch (error) {
    if (stopped.signal.aborted) return false
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
      change({ phase: 'stopped', endedAt: Date.now(), fault: messageOf(error) })
    } else change({ fault: messageOf(error) })
    return false
  }
}

/** `before`: jobs that are posted already. */
const run = async (plan: LoadPlan, startedAt: number, signal: AbortSignal, before = 0): Promise<void> => {
  let asked = before
  const swept = [{ at: Date.now(), finished: posted.length - awaited.size }]
  for (let tick = 1; isUnderWay(load.value) && !signal.aborted; tick++) {
    const due = dueAfter(plan, Date.now() - startedAt)
    if (due > asked && (await tried(() => post(linesOf(plan, asked, due))))) asked = due
    if (signal.aborted || !isUnderWay(load.value)) return
    if (asked === plan.jobs) change({ phase: 'finishing' })
    if (tick % SWEEP_TICKS === 0 || asked === plan.jobs) {
      const went = await tried(() => sweep(awaited, signal))
      if (signal.aborted) return
      const [at, finished] = [Date.now(), posted.length - awaited.size]
      if (went) swept.push({ at, finished })
      swept.splice(0, swept.length - RATE_SWEEPS - 1)
      const [from = { at, finished }] = swept
      change({
        finished,
        rate: (1_000 * (finished - from.finished)) / Math.max(1, at - from.at),
        ...(went ? { fault: undefined } : {}),
      })
      if (asked === plan.jobs && awaited.size === 0)
        return change({ phase: 'done', endedAt: at, rate: (1_000 * finished) / (at - startedAt) })
    }
    await pause(TICK_MS, signal)
  }
}

/** Begins, unless one is under way. */
export const startLoad = (plan: LoadPlan): void => {
  if (isUnderWay(load.value)) return
  stopped = new AbortController()
  posted = []
  awaited = new Set()
  const startedAt = Date.now()
  load.value = { plan, startedAt, phase: 'sending', sent: 0, refused: 0, finished: 0, rate: 0, cancelled: 0 }
  running = run(plan, startedAt, stopped.signal)
}

/** Posts no more, and cancels what has not ended. */
export const stopLoad = async (): Promise<void> => {
  const now = load.value
  if (!now || !isUnderWay(now)) return
  change({ phase: 'stopping', fault: undefined })
  stopped.abort()
  // What is just being posted is known only when its answer has come.
  await running
  let cancelled = 0
  try {
    for (const ids of slicesOf([...awaited], MOST_IDS)) {
      const answer = await api<{ cancelled: number }>('/jobs/cancel', { method: 'POST', body: { ids } })
      cancelled += answer.cancelled
    }
    change({ phase: 'stopped', endedAt: Date.now(), cancelled, finished: posted.length - cancelled })
  } catch (error) {
    // They go on, and so does following them: it can be stopped again.
    const plan = { ...now.plan, jobs: posted.length }
    change({ phase: 'finishing', plan, fault: messageOf(error) })
    stopped = new AbortController()
    running = run(plan, now.startedAt, stopped.signal, posted.length)
  }
}
