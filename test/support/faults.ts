/** For tests of faults: jobs that do wrong among jobs that don't, and what the worker says of it. */
import * as assert from 'uvu/assert'
import { until } from '../until.ts'
import { call } from './api.ts'
import { ndjson, sendBatch } from './batch.ts'
import type { Platform } from './platform.ts'
import type { RunningProcess } from './process.ts'

export interface Ending {
  readonly id: string
  readonly status: string
  readonly worker: string
  readonly attempts: number
  /** JSON text. */
  readonly result: string | null
  readonly error: { readonly code: string; readonly message: string; readonly retryable?: boolean } | null
}

/** Submits jobs; gives their ids in order. */
export const submit = async (master: RunningProcess, jobs: readonly object[]): Promise<string[]> => {
  const { answers } = await sendBatch(master.url, [ndjson(jobs)])
  assert.is(answers.length, jobs.length)
  return answers.map(({ id, ...rest }) => {
    assert.ok(id, JSON.stringify(rest))
    return id
  })
}

/** Waits until all have ended; gives how, in the order of the ids. */
export const endings = async (
  { sql }: Platform,
  ids: readonly string[],
  limitMs = 20_000,
): Promise<Ending[]> => {
  const read = (): Promise<Ending[]> =>
    sql<Ending>(
      `select id::text, status, worker, json_array_length(attempts) as attempts, result::text as result,
         error from outcomes where id = any($1::uuid[])`,
      [ids],
    )
  const rows = await until(
    `${ids.length} jobs have ended`,
    async () => {
      const found = await read()
      return found.length === ids.length && found
    },
    limitMs,
  )
  return ids.map((id) => {
    const row = rows.find((it) => it.id === id)
    if (!row) throw new Error(`no outcome of ${id}`)
    return row
  })
}

/** Jobs of other people, which must not suffer. */
export const neighbours = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ type: 'test.echo', payload: n }))

/** Submits neighbours and waits until each has its result. */
export const workGoesOn = async (
  platform: Platform,
  master: RunningProcess,
  limitMs?: number,
): Promise<Ending[]> => {
  const ended = await endings(platform, await submit(master, neighbours(20)), limitMs)
  assert.equal(
    ended.map(({ status, result }) => [status, result]),
    Array.from({ length: 20 }, (_, n) => ['succeeded', `${n}`]),
  )
  return ended
}

export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** The worker's log so far. */
export const logOf = (process: RunningProcess): LogLine[] =>
  process
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine]
      } catch {
        return []
      }
    })

/** Waits for a line that says this. */
export const said = (process: RunningProcess, what: RegExp, limitMs?: number): Promise<LogLine> =>
  until(`it says ${what}`, () => logOf(process).find(({ msg }) => what.test(msg)), limitMs)

/** A metric's value: the sum over its label sets that have all of these labels. */
export const metric = async ({ url }: RunningProcess, name: string, labels = ''): Promise<number> => {
  const { text } = await call(`${url}/metrics`)
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
  assert.ok(values.length > 0 || !text.includes(`\n${name} `), `${name} is there`)
  return values.reduce((sum, value) => sum + value, 0)
}

export interface Checks {
  readonly status: number
  readonly checks: Readonly<Record<string, string>>
}

/** What `/health` or `/ready` answers. */
export const checksOf = async ({ url }: RunningProcess, path: '/health' | '/ready'): Promise<Checks> => {
  const { status, body } = await call(`${url}${path}`)
  return { status, checks: (body as Checks).checks }
}
