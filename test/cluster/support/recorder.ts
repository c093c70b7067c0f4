/** Records a burst: samples the cluster, the master and the store once a second, until it is told to stop. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Api } from './api.ts'
import { reach } from './reach.ts'
import { replicasOf } from './state.ts'
import type { Store } from './store.ts'
import type { Sample } from './timeline.ts'

const EVERY_MS = 1_000
const MASTER_LIMIT_MS = 2_000

export interface Recorder {
  readonly samples: readonly Sample[]
  /** The beginning by the database's clock, ms since the epoch. */
  readonly since: number
  /** Waits for a sample for which `is` holds. @throws Error naming `what` after the limit */
  until(what: string, is: (sample: Sample) => boolean, limitMs: number): Promise<Sample>
  stop(): Promise<readonly Sample[]>
}

const scaling = z.object({ lag: z.number() })

/** The lag as the master tells it; undefined while it can't be asked. */
const lagOf = async (url: string): Promise<number | undefined> => {
  try {
    const response = await fetch(`${url}/api/scaling`, { signal: AbortSignal.timeout(MASTER_LIMIT_MS) })
    return scaling.safeParse(await response.json()).data?.lag
  } catch {
    return undefined
  }
}

/** The burst begins now. Looks that fail are left out. */
export const record = async (api: Api, store: Store): Promise<Recorder> => {
  const master = await reach('service/backend-master', 80)
  await master.open()
  const since = await store.now()
  const started = performance.now()
  const samples: Sample[] = []
  const stopped = new AbortController()
  const listeners = new Set<(sample: Sample) => void>()
  const look = async (): Promise<void> => {
    const at = Math.round(performance.now() - started)
    const [replicas, lag, finished] = await Promise.all([
      replicasOf(api, 'backend-slave'),
      lagOf(master.url),
      store.finished(since),
    ])
    const sample: Sample = { at, lag, ...replicas, finished }
    samples.push(sample)
    for (const listener of listeners) listener(sample)
  }
  const loop = (async (): Promise<void> => {
    let due = performance.now()
    while (!stopped.signal.aborted) {
      await look().catch(() => {})
      due = Math.max(due + EVERY_MS, performance.now())
      await delay(due - performance.now(), undefined, { signal: stopped.signal }).catch(() => {})
    }
  })()
  return {
    samples,
    since,
    until: (what, is, limitMs) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer)
          listeners.delete(listener)
        }
        const listener = (sample: Sample): void => {
          if (!is(sample)) return
          end()
          resolve(sample)
        }
        const timer = setTimeout(() => {
          end()
          const last = JSON.stringify(samples.at(-1))
          reject(new Error(`not within ${limitMs / 1_000} s: ${what}; the last sample is ${last}`))
        }, limitMs)
        listeners.add(listener)
      }),
    async stop() {
      stopped.abort()
      await loop
      master.close()
      return samples
    },
  }
}
