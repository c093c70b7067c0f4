/** What standing series take: appends/s, bytes of state, and the time from an append to its webhook. */
import { setTimeout as delay } from 'node:timers/promises'
import { ndjson, sendBatch } from '../../support/batch.ts'
import { type Sent, seriesClient, wave } from '../../support/feed.ts'
import { type Platform, startPlatform } from '../../support/platform.ts'
import { openReceiver } from '../../support/receiver.ts'
import { openEvents } from '../../support/sse.ts'
import { cpuMs } from '../../support/usage.ts'
import { until } from '../../until.ts'
import type { Row, Section } from '../lib/section.ts'
import type { Context, Group } from './group.ts'

const LIMIT_MS = 300_000
/** Alarms whose way is timed. */
const EVENTS = 15
/** Points between two of them: what was odd is usual again. */
const BETWEEN = 60
const WARM = 400

interface Load {
  readonly name: string
  readonly series: number
  readonly appends: number
  /** Of one append. */
  readonly points: number
}

const LOADS: readonly Load[] = [
  { name: '1 series, appends of 1 point', series: 1, appends: 2_000, points: 1 },
  { name: '50 series, appends of 1 point', series: 50, appends: 100, points: 1 },
  { name: '1 series, appends of 100 points', series: 1, appends: 50, points: 100 },
  { name: '50 series, appends of 100 points', series: 50, appends: 10, points: 100 },
]

/** The jobs of a load, each series' in order, one of each in turn. */
const jobsOf = ({ name, series, appends, points }: Load): object[] => {
  const fed = Array.from({ length: series }, (_, n) => wave(n, appends * points))
  return Array.from({ length: appends }, (_, at) =>
    fed.map((all, n) => {
      const key = `${name.replace(/\W+/g, '-')}.${n}`
      return {
        type: 'watch',
        key,
        payload: { series: key, points: all.slice(at * points, (at + 1) * points) },
      }
    }),
  ).flat()
}

/** All of the load waits when a worker starts; it is timed from the start of the first to the end of the last. */
const drainLoad = async (platform: Platform, url: string, load: Load): Promise<Row> => {
  const jobs = jobsOf(load)
  await sendBatch(url, [ndjson(jobs)])
  const worker = await platform.worker()
  const before = cpuMs(worker.pid)
  const prefix = `${load.name.replace(/\W+/g, '-')}.%`
  const seen = await until(
    `${load.name} is done`,
    async () => {
      const [row] = await platform.sql<{ count: string; seconds: number; failed: string }>(
        `select count(*), extract(epoch from max(finished_at) - min(started_at))::float8 as seconds,
                count(*) filter (where status <> 'succeeded') as failed
           from outcomes where key like $1`,
        [prefix],
      )
      return Number(row?.count) === jobs.length && row
    },
    LIMIT_MS,
  )
  const used = cpuMs(worker.pid) - before
  await worker.stop()
  if (Number(seen.failed) > 0) throw new Error(`${seen.failed} appends of ${load.name} failed`)
  return {
    name: load.name,
    measures: {
      'appends/s': [jobs.length / seen.seconds],
      'points/s': [(jobs.length * load.points) / seen.seconds],
      'CPU ms/append': [used / jobs.length],
    },
  }
}

const states = async (platform: Platform, url: string): Promise<Row[]> => {
  const client = seriesClient(url)
  const points = wave(99, 10_000)
  const rows: Row[] = []
  const worker = await platform.worker()
  for (let from = 0; from < points.length; from += 1_000) {
    await client.append('state', points.slice(from, from + 1_000))
    await client.reaches('state', from + 1_000)
    if (![1_000, 5_000, 10_000].includes(from + 1_000)) continue
    const [row] = await platform.sql<{ bytes: number }>(
      `select octet_length(state) as bytes from series where name = 'state'`,
    )
    rows.push({
      name: `after ${(from + 1_000).toLocaleString('en')} points`,
      measures: { kB: [(row?.bytes ?? 0) / 1_000] },
    })
  }
  await worker.stop()
  return rows
}

