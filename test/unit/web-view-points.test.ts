/** From the API's pages and a job's result to what is drawn, and to CSV. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RowReport } from '../../consumer/detection/by-row.ts'
import { resultJson } from '../../consumer/result-json.ts'
import type { DataSetPoints } from '../../web/kit/api/data-set-types.ts'
import { csvOf } from '../../web/view/analyse/csv.ts'
import { createGatherer, type Series } from '../../web/view/analyse/points.ts'
import { type Report, rangeAtRow, reportOf, sheetOf } from '../../web/view/analyse/report.ts'
import { detailOf, idempotencyKeyOf, lackOf, payloadOf } from '../../web/view/analyse/request.ts'

const test = suite('points of an analysis')

const page = (
  from: number,
  values: (number | null)[],
  points: number,
  timestamps?: number[],
): DataSetPoints => ({
  name: 'a',
  number: 3,
  points,
  from,
  values,
  ...(timestamps ? { timestamps } : {}),
})

const seriesOf = (...pages: DataSetPoints[]): Series => {
  const gatherer = createGatherer()
  for (const it of pages) gatherer.add(it)
  return gatherer.end()
}

const report: Report = {
  detector: 'forecast',
  asked: 'forecast',
  threshold: { score: 0.5, expectedFalseAlarms: 10 },
  thresholds: [],
  count: 1,
  anomalies: [{ start: 1, end: 1, peak: 1, score: 0.6, severity: 'major' }],
  scores: [0.1, 0.6, 0.2],
  band: { expected: [null, 2, 3], lower: [null, 1, 2], upper: [null, 3, 4] },
  parameters: {},
  explanation: 'One.',
  remarks: [],
}

test('pages make one series; null is missing; without timestamps rows are the axis', () => {
  const series = seriesOf(page(0, [1, null], 3), page(2, [5], 3))
  assert.equal([...series.values], [1, Number.NaN, 5])
  assert.equal([...series.xs], [0, 1, 2])
  assert.not(series.timed)
  assert.is(series.order, undefined)
})

test('rows out of order are put in the order of time, and what was found goes with them', () => {
  const series = seriesOf(page(0, [30, 10, 20], 3, [3_000, 1_000, 2_000]))
  assert.equal([...series.xs], [1_000, 2_000, 3_000])
  assert.equal([...series.values], [10, 20, 30])
  const sheet = sheetOf(series, report)
  assert.equal([...(sheet.scores ?? [])], [0.6, 0.2, 0.1])
  assert.equal([...(sheet.band?.expected ?? [])], [2, 3, Number.NaN])
  assert.is(sheet.ranges[0]?.start, 0)
  assert.is(rangeAtRow(sheet, series.order, 1), 0)
})

test('a result without its series is counted by rows', () => {
  const sheet = sheetOf(undefined, report)
  assert.is(sheet.xs.length, 3)
  assert.is(sheet.values, undefined)
  const { scores: _scores, band: _band, ...ranges } = report
  assert.is(sheetOf(undefined, ranges).xs.length, 2)
})

test('what is no detection is none', () => {
  for (const it of [undefined, null, 3, {}, { anomalies: [] }]) assert.is(reportOf(it), undefined)
  assert.is(reportOf(report), report)
})

test('CSV has a line a point, and says of each whether it was flagged', () => {
  const timed = seriesOf(page(0, [1, null, 5.25], 3, [0, 1_000, 2_500]))
  assert.is(
    csvOf(sheetOf(timed, report)).join(''),
    'timestamp,value,score,lower,expected,upper,flagged\n' +
      '1970-01-01T00:00:00.000Z,1,0.1,,,,0\n' +
      '1970-01-01T00:00:01.000Z,,0.6,1,2,3,1\n' +
      '1970-01-01T00:00:02.500Z,5.25,0.2,2,3,4,0\n',
  )
  const rows = csvOf(sheetOf(seriesOf(page(0, [1, 2, 3], 3)), undefined)).join('')
  assert.is(rows, 'row,value,score,lower,expected,upper,flagged\n0,1,,,,,0\n1,2,,,,,0\n2,3,,,,,0\n')
})

test('a long CSV is made in pieces, and loses no line', () => {
  const values = Array.from({ length: 45_000 }, (_, row) => row)
  const pieces = csvOf(sheetOf(seriesOf(page(0, values, values.length)), undefined))
  assert.is(pieces.length, 4)
  assert.is(pieces.join('').split('\n').length, 45_002)
})

const wish = { dataSet: 'd', series: 'a', number: 3, detector: 'auto' }

/** The largest result that a series of so many rows may have: long numbers, and a range in every hundred rows. */
const largest = (points: number): Partial<RowReport> => {
  const detail = detailOf(points)
  const cells = (): number[] => new Array<number>(points).fill(-1.23456e-10)
  const at = '2014-11-02T01:00:00.000Z'
  return {
    anomalies: Array.from({ length: points / 100 }, () => ({
      start: 999_999,
      end: 999_999,
      peak: 999_999,
      score: 0.5555,
      severity: 'critical',
      startTimestamp: at,
      endTimestamp: at,
      peakTimestamp: at,
    })),
    ...(detail === 'ranges' ? {} : { scores: new Array<number>(points).fill(0.5555) }),
    ...(detail === 'all' ? { band: { expected: cells(), lower: cells(), upper: cells() } } : {}),
  }
}

test('what is asked for fits into a result, however long the series', () => {
  for (const points of [100_000, 150_000, 150_100, 750_000, 750_100, 1_000_000]) {
    const text = resultJson(largest(points)) ?? ''
    assert.ok(text.length > 0 && text.length < 8_000_000, `${points}: ${text.length}`)
  }
})

test('100,000 rows come whole; of more the band is left out, of a million the scores', () => {
  assert.equal(payloadOf({ ...wish, points: 100_000 }), { dataSet: 'd', series: 'a', detector: 'auto' })
  assert.is(Object.hasOwn(payloadOf({ ...wish, points: 400_000, threshold: 0.6 }), 'band'), true)
  assert.is(Object.hasOwn(payloadOf({ ...wish, points: 1_000_000 }), 'scores'), true)
})

test('the same wish has the same key; another threshold, or the wish to run again, has another', () => {
  const all = [
    idempotencyKeyOf({ ...wish, points: 9 }),
    idempotencyKeyOf({ ...wish, points: 9, threshold: 0.5 }),
    idempotencyKeyOf({ ...wish, points: 9, detector: 'mad' }),
    idempotencyKeyOf({ ...wish, points: 9 }, 'again'),
  ]
  assert.is(new Set(all).size, all.length)
  assert.is(all[0], idempotencyKeyOf({ ...wish, points: 9 }))
})

test('why a result lacks scores, or the expected range, is told as it is', () => {
  assert.is(lackOf(1_500, true, true), undefined)
  // Some detectors expect nothing.
  assert.is(lackOf(1_500, true, false), undefined)
  assert.is(lackOf(1_500, false, false), 'unasked', 'as the job of a scan: not for its length')
  assert.is(lackOf(200_000, true, false), 'noBand')
  assert.is(lackOf(200_000, false, false), 'unasked')
  assert.is(lackOf(1_000_000, false, false), 'noScores')
})

test.run()
