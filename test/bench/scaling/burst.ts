/** A burst, and what a fleet made of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Platform } from '../../support/platform.ts'
import { MIN } from './fleets.ts'

export interface Burst {
  readonly jobs: number
  /** How long each sleeps, ms. */
  readonly ms: number
}

/** Workers that were asked for from a time on, ms since the burst. */
export interface Size {
  readonly atMs: number
  readonly workers: number
}

export interface Outcome {
  /** From the burst's first byte to the end of its last job, ms. */
  readonly drainMs: number
  /** Sizes of the fleet, from the burst on, each where it changed. */
  readonly sizes: readonly Size[]
  /** Jobs that had come in each second from the burst's first byte on. */
  readonly arrivals: readonly number[]
  /** Mean time that a job took a slot, ms. */
  readonly serviceMs: number
  /** When each worker began its first job, milliseconds since the epoch. */
  readonly firstJobAt: ReadonlyMap<string, number>
}

const SAMPLE_MS = 250
const ATTEMPTS = 5
const DRAIN_LIMIT_MS = 300_000
/** A fleet that is at its minimum for so long has come to rest, ms. */
const QUIET_MS = 3_000

const scaling = z.object({ replicas: z.object({ desired: z.number(), ready: z.number() }) })

/** Posts all of it, and once more what a busy machine refused. */
const submit = async (url: string, { jobs, ms }: Burst): Promise<void> => {
  let left = jobs
  for (let attempt = 0; left > 0; attempt++) {
    if (attempt === ATTEMPTS) throw new Error(`${left} of ${jobs} jobs were not accepted`)
    const answer = await fetch(`${url}/api/jobs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify({ type: 'sleep', payload: { ms } })}\n`.repeat(left),
    })
    left -= (await answer.text()).split('\n').filter((line) => line.includes('"id"')).length
  }
}

const countDone = async (platform: Platform): Promise<number> => {
  const [row] = await platform.sql<{ done: number }>('select count(*)::int as done from outcomes')
  return row?.done ?? 0
}

/** What the store says: when the last job ended, how long they took, who began when. */
const ends = async (
  platform: Platform,
): Promise<{ lastAt: number; serviceMs: number; firstJobAt: Map<string, number> }> => {
  const rows = await platform.sql<{ worker: string; first: Date; last: Date; ms: number; jobs: number }>(
    `select worker, min((a->>'startedAt')::timestamptz) as first, max((a->>'finishedAt')::timestamptz) as last, count(*)::int as jobs,
            avg(extract(epoch from (a->>'finishedAt')::timestamptz - (a->>'startedAt')::timestamptz))::float8 * 1000 as ms
     from outcomes, json_array_elements(attempts) a group by worker`,
  )
  const jobs = rows.reduce((sum, it) => sum + it.jobs, 0)
  return {
    lastAt: Math.max(...rows.map(({ last }) => last.getTime())),
    serviceMs: rows.reduce((sum, it) => sum + it.ms * it.jobs, 0) / jobs,
    firstJobAt: new Map(rows.map(({ worker, first }) => [worker, first.getTime()])),
  }
}

/** Jobs that came in, by second since `began`. */
const arrivalsSince = async (platform: Platform, began: number): Promise<number[]> => {
  const rows = await platform.sql<{ at: Date }>('select submitted_at as at from outcomes')
  const seconds = rows.map(({ at }) => Math.max(0, Math.floor((at.getTime() - began) / 1_000)))
  const bySecond = Array.from({ length: Math.max(...seconds) + 1 }, () => 0)
  for (const second of seconds) bySecond[second] = (bySecond[second] ?? 0) + 1
  return bySecond
}

/**
 * Gives a fleet that is idle a burst, and waits until all of it is done and, of one that is scaled, until the fleet is small again.
 * The store holds no other outcomes then.
 */
export const giveBurst = async (
  platform: Platform,
  masterUrl: string,
  burst: Burst,
  isScaled: boolean,
): Promise<Outcome> => {
  await platform.sql('delete from outcomes')
  const began = Date.now()
  const sizes: Size[] = []
  const submitted = submit(masterUrl, burst)
  let busyAt = began
  let drained = false
  while (!drained || (isScaled && Date.now() < busyAt + QUIET_MS)) {
    const [answer, isDone]: [unknown, boolean] = await Promise.all([
      fetch(`${masterUrl}/api/scaling`).then((it) => it.json()),
      drained || countDone(platform).then((done) => done >= burst.jobs),
    ])
    const { desired, ready } = scaling.parse(answer).replicas
    const atMs = Date.now() - began
    if (desired !== sizes.at(-1)?.workers)
      sizes.push({ atMs: sizes.length === 0 ? 0 : atMs, workers: desired })
    drained = isDone
    if (!drained || desired > MIN || ready > MIN) busyAt = Date.now()
    if (atMs > DRAIN_LIMIT_MS) throw new Error(`not at rest within ${DRAIN_LIMIT_MS} ms`)
    await delay(SAMPLE_MS)
  }
  await submitted
  const { lastAt, serviceMs, firstJobAt } = await ends(platform)
  const arrivals = await arrivalsSince(platform, began)
  return { drainMs: lastAt - began, sizes, arrivals, serviceMs, firstJobAt }
}

/** Workers over a time that begins with the burst, s; outside of what was seen the fleet is as it was last. */
export const workerSeconds = (sizes: readonly Size[], seconds: number): number =>
  sizes.reduce((sum, { atMs, workers }, index) => {
    const untilMs = Math.min(sizes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY, seconds * 1_000)
    return sum + (workers * Math.max(0, untilMs - atMs)) / 1_000
  }, 0)

const ready = z.object({
  msg: z.literal('worker ready'),
  time: z.iso.datetime(),
  worker: z.string(),
  afterMs: z.number(),
})

/** A worker that its scaler started. */
export interface Started {
  /** From its start to its word that it is Ready, ms. */
  readonly startupMs: number
  /** From then to its first job, ms; undefined where it came too late for one. */
  readonly handoverMs: number | undefined
}

export interface Starts {
  /** The fleet's minimum, which starts by itself. */
  readonly first: readonly Started[]
  /** Those that came during the burst. */
  readonly further: readonly Started[]
}

/** What a scaler logged of the workers that it started. */
export const startsIn = (output: string, firstJobAt: Outcome['firstJobAt']): Starts => {
  const all = output.split('\n').flatMap((line): Started[] => {
    const { data } = line.includes('"worker ready"') ? ready.safeParse(JSON.parse(line)) : {}
    if (data === undefined) return []
    const first = firstJobAt.get(data.worker)
    const handoverMs = first === undefined ? undefined : Math.max(0, first - Date.parse(data.time))
    return [{ startupMs: data.afterMs, handoverMs }]
  })
  return { first: all.slice(0, MIN), further: all.slice(MIN) }
}
