/** What tests of a job's life ask of the API, and what the handlers' traces say of when things happened. */
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until } from '../until.ts'
import { type Answer, call, expectJob, getJob, type JobView } from './api.ts'
import { ndjson, sendBatch } from './batch.ts'

export interface Client {
  /** Answers of any status. */
  ask(method: string, path: string, json?: unknown): Promise<Answer>
  /** Submits one; gives its id. */
  post(json: object): Promise<string>
  /** Submits many in one request, in this order; gives their ids. */
  postAll(jobs: readonly object[]): Promise<string[]>
  get(id: string): Promise<JobView>
  /** Waits for the job to be such. */
  becomes(id: string, is: JobView['status'] | ((job: JobView) => boolean), limitMs?: number): Promise<JobView>
  /** Waits for its end, whatever it is. */
  ended(id: string, limitMs?: number): Promise<JobView>
}

const hasEnded = ({ status }: JobView): boolean => ['succeeded', 'dead', 'cancelled'].includes(status)

/** A client of the master at `url`. */
export const clientOf = (url: string): Client => {
  const ask: Client['ask'] = (method, path, json) =>
    call(`${url}/api${path}`, { method, ...(json === undefined ? {} : { json }) })
  const becomes: Client['becomes'] = async (id, is, limitMs) => {
    let last: JobView | undefined
    const fits = typeof is === 'string' ? (job: JobView): boolean => job.status === is : is
    return until(
      `${id} is ${is}`,
      async () => {
        last = await getJob(url, id)
        return fits(last) && last
      },
      limitMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}`)
    })
  }
  return {
    ask,
    becomes,
    post: async (json) => expectJob(await ask('POST', '/jobs', json), 202).id,
    async postAll(jobs) {
      const { answers } = await sendBatch(url, [ndjson(jobs)])
      const ids = answers
        .toSorted((a, b) => a.line - b.line)
        .flatMap(({ id }) => (id === undefined ? [] : [id]))
      assert.is(ids.length, jobs.length, JSON.stringify(answers.find(({ id }) => id === undefined)))
      return ids
    },
    get: (id) => getJob(url, id),
    ended: (id, limitMs) => becomes(id, hasEnded, limitMs),
  }
}

/** One run of a handler. Times are milliseconds since the epoch, on one clock for all processes. */
export interface LifeRun {
  readonly id: string
  readonly name: string
  readonly key: string | undefined
  readonly attempt: number
  readonly pid: number
  readonly start: number
  /** The start by the machine's clock, as delays and schedules mean it. */
  readonly wallStart: number
  /** The tick of its schedule, ms. */
  readonly tick: number | undefined
  /** When it was told to stop. */
  readonly abort: number | undefined
  /** Infinity where it never ended. */
  readonly end: number
}

interface Line {
  readonly what: 'start' | 'abort' | 'end'
  readonly id: string
  readonly name: string
  readonly key?: string
  readonly attempt: number
  readonly pid: number
  readonly at: number
  readonly wall?: number
  readonly tick?: string
}

const epoch = Date.now() - Number(process.hrtime.bigint()) / 1e6

/** A file for a trace; the name is unique to the process. */
export const traceFile = (name: string): string => join(tmpdir(), `${name}-${process.pid}.jsonl`)

/** What `test.life` and `test.work` have written, in the order of their starts. */
export const readLife = (file: string): LifeRun[] => {
  if (!existsSync(file)) return []
  const runs: LifeRun[] = []
  const open = new Map<string, number>()
  // What follows the last line's end is being written.
  for (const text of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const { what, id, name, key, attempt, pid, at, wall, tick } = JSON.parse(text) as Line
    const place = `${id} ${attempt} ${pid}`
    if (what === 'start') {
      open.set(place, runs.length)
      const start = at + epoch
      runs.push({
        id,
        name,
        key,
        attempt,
        pid,
        start,
        wallStart: wall ?? Math.round(start),
        tick: tick === undefined ? undefined : Date.parse(tick),
        abort: undefined,
        end: Number.POSITIVE_INFINITY,
      })
      continue
    }
    const index = open.get(place)
    const run = index === undefined ? undefined : runs[index]
    if (index === undefined || !run) continue
    runs[index] = what === 'abort' ? { ...run, abort: at + epoch } : { ...run, end: at + epoch }
  }
  return runs.sort((a, b) => a.start - b.start)
}

/** Of each job the last run: what was not recorded when its worker was killed runs again, in order, and so does what followed it. */
export const lastRuns = (runs: readonly LifeRun[]): LifeRun[] =>
  [...new Map(runs.map((run) => [run.id, run])).values()].sort((a, b) => a.start - b.start)

/** The value that a share of them is not above. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN

/** The most that ran at one moment. */
export const mostAtOnce = (runs: readonly LifeRun[]): number => {
  const edges = runs.flatMap(({ start, end }) => [[start, 1] as const, [end, -1] as const])
  let running = 0
  let most = 0
  for (const [, step] of edges.sort(([a, up], [b, other]) => a - b || up - other)) {
    running += step
    most = Math.max(most, running)
  }
  return most
}

/** Jobs of one key never overlap. */
export const assertNoOverlap = (runs: readonly LifeRun[], what: string): void => {
  const last = new Map<string, LifeRun>()
  for (const run of runs) {
    if (run.key === undefined) continue
    const before = last.get(run.key)
    if (before)
      assert.ok(
        run.start >= before.end,
        `${what}: ${run.name} of ${run.key} starts while ${before.name} runs`,
      )
    last.set(run.key, run)
  }
}
