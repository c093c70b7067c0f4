import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_JOB_BYTES } from '../../core/job.ts'
import { anomaliesOf, detectPayload, parseSeries } from '../../producer/load/series.ts'

const test = suite('load series')

test('a file is read with and without a header', () => {
  const expected = {
    name: 'a.csv',
    timestamps: ['2014-07-01 00:00:00', '2014-07-01 00:30:00'],
    values: [1.5, -2],
  }
  const rows = '2014-07-01 00:00:00,1.5\n2014-07-01 00:30:00,-2\n'
  assert.equal(parseSeries('a.csv', rows), expected)
  assert.equal(parseSeries('a.csv', `timestamp,value\n${rows}`), expected)
  assert.equal(
    parseSeries('a.csv', `\uFEFFtimestamp,value\r\n${rows.replaceAll('\n', '\r\n')}\r\n`),
    expected,
  )
})

test('with a header the columns may be anywhere', () => {
  const { timestamps, values } = parseSeries('a.csv', 'host,Value,Timestamp\nx,3,10\ny,4,20\n')
  assert.equal(
    [timestamps, values],
    [
      [10, 20],
      [3, 4],
    ],
  )
})

test('a file of one column has no timestamps', () => {
  assert.equal(parseSeries('a.csv', '1\n2\n3\n'), { name: 'a.csv', timestamps: undefined, values: [1, 2, 3] })
})

test('what is wrong is told with file and line', () => {
  const wrong = (text: string): string => {
    try {
      parseSeries('a.csv', text)
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
    return ''
  }
  assert.is(wrong(''), 'a.csv: is empty')
  assert.is(wrong('t,v\n1,2\n'), 'a.csv: line 1 has neither a number nor a column named value')
  assert.is(wrong('timestamp,value\n1,2\n\n2,\n'), 'a.csv: line 4: the value is "", not a number')
  assert.match(wrong('1,2\n3\n'), /^a\.csv: .*line 2/)
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
