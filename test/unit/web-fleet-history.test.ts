import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  append,
  columnsOf,
  emptyHistory,
  merge,
  rowAt,
  type Sample,
} from '../../web/console/overview/history.ts'
import { rangeOf, ranges, searchOf } from '../../web/console/overview/ranges.ts'

const test = suite('the fleet’s past on the overview')

const START = Date.parse('2026-11-03T10:00:00Z')
const span = { spanMs: 60_000, stepMs: 1_000 }

const sample = (second: number, values: Partial<Sample> = {}): Sample => ({
  at: START + second * 1_000,
  lag: 0,
  parkedDue: 0,
  arrivalRate: 0,
  drainRate: 0,
  desired: 3,
  ready: 3,
  ...values,
})
const secondsOf = (samples: readonly Sample[]): number[] => samples.map(({ at }) => (at - START) / 1_000)

test('an hour of live samples takes no more room than the range', () => {
  for (const range of ranges) {
    const history = emptyHistory(range, 0)
    for (let second = 0; second < 3_600; second++) append(history, sample(second))
    const most = Math.min(3_600, range.spanMs / 1_000) / (range.stepMs / 1_000) + 2
    assert.ok(history.samples.length <= most, `${range.label}: ${history.samples.length} of ${most}`)
    assert.ok(history.samples.length >= most - 3, `${range.label}: ${history.samples.length} of ${most}`)
    assert.is(history.samples.at(-1)?.at, START + Math.floor(3_599 / (range.stepMs / 1_000)) * range.stepMs)
  }
})

test('of a step the greatest lag and numbers of workers are kept, and the mean of the rates', () => {
  const history = emptyHistory({ spanMs: 60_000, stepMs: 5_000 }, 0)
  append(history, sample(0, { lag: 2, arrivalRate: 1, desired: 3, ready: 3 }))
  append(history, sample(1, { lag: 9, arrivalRate: 2, desired: 7, ready: 3 }))
  append(history, sample(2, { lag: 4, arrivalRate: 6, desired: 5, ready: 4 }))
  assert.equal(history.samples, [sample(0, { lag: 9, arrivalRate: 3, desired: 7, ready: 4 })])
  append(history, sample(5, { lag: 1, arrivalRate: 4 }))
  assert.equal(history.samples.at(-1), sample(5, { lag: 1, arrivalRate: 4 }))
})

test('what is older than the newest is known already', () => {
  const history = emptyHistory(span, 0)
  append(history, sample(5))
  append(history, sample(4, { lag: 7 }))
  assert.equal(history.samples, [sample(5)])
})

test('what is recorded stands where nothing came live: before the page was opened, and during a break', () => {
  const live = [sample(21), sample(22), sample(23), sample(41), sample(42)]
  const recorded = [0, 5, 10, 15, 20, 25, 30, 35, 40].map((second) => sample(second))
  const { samples } = merge(span, 5_000, recorded, live)
  assert.equal(secondsOf(samples), [0, 5, 10, 15, 21, 22, 23, 25, 30, 35, 41, 42])
})

test('what is recorded twice, by a question asked again, is there once', () => {
  const recorded = [0, 5, 10].map((second) => sample(second))
  const once = merge(span, 5_000, recorded, [sample(11)])
  const again = merge(span, 5_000, recorded, once.samples)
  assert.equal(again.samples, once.samples)
})

test('nothing recorded for longer than three steps is a gap in every line', () => {
  const history = emptyHistory(span, 5_000)
  for (const second of [0, 5, 20, 36]) append(history, sample(second, { lag: second }))
  const [x, lag, ...rest] = columnsOf(history)
  assert.equal(
    x.map((it) => it - START / 1_000),
    [0, 5, 20, 28, 36],
  )
  assert.equal(lag, [0, 5, 20, null, 36])
  for (const line of rest) assert.is(line[3], null)
})

test('the values at a time are those of the nearest sample, and none within a gap', () => {
  const history = emptyHistory(span, 0)
  for (const second of [0, 1, 30]) append(history, sample(second, { lag: second }))
  assert.is(rowAt(history, START + 400)?.lag, 0)
  assert.is(rowAt(history, START + 600)?.lag, 1)
  assert.is(rowAt(history, START + 15_000), undefined)
  assert.is(rowAt(history, START + 29_000)?.lag, 30)
  assert.is(rowAt(history, START - 60_000), undefined)
  assert.is(rowAt(emptyHistory(span, 0), START), undefined)
})

test('a range is in the address, but for the usual one', () => {
  for (const range of ranges) {
    const key = new URLSearchParams(searchOf(range)).get('range') ?? undefined
    assert.is(rangeOf(key), range)
  }
  assert.is(rangeOf('7 years'), rangeOf(undefined))
  assert.is(searchOf(rangeOf('15m')), '')
})

test.run()
