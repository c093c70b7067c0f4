import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { flaggedRanges } from '../../consumer/detection/ranges.ts'
import { autocorrelation } from '../../consumer/detection/signal/fourier.ts'
import { findPeriods } from '../../consumer/detection/signal/period.ts'
import { createHistory } from '../../consumer/detection/streaming/forecast/history.ts'
import { Level } from '../../consumer/detection/streaming/forecast/level.ts'
import { createSeason } from '../../consumer/detection/streaming/forecast/season.ts'
import { Tail } from '../../consumer/detection/streaming/forecast/tail.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('parts of detect')

test('ranges hold every flagged row, start and end at one, and lie further apart than the gap', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), fc.nat({ max: 5 }), (scores, gap) => {
      const ranges = flaggedRanges(scores, 0.8, gap)
      const flagged = scores.flatMap((score, row) => (score >= 0.8 ? [row] : []))
      assert.ok(flagged.every((row) => ranges.some(({ start, end }) => start <= row && row <= end)))
      for (const [at, { start, end, peak, score }] of ranges.entries()) {
        assert.ok(flagged.includes(start) && flagged.includes(end))
        assert.is(score, Math.max(...scores.slice(start, end + 1)))
        assert.ok(start <= peak && peak <= end)
        assert.is(scores[peak], score)
        const next = ranges[at + 1]
        if (next !== undefined) assert.ok(next.start - end - 1 > gap)
      }
    }),
  )
})

test('the autocorrelation by Fourier transform is the one by its definition', () => {
  const values = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 4, maxLength: 100 })
  fc.assert(
    fc.property(values, (list) => {
      const energy = list.reduce((sum, value) => sum + value * value, 0)
      fc.pre(energy > 1e-6)
      for (const [lag, got] of autocorrelation(Float64Array.from(list)).entries()) {
        const pairs = list.slice(lag).map((value, at) => value * (list[at] ?? 0))
        const wanted = (pairs.reduce((a, b) => a + b, 0) / energy) * (list.length / pairs.length)
        assert.ok(Math.abs(got - wanted) < 1e-9, `lag ${lag}: ${got} ${wanted}`)
      }
    }),
  )
})

test('the period of a season is found under noise and drift, whole or not', () => {
  const next = randomFrom(3)
  for (const period of [12, 37.5, 100]) {
    const values = Float64Array.from(
      { length: 2000 },
      (_, row) => Math.sin((2 * Math.PI * row) / period) + (next() - 0.5) + row / 2000,
    )
    const [found = 0] = findPeriods(values)
    // Cycles of twice the length are cycles, too: what counts is a whole number of periods.
    const cycles = Math.round(found / period)
    assert.ok(cycles >= 1 && Math.abs(found - cycles * period) < 0.02 * found, `${period}: ${found}`)
  }
})

test('a day within a week is found beside the week', () => {
  const next = randomFrom(4)
  const values = Float64Array.from({ length: 24 * 7 * 8 }, (_, hour) => {
    const weekend = Math.floor(hour / 24) % 7 >= 5
    return (weekend ? 4 : 10) * Math.sin((2 * Math.PI * hour) / 24) + next()
  })
  assert.equal(findPeriods(values), [168, 24])
})

test('noise and flat series have no period', () => {
  const next = randomFrom(5)
  assert.equal(findPeriods(Float64Array.from({ length: 3000 }, next)), [])
  assert.equal(findPeriods(new Float64Array(3000).fill(7.1)), [])
})

test('a season is the mean of its first cycles, then follows; an outlier moves a phase by no more than the limit', () => {
  const season = createSeason(4, 0.25)
  // 10; 10 + (12 − 10)/2 = 11; 11 + (14 − 11)/3 = 12; then the limit of 2 for the outlier: 12 + 2/4 = 12.5.
  for (const [cycle, value] of [10, 12, 14, 1e9].entries()) {
    for (const phase of [0, 1, 2, 3]) {
      season.learn(4 * cycle + phase, phase === 2 ? value : 0, cycle === 3 ? 2 : 100, 0)
    }
  }
  assert.is(season.usual(4 * 100 + 2), 12.5)
  assert.is(season.usual(4 * 100 + 1), 0)
  assert.ok(season.established)
})

