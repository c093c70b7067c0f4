import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_JOB_BYTES } from '../../core/job.ts'
import { anomaliesOf, detectPayload, parseSeries } from '../../producer/load/series.ts'

const test = suite('load series')

test('a file is read as a series of the first column, with its timestamps', async () => {
  const expected = {
    name: 'a.csv',
    timestamps: ['2014-07-01 00:00:00', '2014-07-01 00:30:00'],
    values: [1.5, -2],
  }
  const rows = '2014-07-01 00:00:00,1.5\n2014-07-01 00:30:00,-2\n'
  const { timesMs, ...series } = await parseSeries('a.csv', rows)
  assert.equal(series, expected)
  assert.is(timesMs?.[1], Date.UTC(2014, 6, 1, 0, 30))
  assert.equal((await parseSeries('a.csv', 'a,b\n1,2\n')).values, [1])
})

test('with a header the columns may be anywhere', async () => {
  const { timestamps, values } = await parseSeries('a.csv', 'host,Value,Timestamp\nx,3,10\ny,4,20\n')
  assert.equal(
    [timestamps, values],
    [
      [10, 20],
      [3, 4],
    ],
  )
})

test('a file of one column has no timestamps, and a missing value is null', async () => {
  const expected = { name: 'a.csv', timestamps: undefined, timesMs: undefined, values: [1, null, 3] }
  assert.equal(await parseSeries('a.csv', '1\nNaN\n3\n'), expected)
})

test('timestamps that a job does not read go as the times they are', async () => {
  const sent = async (text: string) =>
    detectPayload(await parseSeries('a.csv', text), undefined).payload.series
  assert.equal(await sent('2014/07/01,1\n2014/07/02,\n'), [
    { timestamp: '2014-07-01T00:00:00.000Z', value: 1 },
    { timestamp: '2014-07-02T00:00:00.000Z', value: null },
  ])
  assert.equal(await sent('time,value\n1404172800,1\n'), [{ timestamp: 1_404_172_800_000, value: 1 }])
})

test('what is wrong is told with file and line', async () => {
  const wrong = (text: string): Promise<string> =>
    parseSeries('a.csv', text).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    )
  assert.is(await wrong(''), 'a.csv: is empty')
  assert.is(await wrong('x\ny\n'), 'a.csv: has no column of numbers')
  assert.is(await wrong('timestamp,value\n1,2\n\n2,x\n'), 'a.csv: line 4: value is "x", not a finite number')
  assert.match(await wrong('1,2\n3\n'), /^a\.csv: .*line 2/)
})

const long = (rows: number) => ({
  name: 'a.csv',
  timestamps: Array.from({ length: rows }, (_, row) => `2014-07-01 00:00:${row}`),
  values: Array.from({ length: rows }, (_, row) => row / 7),
})

test('a payload has the timestamps where they fit a job, and fits a job where they do not', () => {
  const small = detectPayload(long(3), 'forecast')
  assert.equal(small, {
    payload: {
      series: [
        { timestamp: '2014-07-01 00:00:0', value: 0 },
        { timestamp: '2014-07-01 00:00:1', value: 1 / 7 },
        { timestamp: '2014-07-01 00:00:2', value: 2 / 7 },
      ],
      detector: 'forecast',
    },
    timed: true,
  })
  const large = detectPayload(long(20_000), undefined)
  assert.is(large.timed, false)
  assert.ok(JSON.stringify(large.payload).length < MAX_JOB_BYTES)
})

test('anomalies get the file’s timestamps, the highest score first', () => {
  const anomalies = [
    { start: 0, end: 1, score: 0.5 },
    { start: 2, end: 2, score: 0.9 },
  ]
  assert.equal(anomaliesOf(long(3), { count: 2, anomalies }), [
    { from: '2014-07-01 00:00:2', to: '2014-07-01 00:00:2', score: 0.9 },
    { from: '2014-07-01 00:00:0', to: '2014-07-01 00:00:1', score: 0.5 },
  ])
  assert.equal(
    anomaliesOf({ name: 'a', timestamps: undefined, values: [1, 2, 3] }, { anomalies })?.[0]?.from,
    2,
  )
})

test('a result of another form is none', () => {
  for (const result of [undefined, null, 'x', {}, { anomalies: [{ from: 1 }] }]) {
    assert.is(anomaliesOf(long(3), result), undefined)
  }
})

test.run()
