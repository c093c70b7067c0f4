import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectProblem } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { openEvents } from '../support/sse.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('lag')

// Without a worker: what is submitted waits, and what is parked stays.
setUp(test, async () => {
  platform = await startPlatform('lag')
  master = await platform.master()
})
test.after(() => platform?.stop())

interface Scaling {
  readonly lag: number
  readonly kafkaLag: number
  readonly parked: {
    readonly total: number
    readonly due: number
    readonly byReason: Readonly<Record<string, number>>
    readonly at: string
  }
  readonly partitions: readonly { readonly topic: string; readonly priority: string; readonly lag: number }[]
}

const scaling = async (): Promise<Scaling> =>
  (await call(`${master.url}/api/scaling`)).body as unknown as Scaling

const park = (topic: string, reason: string, due: string, count: number): Promise<unknown> =>
  platform.sql(
    `insert into parked (id, topic, partition, type, value, reason, due, attempt, attempts_before, attempts, submitted_at)
     select gen_random_uuid(), $1, 0, 'noop', '{}', $2, $3::timestamptz, 0, 0, '[]', now() from generate_series(1, $4)`,
    [topic, reason, due, count],
  )

const submit = async (priority: string, count: number): Promise<void> => {
  const line = JSON.stringify({ type: 'noop', priority })
  const answer = await call(`${master.url}/api/jobs/batch`, {
    raw: `${line}\n`.repeat(count),
    headers: { 'content-type': 'application/x-ndjson' },
  })
  assert.is(answer.status, 202)
}

test('is what the logs of all priorities hold and the parked jobs that are due, each told apart', async () => {
  await submit('normal', 5)
  await submit('high', 2)
  await submit('low', 1)
  await park(platform.topic('jobs'), 'retry', '2020-01-01T00:00:00Z', 3)
  await park(platform.topic('jobs.low'), 'retry', '2100-01-01T00:00:00Z', 4)
  await park(platform.topic('jobs.high'), 'order', 'infinity', 6)
  await park(platform.topic('control'), 'retry', '2020-01-01T00:00:00Z', 9)
  const seen = await until('all of it is counted', async () => {
    const now = await scaling()
    return now.kafkaLag === 8 && now.parked.total === 13 && now
  })
  assert.is(seen.lag, 8 + 3)
  assert.is(seen.parked.due, 3)
  assert.equal(seen.parked.byReason, { retry: 7, delay: 0, schedule: 0, replay: 0, order: 6, limit: 0 })
  assert.ok(Math.abs(Date.parse(seen.parked.at) - Date.now()) < 5_000)
  const byPriority = (name: string): number =>
    seen.partitions.filter(({ priority }) => priority === name).reduce((sum, { lag }) => sum + lag, 0)
  assert.equal([byPriority('normal'), byPriority('high'), byPriority('low')], [5, 2, 1])
})

test('is told the same on the fleet’s stream', async () => {
  const events = await openEvents(`${master.url}/api/events`)
  const first = await events.next()
  events.close()
  assert.is(first?.event, 'scaling')
  const { lag, kafkaLag, parked } = first?.data as Scaling
  assert.equal([lag, kafkaLag, parked.total, parked.due], [11, 8, 13, 3])
})

test('is in the metrics, apart by topic and by reason', async () => {
  const { text } = await call(`${master.url}/metrics`)
  const value = (name: string): number[] =>
    [...text.matchAll(new RegExp(`^${name} (\\d+)$`, 'gm'))].map(([, number]) => Number(number))
  const sum = (of: readonly number[]): number => of.reduce((all, one) => all + one, 0)
  const topic = platform.topic('jobs.high').replaceAll('.', '\\.')
  assert.is(sum(value(`anomgrd_lag\\{topic="${topic}",partition="\\d+",node="[^"]*"\\}`)), 2)
  assert.is(value('anomgrd_lag\\{.*\\}').length, 12)
  assert.equal(value('anomgrd_parked_jobs\\{reason="retry",node="[^"]*"\\}'), [7])
  assert.equal(value('anomgrd_due_jobs\\{node="[^"]*"\\}'), [3])
})

test('counts for the limit of the queue, what is parked and due with it', async () => {
  const narrow = await platform.master({ QUEUE_LIMIT: '11' })
  const refused = await until('both are known', async () => {
    const answer = await call(`${narrow.url}/api/jobs`, { json: { type: 'noop' } })
    return answer.status === 429 && answer
  })
  expectProblem(refused, 429, 'QUEUE_FULL')
  await narrow.stop()
})

test.run()
