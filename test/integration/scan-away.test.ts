/** A scan whose servers go away for a while: it waits for them, and ends as if they had not. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanResult } from '../../consumer/handlers/scan/gather.ts'
import { call, expectJob, type JobView } from '../support/api.ts'
import { type OwnServer, ownKafka, ownPostgres } from '../support/own-servers.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { filesBody, waveCsv } from '../support/series.ts'
import { until } from '../until.ts'

let postgres: OwnServer
let kafka: OwnServer
let platform: Platform
let master: RunningProcess
let dataSet: string
const test = suite('a scan whose servers go away')

const SERIES = 40

setUp(test, async () => {
  ;[postgres, kafka] = await Promise.all([ownPostgres(), ownKafka()])
  platform = await startPlatform('scanaway', { DATABASE_URL: postgres.address, KAFKA_BROKERS: kafka.address })
  ;[master] = await Promise.all([platform.master(), platform.worker()])
  const files = new Map(Array.from({ length: SERIES }, (_, n) => [`s${n}.csv`, waveCsv(n, 600)]))
  const { raw, type } = await filesBody(files)
  const answer = await call(`${master.url}/api/data-sets?name=waves`, {
    raw,
    headers: { 'content-type': type },
  })
  assert.is(answer.status, 201, answer.text)
  dataSet = (answer.body as { id: string }).id
})
test.after(async () => {
  await platform?.stop()
  await Promise.all([postgres?.close(), kafka?.close()])
})

const ended = async (): Promise<number> =>
  (await platform.sql(`select 1 from outcomes where type = 'detect' and status = 'succeeded'`)).length

test('it waits for PostgreSQL, then for Kafka, and no job of it ends badly or twice', async () => {
  const pace = await call(`${master.url}/api/limits/types/detect`, { method: 'PUT', json: { rate: 4 } })
  assert.ok(pace.status < 300)
  const { id } = expectJob(
    await call(`${master.url}/api/jobs`, { json: { type: 'scan', payload: { dataSet } } }),
    202,
  )
  await until('some have ended', async () => (await ended()) >= 4, 30_000)
  await postgres.end('SIGKILL')
  await delay(14_000)
  await postgres.startAgain()
  await until('more have ended', async () => (await ended()) >= 12, 40_000)
  await kafka.end('SIGKILL')
  await delay(6_000)
  await kafka.startAgain()
  const job = async (): Promise<JobView | undefined> => {
    const answer = await call(`${master.url}/api/jobs/${id}`).catch(() => undefined)
    return answer?.status === 200 ? (answer.body as JobView) : undefined
  }
  await until('the scan has ended', async () => ((await job())?.finishedAt ?? '') !== '', 90_000)
  const scan = await job()
  assert.is(scan?.status, 'succeeded', JSON.stringify(scan?.error))
  const { series } = scan?.result as ScanResult
  assert.equal([series.total, series.failed], [SERIES, 0])
  assert.is(await ended(), SERIES)
  assert.equal(
    (scan?.attempts ?? []).filter(({ error }) => error !== undefined),
    [],
    'no attempt of the scan failed',
  )
})

test.run()
