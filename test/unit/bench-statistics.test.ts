/** What the benchmark makes of its measurements: each contestant in its turn, ratios of one round, and the floors. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { belowFloors, type Floors, floorsOf } from '../bench/lib/floors.ts'
import { inRounds, rotated } from '../bench/lib/rounds.ts'
import { columnsOf, compare, reaches } from '../bench/lib/section.ts'
import { median, ratios, summarize } from '../bench/lib/statistics.ts'

const test = suite('bench statistics')

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
const some = fc.array(finite, { minLength: 1, maxLength: 20 })

test('the median has as many values on one side as on the other, whatever their order', () => {
  fc.assert(
    fc.property(some, (values) => {
      const middle = median(values)
      const below = values.filter((value) => value < middle).length
      const above = values.filter((value) => value > middle).length
      assert.ok(below <= values.length / 2 && above <= values.length / 2)
      assert.is(median([...values].reverse()), middle)
    }),
  )
  assert.is(median([3, 1, 2]), 2)
  assert.is(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('the spread holds every value', () => {
  fc.assert(
    fc.property(some, (values) => {
      const { min, median: middle, max } = summarize(values)
      assert.ok(values.every((value) => min <= value && value <= max))
      assert.ok(min <= middle && middle <= max)
    }),
  )
})

test('ratios are taken round by round, so that a slow round of both does not count', () => {
  assert.equal(ratios([10, 5, 20], [20, 10, 40]), [0.5, 0.5, 0.5])
  assert.equal(ratios([10, 5, 20], [20, 10]), [0.5, 0.5])
})

test('over as many rounds as there are contestants each has every place in the order once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 8 }), (items) => {
      const rounds = items.map((_, round) => rotated(items, round))
      for (const place of items.keys()) {
        assert.is(new Set(rounds.map((round) => round[place])).size, items.length)
      }
    }),
  )
  assert.equal(rotated([], 3), [])
})

test('all take turns, and what each measured stands in the order of the rounds', async () => {
  const calls: string[] = []
  const all = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  const measured = await inRounds(all, 2, async ({ name }, round) => {
    calls.push(name)
    return `${name}${round}`
  })
  assert.equal(calls, ['a', 'b', 'c', 'b', 'c', 'a'])
  assert.equal(
    [...measured],
    [
      ['a', ['a0', 'a1']],
      ['b', ['b0', 'b1']],
      ['c', ['c0', 'c1']],
    ],
  )
})

test('a measurement that fails ends all of them', async () => {
  let calls = 0
  const failing = inRounds([{ name: 'a' }, { name: 'b' }], 3, async () => {
    if (++calls === 2) throw new Error('it fell over')
  })
  const thrown = await failing.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.match(String(thrown), 'it fell over')
  assert.is(calls, 2)
})

test('a comparison with somebody who was not measured is left out', () => {
  const rows = [
    { name: 'ours', measures: columnsOf([{ rate: 6 }, { rate: 9 }]) },
    { name: 'bare', measures: columnsOf([{ rate: 12 }, { rate: 9 }]) },
    { name: 'idle', measures: {} },
  ]
  const between = { name: 'submit', of: 'ours', column: 'rate' }
  assert.equal(compare(rows, { ...between, by: 'bare' }), [{ name: 'submit ours/bare', values: [0.5, 1] }])
  assert.equal(compare(rows, { ...between, by: 'idle' }), [])
  assert.equal(compare(rows, { ...between, by: 'absent' }), [])
})

test('a goal is reached at its limit, from the side that is better', () => {
  assert.is(reaches(0.6, { limit: 0.6, better: 'more' }), true)
  assert.is(reaches(0.59, { limit: 0.6, better: 'more' }), false)
  assert.is(reaches(150, { limit: 150, better: 'less' }), true)
  assert.is(reaches(151, { limit: 150, better: 'less' }), false)
  assert.is(reaches(Number.NaN, { limit: 1, better: 'less' }), false)
  assert.is(reaches(1, undefined), undefined)
})

const floors: Floors = {
  about: '',
  margin: 0.25,
  ratios: { rate: { value: 0.8, better: 'more' }, memory: { value: 150, better: 'less' } },
}

test('a ratio may be worse than its floor by the margin, and no more', () => {
  const below = (name: string, ...values: number[]): string[] => belowFloors([{ name, values }], floors)
  assert.equal(below('rate', 0.601), [])
  assert.match(below('rate', 0.59)[0] ?? '', /^rate: 0\.59, must be at least 0\.60 \(0\.80 /)
  assert.equal(below('memory', 199), [])
  assert.match(below('memory', 201)[0] ?? '', /^memory: 201\.00, must be at most 200\.00 /)
})

test('one bad round of three is no regression, and what can’t be counted is one', () => {
  assert.equal(belowFloors([{ name: 'rate', values: [0.9, 0.1, 0.7] }], floors), [])
  assert.is(belowFloors([{ name: 'rate', values: [Number.NaN] }], floors).length, 1)
})

test('a ratio that has no floor, and one that was not measured, say nothing', () => {
  assert.equal(belowFloors([{ name: 'new', values: [0.001] }], floors), [])
  assert.equal(belowFloors([], floors), [])
})

test('a run holds the floors that it sets', () => {
  const measured = [
    { name: 'a', values: [0.5, 0.7, 0.6], goal: { limit: 0.6, better: 'more' as const } },
    { name: 'b', values: [120], goal: { limit: 150, better: 'less' as const } },
    { name: 'no goal', values: [7] },
  ]
  const set = floorsOf(measured, floors)
  assert.equal(set.ratios, { a: { value: 0.6, better: 'more' }, b: { value: 120, better: 'less' } })
  assert.is(set.margin, floors.margin)
  assert.equal(belowFloors(measured, set), [])
})

test.run()
