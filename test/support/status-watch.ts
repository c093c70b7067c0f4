/** What a process says of itself over time: `/ready` and `/health`, asked ten times a second. */
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../until.ts'

export interface StatusSample {
  /** Milliseconds, by `performance.now()`, when it was asked. */
  readonly at: number
  /** Of `/ready` and `/health`; 0 where no answer came. */
  readonly ready: number
  readonly health: number
  /** The checks of `/ready` that fail, as `name: reason`. */
  readonly why: string
}

export interface StatusWatch {
  readonly samples: readonly StatusSample[]
  /** Waits for `/ready` to be 503 with a reason that matches; gives the reason and how long after `since` it was seen. */
  unready(since: number, reason: RegExp, limitMs: number): Promise<{ afterMs: number; why: string }>
  /** Waits for `/ready` to be 200; gives how long after `since` it was seen. */
  ready(since: number, limitMs: number): Promise<number>
  /** Whether `/health` was 200 each time that it was answered. */
  readonly healthy: boolean
  stop(): void
}

const ask = async (url: string): Promise<{ status: number; text: string }> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { status: response.status, text: await response.text() }
  } catch {
    return { status: 0, text: '{}' }
  }
}

const failing = (text: string): string => {
  const { checks = {} } = JSON.parse(text) as { checks?: Record<string, string> }
  return Object.entries(checks)
    .filter(([, result]) => result !== 'ok')
    .map(([name, result]) => `${name}: ${result}`)
    .join('; ')
}

/** Watches the process that serves at `url`. */
export const watchStatus = (url: string): StatusWatch => {
  const samples: StatusSample[] = []
  let stopped = false
  void (async () => {
    while (!stopped) {
      const at = performance.now()
      const [ready, health] = await Promise.all([ask(`${url}/ready`), ask(`${url}/health`)])
      samples.push({ at, ready: ready.status, health: health.status, why: failing(ready.text) })
      await delay(100)
    }
  })()
  const first = (since: number, is: (sample: StatusSample) => boolean): StatusSample | undefined =>
    samples.find((sample) => sample.at >= since && is(sample))
  return {
    samples,
    get healthy() {
      return samples.every(({ health }) => health === 200 || health === 0)
    },
    async unready(since, reason, limitMs) {
      const found = await until(
        `${url}/ready fails with ${reason}`,
        () => first(since, ({ ready, why }) => ready === 503 && reason.test(why)),
        limitMs,
      )
      return { afterMs: found.at - since, why: found.why }
    },
    async ready(since, limitMs) {
      const found = await until(
        `${url}/ready is 200`,
        () => first(since, ({ ready }) => ready === 200),
        limitMs,
      )
      return found.at - since
    },
    stop: () => {
      stopped = true
    },
  }
}

/** Lines of a process's log from level `warn` up, by message: how often each was written. */
export const complaints = (output: string): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue
    try {
      const { level, msg } = JSON.parse(line) as { level: string; msg: string }
      if (['warn', 'error', 'fatal'].includes(level)) counts.set(msg, (counts.get(msg) ?? 0) + 1)
    } catch {
      // Cut off.
    }
  }
  return counts
}

/** A sample of `/metrics`, by name and labels; undefined where there is none. */
export const readMetric = async (
  url: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text
    .split('\n')
    .find(
      (it) =>
        it.startsWith(`${name}{`) &&
        Object.entries(labels).every(([key, value]) => it.includes(`${key}="${value}"`)),
    )
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
