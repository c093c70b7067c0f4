/** Scans through the whole product: what they find, what they survive, and what goes with them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanResult } from '../../consumer/handlers/scan/gather.ts'
import { call, expectJob, getJob, type JobView, runJob } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { filesBody, waveCsv } from '../support/series.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let dataSet: string
const test = suite('scan')

const SERIES = 60
/** Series with a spike, and its row. */
const spikes = new Map([7, 19, 33, 51].map((n) => [n, 1_000 + n]))
const nameOf = (n: number): string => `series-${String(n).padStart(2, '0')}`

setUp(test, async () => {
  platform = await startPlatform('scan', { DRAIN_TIMEOUT_MS: '3000' })
  ;[master] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  const files = new Map(
    Array.from({ length: SERIES }, (_, n) => [`${nameOf(n)}.csv`, waveCsv(n, 1_500, spikes.get(n))]),
  )
  const { raw, type } = await filesBody(files)
  const answer = await call(`${master.url}/api/data-sets?name=waves`, {
    raw,
    headers: { 'content-type': type },
  })
  assert.is(answer.status, 201, answer.text)
  dataSet = (answer.body as { id: string }).id
})
test.after(() => platform?.stop())

const submit = async (payload: object): Promise<string> =>
  expectJob(await call(`${master.url}/api/jobs`, { json: { type: 'scan', payload } }), 202).id

/** Starts of `detect` jobs a second, in the whole fleet. */
const pace = async (rate: number | undefined): Promise<void> => {
  const { status } = await call(`${master.url}/api/limits/types/detect`, {
    ...(rate === undefined ? { method: 'DELETE' } : { method: 'PUT', json: { rate } }),
  })
  assert.ok(status < 300, `limit: ${status}`)
}

/** Holds back, or lets go, all starts of `detect` jobs. */
const hold = async (verb: 'pause' | 'resume'): Promise<void> => {
  assert.is((await call(`${master.url}/api/types/detect/${verb}`, { method: 'POST' })).status, 200)
}

const children = (scan: string): Promise<{ id: string; status: string | null }[]> =>
  platform.sql(
    `select job_id as id, status from reservations left join outcomes on id = job_id
      where tenant = 'job ' || $1 order by reservations.key::int`,
    [scan],
  )
const endedOf = async (scan: string): Promise<number> =>
  (await children(scan)).filter(({ status }) => status !== null).length

const ended = async (id: string, limitMs = 90_000): Promise<JobView> => {
  const has = async (): Promise<boolean> =>
    ['succeeded', 'dead', 'cancelled'].includes((await getJob(master.url, id)).status)
  await until('the scan has ended', has, limitMs)
  return getJob(master.url, id)
}

const checkResult = (scan: JobView): ScanResult => {
  assert.is(scan.status, 'succeeded', JSON.stringify(scan.error))
  const result = scan.result as ScanResult
  assert.equal([result.series.total, result.series.failed, result.lines.length], [SERIES, 0, SERIES])
  assert.equal(
    result.lines.map(({ series }) => series),
    Array.from({ length: SERIES }, (_, n) => nameOf(n)),
  )
  assert.is(new Set(result.lines.map(({ job }) => job)).size, SERIES)
  assert.is(
    result.lines.reduce((sum, { count = 0 }) => sum + count, 0),
    result.anomalies,
  )
  return result
}

test('the anomalies of all series are ranked, with their rows, times and jobs', async () => {
  const scan = await runJob(master.url, { type: 'scan', payload: { dataSet, top: 10 } }, 60)
  const { ranking } = checkResult(scan)
  const first = ranking.slice(0, spikes.size)
  assert.equal(first.map(({ series }) => series).sort(), [...spikes.keys()].map(nameOf))
  for (const { series, start, end, peak, startTimestamp, job } of first) {
    const spike = spikes.get(Number(series.slice(-2))) ?? -1
    assert.ok(start <= spike && spike <= end, `${series}: ${spike} is not in ${start} to ${end}`)
    assert.ok(Math.abs(peak - spike) <= 2)
    assert.is(startTimestamp, new Date(Date.UTC(2026, 0, 1) + start * 300_000).toISOString())
    assert.is((await getJob(master.url, job)).type, 'detect')
  }
  assert.match(scan.progress?.text ?? '', /^60 of 60 series, \d+ anomalies$/)
})

