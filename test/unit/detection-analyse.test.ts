import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyse } from '../../consumer/detection/analyse.ts'
import { byRow } from '../../consumer/detection/by-row.ts'
import { choosers, DEFAULT_DETECTOR, detectorNames, detectors } from '../../consumer/detection/catalogue.ts'
import { prepare, type Table } from '../../consumer/detection/prepare.ts'
import { expectedFalseAlarms } from '../../consumer/detection/score.ts'
import { probationOf } from '../../consumer/detection/score-points.ts'
import { AppError } from '../../core/errors.ts'

const test = suite('analysing a series')

/** A sine of 50 points with small steps on it; no noise, so that nothing depends on luck. */
const wave = (points: number): number[] =>
  Array.from({ length: points }, (_, at) => 10 * Math.sin((2 * Math.PI * at) / 50) + ((at * 7) % 13) / 13)

const hour = 3_600_000
const timesOf = (points: number): number[] => Array.from({ length: points }, (_, at) => at * hour)

const inputOf = (columns: Record<string, number[]>, timesMs?: number[]) => {
  const named = Object.entries(columns).map(([name, values]) => ({ name, values }))
  return prepare({ columns: named, ...(timesMs && { timesMs }) }).input
}

const withSpike = (points: number, at: number): number[] => wave(points).with(at, 60)

const refused = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    assert.is(error instanceof AppError && error.code, 'REQUEST_INVALID')
    return error instanceof Error ? error.message : ''
  }
  return 'taken'
}

test('every detector finds a huge burst, says what it costs, and names itself', () => {
  assert.ok(detectors.has(DEFAULT_DETECTOR))
  assert.equal(detectorNames, [...choosers.keys(), ...detectors.keys()])
  const burst = wave(1500).map((it, at) => (at >= 1200 && at < 1220 ? 60 : it))
  for (const [name, detector] of detectors) {
    assert.is(detector.name, name)
    assert.ok(detector.description && detector.source && detector.cost)
    const report = analyse(inputOf({ v: burst }, timesOf(1500)), { detector: name })
    assert.is(report.detector, name)
    assert.is(report.scores.length, 1500)
    assert.ok(report.scores.every((it) => it >= 0 && it < 1))
    const around = report.scores.subarray(1100, 1301)
    assert.is(Math.max(...around), Math.max(...report.scores), `${name}: the burst scores most`)
  }
})

test('thresholds say what they cost', () => {
  const { threshold, thresholds } = analyse(inputOf({ v: wave(300) }), { threshold: 0.4 })
  assert.is(threshold.score, 0.4)
  assert.is(threshold.expectedFalseAlarms, expectedFalseAlarms(0.4))
  assert.equal(
    thresholds.map((it) => Number(it.expectedFalseAlarms.toPrecision(9))),
    [0.1, 1, 10, 100],
  )
})

test('ranges hold what is flagged, with their peak; the explanation says when, what and how strange', () => {
  const { anomalies, scores, explanation } = analyse(inputOf({ v: withSpike(1500, 1200) }, timesOf(1500)))
  const range = anomalies.find(({ start, end }) => start <= 1200 && 1200 <= end)
  assert.is(range?.peak, 1200)
  assert.is(range?.score, scores[1200])
  assert.is(range?.severity, 'critical')
  assert.match(explanation, /1970-02-20T00:00:00.000Z \(point 1200\)/)
  assert.match(explanation, /value 60/)
  assert.match(explanation, /critical/)
})

test('nothing is flagged while a streaming detector gets to know the series; batch detectors need no such time', () => {
  const values = withSpike(1500, 20)
  const streamed = analyse(inputOf({ v: values }))
  assert.is(probationOf(1500), 225)
  assert.ok(streamed.scores.subarray(0, 225).every((it) => it === 0))
  assert.is(streamed.parameters['probation'], 225)
  assert.ok((analyse(inputOf({ v: values }), { detector: 'mad' }).scores[20] ?? 0) > 0.5)
})

