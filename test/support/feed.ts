/** A client of standing series, series to feed them with, and what an uninterrupted run in memory makes of these. */
import * as assert from 'uvu/assert'
import { streaming } from '../../consumer/detection/streaming/index.ts'
import { Watcher } from '../../consumer/handlers/watch/watcher.ts'
import { DEFAULT_WATCH } from '../../core/series/watch.ts'
import { until } from '../until.ts'
import { type Answer, call } from './api.ts'
import { randomFrom } from './random.ts'

export interface SeriesView {
  readonly name: string
  readonly detector: string
  readonly threshold: number
  readonly points: number
  readonly alarms: number
  readonly lastAt?: string
  readonly createdAt: string
  readonly webhook?: { readonly url: string; readonly secret?: string; readonly disabled?: string }
  readonly last?: PointView
  readonly latestAlarms: readonly AlarmView[]
}

export interface PointView {
  readonly row: number
  readonly at?: string
  readonly value: number | null
  readonly score: number
  readonly expected: number | null
  readonly lower: number | null
  readonly upper: number | null
}

export interface AlarmView {
  readonly id: string
  readonly series: string
  readonly row: number
  readonly at?: string
  readonly value: number
  readonly score: number
  readonly severity: string
  readonly explanation: string
  readonly raisedAt: string
}

export interface Sent {
  readonly timestamp: string
  readonly value: number | null
}

export interface SeriesClient {
  ask(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Creates it, with the threshold of these tests. Gives its webhook's secret, where one was made. */
  create(name: string, webhook?: { readonly url: string }): Promise<string>
  get(name: string): Promise<SeriesView>
  /** Appends points; the answer is a 202. Gives the job's id. */
  append(name: string, points: readonly unknown[], headers?: Record<string, string>): Promise<string>
  /** Waits until the series has so many points. */
  reaches(name: string, points: number, limitMs?: number): Promise<SeriesView>
  points(name: string, limit: number): Promise<PointView[]>
  /** Oldest first. */
  alarms(name: string): Promise<AlarmView[]>
}

export const seriesClient = (url: string): SeriesClient => {
  const ask: SeriesClient['ask'] = (method, path, json, headers = {}) =>
    call(`${url}/api/series${path}`, { method, headers, ...(json === undefined ? {} : { json }) })
  const read = async <T>(path: string): Promise<T> => {
    const answer = await ask('GET', path)
    assert.is(answer.status, 200, answer.text)
    return answer.body as T
  }
  const get = (name: string): Promise<SeriesView> => read(`/${name}`)
  return {
    ask,
    get,
    async create(name, webhook) {
      const answer = await ask('PUT', `/${name}`, { threshold: THRESHOLD, ...(webhook && { webhook }) })
      assert.is(answer.status, 201, answer.text)
      return (answer.body as SeriesView).webhook?.secret ?? ''
    },
    async append(name, points, headers) {
      const answer = await ask('POST', `/${name}/points`, { points }, headers)
      assert.is(answer.status, 202, answer.text)
      return (answer.body as { id: string }).id
    },
    async reaches(name, points, limitMs = 120_000) {
      let last: SeriesView | undefined
      return until(
        `${name} has ${points} points`,
        async () => {
          const answer = await ask('GET', `/${name}`)
          last = answer.status === 200 ? (answer.body as SeriesView) : undefined
          return last !== undefined && last.points >= points && last
        },
        limitMs,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(last)}`)
      })
    },
    points: async (name, limit) =>
      (await read<{ points: PointView[] }>(`/${name}/points?limit=${limit}`)).points,
    alarms: async (name) =>
      (await read<{ alarms: AlarmView[] }>(`/${name}/alarms?limit=500`)).alarms.toReversed(),
  }
}

const START = Date.parse('2026-01-01T00:00:00Z')

/**
 * Points five minutes apart: a wave with noise, and from each row of `events` on six values that are far off, each time three times as
 * far: what was seen once is less odd the next time.
 */
export const wave = (seed: number, points: number, events: readonly number[] = []): Sent[] => {
  const random = randomFrom(seed)
  return Array.from({ length: points }, (_, row) => {
    const event = events.findIndex((at) => row >= at && row < at + 6)
    const odd = event < 0 ? 0 : 80 * 3 ** event
    const value = 50 + 10 * Math.sin((2 * Math.PI * row) / 24) + 2 * (random() - 0.5) + odd
    return { timestamp: new Date(START + row * 300_000).toISOString(), value }
  })
}

/** Of the series here: at 0.03 expected false alarms in 10,000 points what is raised is what was put in. */
export const THRESHOLD = 0.65

export interface Judged {
  readonly scores: number[]
  readonly alarms: number[]
}

/** What the default detector makes of the points without a break. */
export const inMemory = (points: readonly Sent[], threshold = THRESHOLD): Judged => {
  const detector = streaming.find(({ name }) => name === DEFAULT_WATCH.detector)
  assert.ok(detector)
  const watcher = new Watcher(detector, threshold)
  const scores: number[] = []
  const alarms: number[] = []
  for (const [row, { timestamp, value }] of points.entries()) {
    const verdict = watcher.judge(value ?? Number.NaN, Date.parse(timestamp))
    scores.push(verdict.score)
    if (verdict.alarm) alarms.push(row)
  }
  return { scores, alarms }
}
