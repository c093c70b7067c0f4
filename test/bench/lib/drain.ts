/** How fast a backlog is worked off: from the moment at which all workers are up, until each job's outcome is durable. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from '../../support/process.ts'
import { cpuMs, peakMb } from '../../support/usage.ts'
import type { Installed } from './installed.ts'
import { able } from './installed.ts'

/** Between two looks at how many are done, at least, ms. */
const LOOK_MS = 20
/** Looking takes at most this part of the time: a count reads all rows. */
const LOOK_SHARE = 0.05
const LIMIT_MS = 300_000
const ATTEMPTS = 4

export interface Drained {
  /** Jobs/s of all workers together. */
  readonly 'jobs/s': number
  /** Processor time of the workers' processes a job, µs. */
  readonly 'CPU µs/job': number
  /** Resident set of the largest of them at its largest, MB. */
  readonly 'peak MB': number
}

interface Sample {
  readonly at: number
  readonly done: number
  readonly cpuMs: number
}

/** From two samples: what lies between them. */
export const rateBetween = (first: Sample, last: Sample): Pick<Drained, 'jobs/s' | 'CPU µs/job'> => {
  const jobs = last.done - first.done
  return {
    'jobs/s': (jobs * 1_000) / (last.at - first.at),
    'CPU µs/job': ((last.cpuMs - first.cpuMs) * 1_000) / jobs,
  }
}

/** Watches until `jobs` are done; undefined where they are already. @throws Error when that takes longer than five minutes, or a worker ends */
const watch = async (
  jobs: number,
  done: () => Promise<number>,
  workers: readonly RunningProcess[],
): Promise<Drained | undefined> => {
  const began = performance.now()
  const sample = async (): Promise<Sample> => {
    const count = await done()
    return {
      at: performance.now(),
      done: count,
      cpuMs: workers.reduce((sum, { pid }) => sum + cpuMs(pid), 0),
    }
  }
  // What a worker has fetched before the first outcome is there is work of it, too.
  const first = await sample()
  if (first.done >= jobs) return undefined
  for (;;) {
    const asked = performance.now()
    const now = await sample()
    if (now.done >= jobs) {
      return {
        ...rateBetween(first, now),
        'peak MB': Math.max(...workers.map(({ pid }) => peakMb(pid))),
      }
    }
    const ended = workers.find(({ hasEnded }) => hasEnded)
    if (ended) throw new Error(`a worker ended:\n${ended.output().slice(-2_000)}`)
    if (now.at - began > LIMIT_MS) throw new Error(`${now.done} of ${jobs} jobs done after ${LIMIT_MS} ms`)
    await delay(Math.max(LOOK_MS, (now.at - asked) / LOOK_SHARE))
  }
}

/** Queues `jobs` jobs, starts the workers, and measures them. Nothing is left afterwards. Undefined where all was done too soon. */
const drainOnce = async (
  { name, installation }: Installed,
  jobs: number,
  workers: number,
  payload: Readonly<Record<string, unknown>>,
  key?: (index: number) => string,
): Promise<Drained | undefined> => {
  const fill = able(name, 'queue', installation.fill)
  const done = able(name, 'count of what is done', installation.done)
  const worker = able(name, 'worker', installation.worker)
  await installation.clear()
  await fill(jobs, payload, key)
  const started = await Promise.all(Array.from({ length: workers }, () => worker()))
  try {
    return await watch(jobs, done, started)
  } finally {
    await Promise.all(started.map((it) => it.stop()))
    await installation.clear()
  }
}

/**
 * Measures how fast `jobs` jobs are worked off. Where they are done before the last worker is up, it is tried anew: with one worker of the same
 * number, which it may just have missed; with more of twice as many.
 */
export const drain = async (
  installed: Installed,
  jobs: number,
  workers: number,
  payload: Readonly<Record<string, unknown>>,
  key?: (index: number) => string,
): Promise<Drained> => {
  for (let attempt = 0, queued = jobs; attempt < ATTEMPTS; attempt++) {
    const drained = await drainOnce(installed, queued, workers, payload, key)
    if (drained) return drained
    if (workers > 1) queued *= 2
  }
  throw new Error(`${installed.name}: ${jobs} jobs were done before all workers were up, ${ATTEMPTS} times`)
}
