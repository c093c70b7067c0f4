/** What goes wrong on the way changes nothing of what a series' detector says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inMemory, type SeriesClient, seriesClient, wave } from '../support/feed.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let series: SeriesClient
const workers = new Map<string, RunningProcess>()
const test = suite('faults on the way of a standing series')

const startWorker = async (name: string): Promise<void> => {
  workers.set(name, await platform.worker({ NODE_ID: name }))
}

setUp(test, async () => {
  platform = await startPlatform('watchfaults')
  const [master] = await Promise.all([platform.master(), startWorker('one'), startWorker('two')])
  series = seriesClient(master.url)
})
test.after(() => platform?.stop())

/** The worker that has run the last append of the series. */
const workerOf = async (name: string): Promise<string> => {
  const rows = await platform.sql<{ worker: string }>(
    'select worker from outcomes where key = $1 order by id desc limit 1',
    [name],
  )
  return rows[0]?.worker ?? ''
}

test('a worker that is killed in the middle of the feed changes nothing: same scores, each point once, in order', async () => {
  const points = wave(3, 600, [300, 500])
  await series.create('killed')
  const expected = inMemory(points)
  assert.equal(expected.alarms, [300, 500])
  const killed = { at: 300 }
  for (let from = 0; from < points.length; from += 3) {
    await series.append('killed', points.slice(from, from + 3))
    if (from !== killed.at) continue
    await series.reaches('killed', 100)
    workers.get(await workerOf('killed'))?.kill('SIGKILL')
  }
  await series.reaches('killed', 600)
  const judged = await series.points('killed', 1_000)
  assert.equal(
    judged.map(({ row, at, value }) => ({ row, timestamp: at, value })),
    points.map((point, row) => ({ row, ...point })),
  )
  assert.equal(
    judged.map(({ score }) => score),
    expected.scores,
  )
  assert.equal(
    (await series.alarms('killed')).map(({ row }) => row),
    expected.alarms,
  )
  const workersSeen = await platform.sql<{ worker: string }>(
    `select distinct worker from outcomes where key = 'killed' order by worker`,
  )
  assert.equal(
    workersSeen.map(({ worker }) => worker),
    ['one', 'two'],
    'both have run some of it',
  )
})

test('a job that comes again after its points were written gives the result that it gave, and applies nothing', async () => {
  const points = wave(4, 150)
  const id = await series.append('again', points)
  await series.reaches('again', 150)
  const outcome = () =>
    until('it has its outcome', async () => {
      const rows = await platform.sql<{ result: unknown; worker: string }>(
        'select result, worker from outcomes where id = $1',
        [id],
      )
      return rows[0]
    })
  const first = await outcome()
  // As where a worker is killed between the points and the outcome: the record is put back as a parked job.
  await platform.sql(
    `with gone as (delete from outcomes where id = $1 returning *)
     insert into parked (id, topic, partition, "offset", key, type, value, reason, due, attempt, attempts_before, attempts, submitted_at)
     select id, topic, partition, "offset", key, type, convert_to($2, 'UTF8'), 'replay', now(), 0, 0, '[]', submitted_at from gone`,
    [id, JSON.stringify({ payload: { series: 'again', points } })],
  )
  const second = await outcome()
  assert.equal(second.result, first.result)
  assert.is((await series.get('again')).points, 150)
})

test('a state that can’t be read is made anew from the points that are kept, and the result says so', async () => {
  const points = wave(5, 700)
  await series.create('unreadable')
  const expected = inMemory(points)
  await series.append('unreadable', points.slice(0, 600))
  await series.reaches('unreadable', 600)
  const state = `update series set state = $1, version = version + 1 where name = 'unreadable' and state is not null returning name`
  assert.equal(await platform.sql(state, [Buffer.from('of another version')]), [{ name: 'unreadable' }])
  const answer = await series.ask(
    'POST',
    '/unreadable/points',
    { points: points.slice(600) },
    { prefer: 'wait=20' },
  )
  assert.is(answer.status, 200, answer.text)
  const { result } = answer.body as { result: { remarks: string[]; appended: number } }
  assert.is(result.appended, 100)
  assert.match(result.remarks.join(), 'could not be read, and was made anew from the last 600 points')
  assert.equal(
    (await series.points('unreadable', 1_000)).map(({ score }) => score),
    expected.scores,
  )
})

test('a stored state and the points since make the watcher that was lost with its process', async () => {
  const points = wave(6, 1_300, [1_200])
  await series.create('resumed')
  await series.append('resumed', points.slice(0, 600))
  for (let from = 600; from < 1_000; from += 100)
    await series.append('resumed', points.slice(from, from + 100))
  await series.reaches('resumed', 1_000)
  const [at] = await platform.sql<{ state_row: string }>(
    `select state_row from series where name = 'resumed'`,
  )
  assert.is(Number(at?.state_row), 600)
  // Another version: what workers have in memory is of no use.
  await platform.sql(`update series set version = version + 1 where name = 'resumed'`)
  await series.append('resumed', points.slice(1_000))
  await series.reaches('resumed', 1_300)
  const expected = inMemory(points)
  assert.equal(
    (await series.points('resumed', 2_000)).map(({ score }) => score),
    expected.scores,
  )
  assert.equal(
    (await series.alarms('resumed')).map(({ row }) => row),
    expected.alarms,
  )
})

test.run()
