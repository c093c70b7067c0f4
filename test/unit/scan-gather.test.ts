/** What a scan makes of its children's outcomes: the same whatever their order, bounded, with those that failed. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Child, gather, type ScanResult } from '../../consumer/handlers/scan/gather.ts'
import type { ChildOutcome } from '../../core/handler.ts'

const test = suite('gathering a scan')

const anomaly = (start: number, score: number) => ({
  start,
  end: start + 2,
  peak: start + 1,
  score,
  severity: 'minor',
})
const childOf = (number: number): Child => ({ series: `s${number}`, number, job: `job ${number}` })
const found = (number: number, scores: readonly number[]): [Child, ChildOutcome] => [
  childOf(number),
  {
    id: `job ${number}`,
    status: 'succeeded',
    result: { anomalies: scores.map((score, n) => anomaly(10 * n, score)) },
    error: undefined,
  },
]
const dead = (number: number, message: string): [Child, ChildOutcome] => [
  childOf(number),
  { id: `job ${number}`, status: 'dead', result: undefined, error: { code: 'TIMEOUT', message } },
]
const resultOf = (outcomes: readonly [Child, ChildOutcome][], top: number): ScanResult => {
  const gathered = gather(top)
  for (const [child, outcome] of outcomes) gathered.add(child, outcome)
  return gathered.result('set')
}

test('anomalies of all series are ranked by their scores; series come in the order of the data set', () => {
  const result = resultOf([found(2, [0.6]), dead(1, 'too slow'), found(0, [0.7, 0.5]), found(3, [])], 2)
  assert.equal(
    result.ranking.map(({ series, start, score, job }) => [series, start, score, job]),
    [
      ['s0', 0, 0.7, 'job 0'],
      ['s2', 0, 0.6, 'job 2'],
    ],
  )
  assert.equal(result.series, { total: 4, failed: 1, anomalous: 2 })
  assert.is(result.anomalies, 3, 'those beyond the ranking count, too')
  assert.equal(result.lines, [
    { series: 's0', job: 'job 0', count: 2, topScore: 0.7 },
    { series: 's1', job: 'job 1', error: { code: 'TIMEOUT', message: 'too slow' } },
    { series: 's2', job: 'job 2', count: 1, topScore: 0.6 },
    { series: 's3', job: 'job 3', count: 0, topScore: 0 },
  ])
})

test('the result is the same in whatever order the outcomes come, and the ranking is the beginning of all that there is', () => {
  const scores = fc.array(
    fc.integer({ min: 1, max: 9 }).map((it) => it / 10),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(
      fc.array(scores, { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(),
      (all, top, seed) => {
        const outcomes = all.map((it, number) => found(number, it))
        const mixed = outcomes.toSorted(
          (a, b) => ((a[0].number * 7 + seed) % 11) - ((b[0].number * 7 + seed) % 11),
        )
        const result = resultOf(outcomes, top)
        assert.equal(resultOf(mixed, top), result)
        const whole = resultOf(outcomes, 10_000).ranking
        assert.equal(result.ranking, whole.slice(0, top))
        const ranks = whole.map(({ score }) => score)
        assert.equal(
          ranks,
          ranks.toSorted((a, b) => b - a),
        )
        assert.is(whole.length, result.anomalies)
      },
    ),
  )
})

test('what is told of errors is bounded; a cancelled child is an error', () => {
  const cancelled: [Child, ChildOutcome] = [
    childOf(1),
    { id: 'job 1', status: 'cancelled', result: undefined, error: undefined },
  ]
  const { lines, series } = resultOf([dead(0, 'x'.repeat(10_000)), cancelled], 5)
  assert.is(lines[0]?.error?.message.length, 200)
  assert.equal(lines[1]?.error, { code: 'CANCELLED', message: 'the job is cancelled' })
  assert.is(series.failed, 2)
})

test.run()