test('a season with a period that is no whole number keeps its phases for hundreds of cycles', () => {
  const period = 37.5
  const season = createSeason(period, 0.2)
  const value = (position: number) => Math.sin((2 * Math.PI * position) / period)
  for (let position = 0; position < 20_000; position++) season.learn(position, value(position), 1, 0)
  for (let position = 20_000; position < 20_100; position++) {
    assert.ok(Math.abs((season.usual(position) ?? 9) - value(position)) < 0.2)
  }
})

test('positions follow the clock once the step is known: a gap is as many steps as it lasted', () => {
  const history = createHistory(16, 8)
  for (let row = 0; row <= 10; row++) {
    history.advance((row < 10 ? row : 100) * 500 + 3)
    history.push(row)
  }
  assert.is(history.stepMs, 500)
  assert.is(history.position, 100)
  const positions: number[] = []
  history.replay((_, position) => positions.push(position))
  assert.equal(positions, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100])
  assert.equal([...history.values()], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('without timestamps positions are rows, and the last rows are kept', () => {
  const history = createHistory(4, 2)
  for (let row = 0; row < 10; row++) {
    history.advance(undefined)
    history.push(row)
  }
  assert.is(history.stepMs, undefined)
  assert.is(history.position, 9)
  assert.equal([...history.values()], [6, 7, 8, 9])
})

test('the tail’s probabilities are those of the distribution, within a small factor', () => {
  const next = randomFrom(6)
  const tail = new Tail(8000, 1)
  const rows = 50_000
  const counts = new Map([0.01, 0.001].map((level) => [level, 0]))
  for (let row = 0; row < rows; row++) {
    const probability = tail.observe(-Math.log(1 - next()))
    for (const [level, count] of counts) if (probability <= level) counts.set(level, count + 1)
  }
  for (const [level, count] of counts) {
    const ratio = count / (level * rows)
    assert.ok(ratio > 0.4 && ratio < 2.5, `${level}: ${ratio}`)
  }
})

test('larger magnitudes are less probable', () => {
  const after = (magnitude: number): number => {
    const next = randomFrom(8)
    const tail = new Tail(8000, 1)
    for (let row = 0; row < 500; row++) tail.observe(next())
    return tail.observe(magnitude)
  }
  const probabilities = [0.5, 1, 2, 4, 8, 16].map(after)
  // Of numbers from 0 to 1, the tail begins at 0.95: half of them are larger than 0.5, and nothing is claimed of that.
  assert.ok((probabilities[0] ?? 0) > 0.1 && (probabilities[0] ?? 1) < 1)
  for (const [at, probability] of probabilities.entries()) {
    if (at > 0) assert.ok(probability <= (probabilities[at - 1] ?? 0))
  }
  assert.ok((probabilities.at(-1) ?? 1) < 1e-5)
})

test('what is an anomaly does not teach the tail that such things are usual', () => {
  const next = randomFrom(10)
  const tail = new Tail(8000, 1)
  for (let row = 0; row < 2000; row++) tail.observe(row > 1000 && row % 100 === 0 ? 1e6 : next())
  const probability = tail.observe(20)
  assert.ok(probability < 1e-3, `${probability}`)
})

test('one huge outlier moves neither a level nor its error much', () => {
  const level = new Level({ follow: 0.25, window: 1, errorMemory: 500 })
  const next = randomFrom(9)
  for (let row = 0; row < 500; row++) level.update(next(), 0)
  const { error, value = 0 } = level
  level.update(1e9, 0)
  assert.ok(level.error < 1.1 * error)
  // A quarter of six times the error.
  assert.ok(Math.abs((level.value ?? 0) - value - 1.5 * error) < 1e-9)
})

test.run()