/** From the moment at which an append that raises an alarm is sent to that at which the alarm is received, nothing else going on. */
const latencies = async (platform: Platform, url: string): Promise<Row[]> => {
  const receiver = await openReceiver()
  const worker = await platform.worker()
  const client = seriesClient(url)
  await client.ask('PUT', '/timed', { webhook: { url: receiver.url } })
  const all = wave(
    7,
    WARM + EVENTS * BETWEEN,
    Array.from({ length: EVENTS }, (_, n) => WARM + n * BETWEEN),
  )
  await client.append('timed', all.slice(0, WARM))
  await client.reaches('timed', WARM)
  const stream = await openEvents(`${url}/api/series/timed/events`, {}, LIMIT_MS)
  const heard: number[] = []
  void (async () => {
    for (let event = await stream.next(); event; event = await stream.next())
      if (event.event === 'alarm') heard.push(Date.now())
  })().catch(() => {})
  const posted: number[] = []
  const told: number[] = []
  for (let from = WARM; from < all.length; from += BETWEEN) {
    const part: readonly Sent[] = all.slice(from, from + BETWEEN)
    const before = receiver.received.length
    const sent = Date.now()
    await client.append('timed', part.slice(0, 1))
    const at = await until('it is delivered', () => receiver.received[before]?.at, 10_000).catch(
      () => undefined,
    )
    const seen = await until('it is told', () => heard.find((it) => it >= sent), 5_000).catch(() => undefined)
    if (at !== undefined) posted.push(at - sent)
    if (seen !== undefined) told.push(seen - sent)
    await client.append('timed', part.slice(1))
    await client.reaches('timed', from + BETWEEN)
    await delay(200)
  }
  stream.close()
  await worker.stop()
  await receiver.close()
  return [
    { name: 'to the webhook', measures: { ms: posted } },
    { name: 'to the event stream', measures: { ms: told } },
  ]
}

export const watch: Group = {
  name: 'watch',
  about: 'standing series: appends/s of 1 and of 50 series, bytes of state, time from append to webhook',
  quick: false,
  parts: ['appends', 'state', 'latency'],
  async run({ brokers, databaseUrl, say }: Context, part) {
    const platform = await startPlatform('bench', {
      KAFKA_BROKERS: brokers,
      DATABASE_URL: databaseUrl,
      DATABASE_POOL: '8',
      PARTITIONS: '24',
      LOG_LEVEL: 'warn',
    })
    try {
      const { url } = await platform.master()
      const drained: Row[] = []
      const wanted = (name: string): boolean => part === undefined || part === name
      for (const load of wanted('appends') ? LOADS : []) {
        drained.push(await drainLoad(platform, url, load))
        say(`watch, ${load.name}: ${drained.at(-1)?.measures['appends/s']?.[0]?.toFixed(0)} appends/s`)
      }
      const sections: Section[] = [
        {
          title: 'Standing series: appends',
          about: 'One worker, which finds all of them waiting.',
          columns: [{ name: 'appends/s' }, { name: 'points/s' }, { name: 'CPU ms/append', decimals: 2 }],
          rows: drained,
          ratios: [],
        },
        {
          title: 'Standing series: the state of a detector',
          about: 'As it is stored, of the default detector.',
          columns: [{ name: 'kB' }],
          rows: wanted('state') ? await states(platform, url) : [],
          ratios: [],
        },
        {
          title: 'Standing series: from append to alarm',
          about: `From sending the append that raises it to receiving it, ${EVENTS} times.`,
          columns: [{ name: 'ms' }],
          rows: wanted('latency') ? await latencies(platform, url) : [],
          ratios: [],
        },
      ]
      return sections.filter(({ rows }) => rows.length > 0)
    } finally {
      await platform.stop()
    }
  },
}