test('it survives the death of a worker, and of the master with its node: each series has one job and one outcome', async () => {
  const before = (await readLog(platform, 'jobs')).length
  await pace(5)
  const { result } = await runJob(master.url, { type: 'test.control' })
  const node = (result as { pid: number }).pid
  const victim = await platform.worker()
  const id = await submit({ dataSet })
  await until('some have ended', async () => (await endedOf(id)) >= 8)
  const submitted = await children(id)
  victim.kill('SIGKILL')
  await until('more have ended', async () => (await endedOf(id)) >= 16, 30_000)
  await hold('pause')
  process.kill(node, 'SIGKILL')
  master.kill('SIGKILL')
  await master.ended
  assert.ok((await endedOf(id)) < SERIES, 'there was work left')
  master = await platform.master()
  await hold('resume')
  const found = checkResult(await ended(id))
  assert.equal(
    (await children(id)).map((it) => it.id),
    submitted.map((it) => it.id),
  )
  assert.equal(
    found.lines.map(({ job }) => job),
    submitted.map((it) => it.id),
  )
  assert.is(
    (await platform.sql(`select from outcomes where id = any($1)`, [submitted.map((it) => it.id)])).length,
    SERIES,
  )
  const records = (await readLog(platform, 'jobs')).length - before
  assert.is(records, SERIES, 'none was published again')
  await pace(undefined)
})

test('cancelled, it takes its jobs along', async () => {
  await pace(2)
  const id = await submit({ dataSet })
  await until('some have ended', async () => (await endedOf(id)) >= 3)
  assert.is((await call(`${master.url}/api/jobs/${id}`, { method: 'DELETE' })).status, 200)
  assert.is((await getJob(master.url, id)).status, 'cancelled')
  const all = await children(id)
  assert.is(all.length, SERIES)
  assert.ok(
    all.every(({ status }) => status !== null),
    'none is left',
  )
  assert.ok(all.filter(({ status }) => status === 'cancelled').length > SERIES / 2)
  await pace(undefined)
})

test('a series that fails is told, and does not fail the scan; a data set that is not there does', async () => {
  const whole = Array.from({ length: 200 }, (_, n) => n % 7)
  const lines = [
    { series: 'few', values: [1, 2, 3] },
    { series: 'enough', values: whole },
  ]
  const answer = await call(`${master.url}/api/data-sets?name=mixed`, {
    raw: lines.map((it) => `${JSON.stringify(it)}\n`).join(''),
    headers: { 'content-type': 'application/x-ndjson' },
  })
  assert.is(answer.status, 201, answer.text)
  const { id } = answer.body as { id: string }
  const payload = { dataSet: id, detector: 'sub-pca' }
  const { series, lines: told } = (await runJob(master.url, { type: 'scan', payload }, 60))
    .result as ScanResult
  assert.equal([series.total, series.failed], [2, 1])
  assert.equal([told[0]?.error?.code, told[1]?.error], ['REQUEST_INVALID', undefined])
  assert.is((await call(`${master.url}/api/data-sets/${id}`, { method: 'DELETE' })).status, 204)
  const gone = await runJob(master.url, { type: 'scan', payload: { dataSet: id } })
  assert.equal([gone.status, gone.error?.code, gone.attempts.length], ['dead', 'NOT_FOUND', 1])
})

test('a job refers to one series by its name', async () => {
  const [[n = 0, row = 0] = []] = spikes
  const { result } = await runJob(master.url, { type: 'detect', payload: { dataSet, series: nameOf(n) } })
  const { anomalies, scores } = result as { anomalies: { start: number; end: number }[]; scores: number[] }
  assert.is(scores.length, 1_500)
  assert.ok(anomalies.some(({ start, end }) => start <= row && row <= end))
  const none = await runJob(master.url, { type: 'detect', payload: { dataSet, series: 'nowhere' } })
  assert.equal([none.status, none.error?.code, none.attempts.length], ['dead', 'NOT_FOUND', 1])
})

test.run()
