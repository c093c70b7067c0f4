/** What the store promises of appends to standing series: all or nothing, once, and the last points kept. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import { KEPT_POINTS, MAX_APPEND } from '../../core/series/watch.ts'
import { deleteSeries, ensureSeries, getSeries, putSeries, type Series } from '../../core/store/series.ts'
import { alarmsFrom, listAlarms } from '../../core/store/series-alarms.ts'
import {
  type Append,
  appendPoints,
  findAppend,
  type NewAlarm,
  readPoints,
} from '../../core/store/series-points.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'
import { setUp } from '../support/platform.ts'

let own: RealStore
const test = suite('standing series in the store')

setUp(test, async () => {
  own = await openStore()
})
test.after(() => own?.close())

const ensured = async (name: string): Promise<Series> => {
  const series = await ensureSeries(own.db, name)
  assert.ok(series)
  return series
}

/** An append of these values, without times, to the series as it is known. */
const appendOf = (
  { name, version, rows }: Series,
  values: readonly number[],
  more: Partial<Append> = {},
): Append => ({
  series: name,
  version,
  jobId: randomUUID(),
  chunk: {
    firstRow: rows,
    values,
    timesMs: undefined,
    scores: values.map(() => 0.25),
    expected: values.map(() => Number.NaN),
    lower: values.map(() => -1),
    upper: values.map(() => 1),
  },
  result: '{}',
  alarms: [],
  state: undefined,
  ...more,
})

const alarmAt = (row: number, withJob = true): NewAlarm => {
  const id = randomUUID()
  const job = {
    id: makeJobId({ submittedAt: Date.now(), partition: 3, epoch: 0 }),
    topic: 't',
    partition: 3,
    key: 'webhook:s',
    type: 'webhook',
    value: JSON.stringify({ payload: { alarm: id } }),
  }
  return { id, row, alarm: JSON.stringify({ id, row }), job: withJob ? job : undefined }
}

const count = async (table: string): Promise<number> => {
  const { rows } = await own.db.pool.query<{ count: bigint }>(`select count(*) from ${table}`)
  return Number(rows[0]?.count)
}

test('an append writes points, alarms and their jobs, which are due in the order of the alarms', async () => {
  const series = await ensured('whole')
  const alarms = [alarmAt(1), alarmAt(0, false), alarmAt(2)]
  const append = appendOf(series, [1, Number.NaN, 3], { alarms, state: Buffer.from('state') })
  assert.is(await appendPoints(own.db.pool, append), true)
  const after = await getSeries(own.db, 'whole')
  assert.equal(
    [after?.rows, after?.alarms, after?.stateRow, after?.version, after?.timed],
    [3, 3, 3, series.version + 1, false],
  )
  assert.equal(
    (await readPoints(own.db, 'whole', 1, 3)).map(({ row, value, expected, upper }) => [
      row,
      value,
      expected,
      upper,
    ]),
    [
      [1, null, null, 1],
      [2, 3, null, 1],
    ],
  )
  assert.equal(
    (await listAlarms(own.db, 'whole', { limit: 2 })).map(({ row }) => row),
    [2, 1],
  )
  assert.equal(
    (await alarmsFrom(own.db, 'whole', 1, 2, 9)).map(({ row }) => row),
    [1],
  )
  const { rows: parked } = await own.db.pool.query<{ id: string }>('select id from parked order by due')
  assert.equal(
    parked.map(({ id }) => id),
    alarms.flatMap(({ job }) => (job ? [job.id] : [])),
  )
  assert.equal(await findAppend(own.db, 'whole', append.jobId), { result: '{}', scores: [0.25, 0.25, 0.25] })
  assert.is(await findAppend(own.db, 'another', append.jobId), undefined)
})

test('of appends that were judged from the same version one is written, and of the others nothing', async () => {
  const series = await ensured('fenced')
  const before = [await count('series_alarms'), await count('parked'), await count('series_points')]
  const appends = Array.from({ length: 8 }, () => appendOf(series, [1], { alarms: [alarmAt(0)] }))
  const written = await Promise.all(appends.map((it) => appendPoints(own.db.pool, it)))
  assert.is(written.filter(Boolean).length, 1)
  assert.equal(
    [await count('series_alarms'), await count('parked'), await count('series_points')],
    before.map((it) => it + 1),
  )
  assert.is((await getSeries(own.db, 'fenced'))?.rows, 1)
})

test('changed settings fence what was judged by those before them, too, and so does a deletion', async () => {
  const series = await ensured('changed')
  const settings = { detector: undefined, threshold: 0.9, webhook: undefined }
  await putSeries(own.db, 'changed', settings, () => 'unused')
  assert.is(await appendPoints(own.db.pool, appendOf(series, [1])), false)
  const now = await ensured('changed')
  assert.is(now.threshold, 0.9)
  assert.is(await deleteSeries(own.db, 'changed'), true)
  assert.is(await appendPoints(own.db.pool, appendOf(now, [1])), false)
})

test('the last points are kept, and those long before them are not', async () => {
  const values = Array.from({ length: MAX_APPEND }, (_, n) => n)
  const appends = KEPT_POINTS / MAX_APPEND + 4
  for (let n = 0; n < appends; n++) {
    assert.is(await appendPoints(own.db.pool, appendOf(await ensured('long'), values)), true)
  }
  const rows = appends * MAX_APPEND
  const kept = await readPoints(own.db, 'long', 0, rows)
  assert.ok(kept.length >= KEPT_POINTS && kept.length <= KEPT_POINTS + 2 * MAX_APPEND, String(kept.length))
  assert.equal([kept[0]?.row, kept.at(-1)?.row], [rows - kept.length, rows - 1])
})

test('a series that is made by many at once is one', async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => ensured('raced')))
  assert.is(new Set(made.map(({ createdAt }) => createdAt)).size, 1)
})

test.run()