test('of several columns the strangest decides, and is named; one more column is one more chance', () => {
  const both = inputOf({ calm: wave(1500), spiked: withSpike(1500, 1200) })
  for (const detector of ['mad', DEFAULT_DETECTOR]) {
    const alone = analyse(inputOf({ spiked: withSpike(1500, 1200) }), { detector })
    const { anomalies, scores, explanation } = analyse(both, { detector })
    assert.is(anomalies.find(({ peak }) => peak === 1200)?.column, 'spiked')
    assert.match(explanation, /in column "spiked"/)
    assert.ok((scores[1200] ?? 0) < (alone.scores[1200] ?? 0))
    assert.ok(alone.anomalies.every((range) => !('column' in range)))
  }
})

test('what was filled in is never flagged, and teaches nothing', () => {
  const values = wave(1500)
  // Between a value far out and its usual neighbour lies what nobody measured.
  for (let at = 1200; at < 1240; at++) values[at] = Number.NaN
  values[1199] = 60
  for (const detector of ['mad', 'esd', DEFAULT_DETECTOR]) {
    const { scores } = analyse(inputOf({ v: values }), { detector })
    assert.ok(
      scores.subarray(1200, 1240).every((it) => it === 0),
      detector,
    )
    assert.ok((scores[1199] ?? 0) > 0.5, detector)
  }
})

test('unknown detectors, thresholds out of range and series of the wrong length are refused with the limits', () => {
  const input = inputOf({ v: wave(300) })
  assert.match(
    refused(() => analyse(input, { detector: 'oracle' })),
    /^detector: "oracle" is none of .*forecast/,
  )
  for (const threshold of [0, 1, Number.NaN]) {
    assert.match(
      refused(() => analyse(input, { threshold })),
      /^threshold: must be over 0 and below 1/,
    )
  }
  assert.match(
    refused(() => analyse(inputOf({ v: wave(10) }), { detector: 'mad' })),
    /^series: mad takes 20 to 10,000,000 points, it has 10$/,
  )
})

test('by row: points go back to their rows, in whichever order these came', () => {
  const values = withSpike(1500, 1200)
  const table: Table = {
    columns: [{ name: 'v', values: [...values, 60].reverse() }],
    // The last point twice; all in the opposite order.
    timesMs: [...timesOf(1500), 1200 * hour].reverse(),
  }
  const prepared = prepare(table)
  const report = analyse(prepared.input)
  const rows = byRow({ report, prepared, timestampOf: (row) => `row ${row}`, scores: true, band: true })
  // Of 1,501 rows in the opposite order point 1200 is row 0 (the repeated one) and row 1500 - 1200.
  assert.is(rows.scores?.length, 1501)
  assert.is(rows.scores?.[0], rows.scores?.[300])
  assert.ok((rows.scores?.[300] ?? 0) > 0.5)
  const range = rows.anomalies.find(({ start, end }) => start === 0 || end === 300)
  assert.is(range?.peakTimestamp, 'row 0')
  assert.is(rows.count, rows.anomalies.length)
  const bare = byRow({ report, prepared, timestampOf: undefined, scores: false, band: false })
  assert.not('scores' in bare || 'band' in bare || 'startTimestamp' in (bare.anomalies[0] ?? {}))
})

test('100,000 rows with band stay below what a job may answer with, whatever their magnitude', () => {
  const cells = new Float64Array(100_000).fill(-1.234_567_89e-300)
  const prepared = prepare({ columns: [{ name: 'v', values: cells }] })
  const report = {
    ...analyse(prepared.input, { detector: 'mad' }),
    band: { expected: cells, lower: cells, upper: cells },
  }
  const scored = { ...report, scores: cells.map(() => 0.123_456) }
  const text = JSON.stringify(
    byRow({ report: scored, prepared, timestampOf: undefined, scores: true, band: true }),
  )
  assert.ok(text.length < 6_000_000, `${text.length} characters`)
})

test.run()
