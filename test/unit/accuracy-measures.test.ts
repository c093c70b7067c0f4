import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventF1, eventScore } from '../accuracy/measures/events.ts'
import { nabScore, normalizedNab } from '../accuracy/measures/nab.ts'
import { bestRangeScore, rangeScore } from '../accuracy/measures/range-based.ts'
import { type Range, runsOf } from '../accuracy/measures/ranges.ts'

const test = suite('measures at a threshold')

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)
const range = (start: number, end: number): Range => ({ start, end })
/** So many rows that score 0, but 1 in these. */
const flagging = (rows: number, ...flagged: number[]): number[] =>
  Array.from({ length: rows }, (_, row) => (flagged.includes(row) ? 1 : 0))

test('runs are maximal, and one across a gap that is allowed', () => {
  const holds = (row: number): boolean => [0, 1, 4, 9].includes(row)
  assert.equal(runsOf(10, holds), [range(0, 1), range(4, 4), range(9, 9)])
  assert.equal(runsOf(10, holds, 2), [range(0, 4), range(9, 9)])
})

test('recall is the covered share of each range, divided by the number of ranges that cover it; precision is the same the other way', () => {
  // Labels 0–9 and 20–29. Flagged 5–9: half of the first. 20–21 and 25: three tenths of the second, in two pieces.
  const labelled = [range(0, 9), range(20, 29)]
  const flagged = [range(5, 9), range(20, 21), range(25, 25), range(40, 43)]
  const { precision, recall, f1 } = rangeScore(labelled, flagged)
  near(recall, (0.5 + 0.3 / 2) / 2)
  near(precision, 3 / 4)
  near(f1, (2 * 0.325 * 0.75) / (0.325 + 0.75))
  // One flagged range over both labels: 20 of its 30 rows, of two labels.
  near(rangeScore(labelled, [range(0, 29)]).precision, 20 / 30 / 2)
  near(rangeScore(labelled, [range(0, 29)]).recall, 1)
  assert.equal(rangeScore(labelled, []), { precision: 0, recall: 0, f1: 0 })
})

test('the best threshold in hindsight is one that separates, where one does', () => {
  const scores = Array.from({ length: 100 }, (_, row) => (row >= 50 && row <= 53 ? 10 + row : row / 100))
  const best = bestRangeScore([range(50, 53)], scores)
  near(best.f1, 1)
  assert.is(best.threshold, 60)
})

test('an event is found once however often it alarms; alarms elsewhere are counted in pieces, and rows in rows', () => {
  const labelled = [range(10, 19), range(60, 69), range(90, 91)]
  // 12 and 18 in the first, 25–27 and 40 elsewhere: 25 is within ten rows of 18, so it is no alarm of its own.
  const counted = eventScore(labelled, flagging(100, 12, 18, 25, 26, 27, 40, 91), 0.5)
  assert.equal(counted, { found: 2, missed: 1, falseAlarms: 1, falseRows: 4, usualRows: 78 })
  near(eventF1(counted), 4 / (4 + 1 + 1))
})

test('the Numenta score: the earliest detection in a window, less what false alarms cost, by their distance', () => {
  // 100 rows, of which 15 are for learning; a window of 20 rows.
  const windows = [range(40, 59)]
  const sigmoid = (position: number): number => 2 / (1 + Math.exp(5 * position)) - 1
  const scoreOf = (...flagged: number[]): number => nabScore(windows, flagging(100, ...flagged), 0.5).score
  near(scoreOf(), -1)
  near(scoreOf(40), 1)
  near(scoreOf(40, 50, 59), 1)
  // Halfway: position −(59 − 50 + 1)/20 = −0.5.
  near(scoreOf(50), sigmoid(-0.5) / sigmoid(-1))
  // Before the first window a false alarm costs 0.11; behind it less, the nearer: (78 − 59)/19 = 1 window.
  near(scoreOf(20, 40), 1 - 0.11)
  near(scoreOf(40, 78), 1 + 0.11 * sigmoid(1))
  // Rows 0 to 14 count for nothing.
  near(scoreOf(3, 14, 40), 1)
  assert.equal(nabScore([range(2, 9)], flagging(100), 0.5), { score: 0, windows: 0 })
})

test('normalized, silence is 0 and the earliest of each window without a false alarm 100', () => {
  const windows = [range(40, 59), range(80, 89)]
  const silent = nabScore(windows, flagging(100), 0.5)
  const perfect = nabScore(windows, flagging(100, 40, 80), 0.5)
  const half = nabScore(windows, flagging(100, 40), 0.5)
  near(normalizedNab([silent, silent]), 0)
  near(normalizedNab([perfect, perfect]), 100)
  near(normalizedNab([perfect, silent]), 50)
  near(normalizedNab([half]), 50)
})

test.run()
