/** Something to see on every page: jobs of each status, a schedule, a data set with its scan, a standing series with alarms. */
import { call, expectJob, postJob, runJob } from './api.ts'
import { randomFrom } from './random.ts'

const START = Date.UTC(2026, 0, 5)
const STEP_MS = 300_000

/** Rows of a day's wave with noise; each of `spikes` stands out. */
const wave = (seed: number, rows: number, spikes: readonly number[]): { at: string; value: number }[] => {
  const random = randomFrom(seed)
  const noise = (): number => random() + random() + random() - 1.5
  return Array.from({ length: rows }, (_, row) => ({
    at: new Date(START + row * STEP_MS).toISOString(),
    value: Number(
      (
        120 +
        40 * Math.sin((2 * Math.PI * (row - 70)) / 288) +
        5 * noise() +
        (spikes.includes(row) ? 95 : 0)
      ).toFixed(2),
    ),
  }))
}

/** A wide CSV: a column a series, `host-01.latency` and on. Every third, from the first on, has a spike. */
export const wideCsv = (series: number, rows: number): string => {
  const columns = Array.from({ length: series }, (_, n) =>
    wave(n + 1, rows, n % 3 === 0 ? [700 + 37 * n] : []),
  )
  const names = columns.map((_, n) => `host-${String(n + 1).padStart(2, '0')}.latency`)
  const lines = Array.from({ length: rows }, (_, row) =>
    [columns[0]?.[row]?.at, ...columns.map((it) => it[row]?.value)].join(','),
  )
  return `timestamp,${names.join(',')}\n${lines.join('\n')}\n`
}

export interface Furnished {
  /** Paths of the console, then of the analytics page, each with something to see. */
  readonly paths: Readonly<Record<string, string>>
  readonly dead: string
  readonly dataSet: string
  readonly scan: string
}

/** Needs a master and a worker at `url`. Resolves when all of it has ended that will. */
export const furnish = async (url: string): Promise<Furnished> => {
  for (const key of ['customer-7', 'customer-12'])
    await postJob(url, { type: 'noop', key, payload: { order: 4711 } })
  const failing = { type: 'sleep', payload: { ms: 40, failures: 9 }, maxAttempts: 2, backoffMs: 20 }
  const dead = await runJob(url, { ...failing, key: 'customer-12' })
  await runJob(url, failing)
  const retried = await runJob(url, { type: 'sleep', payload: { ms: 120, failures: 2 }, backoffMs: 300 })
  await postJob(url, { type: 'sleep', payload: { ms: 1 }, delayMs: 3_600_000 })
  const schedule = {
    name: 'nightly-report',
    cron: '30 2 * * 1-5',
    timezone: 'Europe/Berlin',
    job: { type: 'noop', payload: { report: 'orders' } },
    overlap: 'skip',
  }
  await call(`${url}/api/schedules/${schedule.name}`, { method: 'PUT', json: schedule })
  await call(`${url}/api/limits/types/noop`, { method: 'PUT', json: { concurrency: 10, rate: 50 } })

  const uploaded = await call(`${url}/api/data-sets?name=latency-by-host`, {
    method: 'POST',
    raw: wideCsv(12, 1_500),
    headers: { 'content-type': 'text/csv' },
  })
  const { id: dataSet } = uploaded.body as { id: string }
  const scan = await runJob(url, { type: 'scan', payload: { dataSet } }, 60)
  const series = 'host-01.latency'
  const found = await runJob(url, { type: 'detect', payload: { dataSet, series, detector: 'auto' } }, 60)

  const points = wave(99, 900, [650, 820]).map(({ at, value }) => ({ timestamp: at, value }))
  const appended = await call(`${url}/api/series/checkout-latency/points`, {
    json: { points },
    headers: { prefer: 'wait=30' },
  })
  expectJob(appended, 200)

  return {
    dead: dead.id,
    dataSet,
    scan: scan.id,
    paths: {
      overview: '/',
      jobs: '/jobs',
      job: `/jobs/${retried.id}`,
      workers: '/workers',
      types: '/types',
      schedules: '/schedules',
      schedule: `/schedules/${schedule.name}`,
      'dead-letters': '/dead-letters',
      post: '/post?type=sleep',
      'nothing-there': '/jobs/019a9c1e-7b1c-8000-8003-1f2e3d4c5b6a',
      analyse: `/view?set=${dataSet}&series=${series}&job=${found.id}`,
      'analyse-empty': '/view',
      'data-sets': '/view/data-sets',
      'data-set': `/view/data-sets/${dataSet}`,
      scans: '/view/scans',
      scan: `/view/scans/${scan.id}`,
      series: '/view/series',
      'one-series': '/view/series/checkout-latency',
    },
  }
}
