import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bufferOf } from '../accuracy/measures/buffer.ts'
import { vusPr } from '../accuracy/measures/vus.ts'

const test = suite('the volume under the surface of precision and recall')

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)

/** Scores of eight rows by their order: the first is the strangest. */
const ranked = (...order: number[]): number[] => {
  const scores = new Array<number>(8).fill(0)
  for (const [rank, row] of order.entries()) scores[row] = 8 - rank
  return scores
}
const labels = [0, 0, 0, 1, 1, 0, 0, 0]

test('without a buffer it is the average precision, times the share of ranges found', () => {
  // Recall and precision after each row: ½ and 1, ½ and ½, 1 and ⅔. Area: ½·1 + ½·⅔ = ⅚.
  near(vusPr(labels, ranked(3, 6, 4, 0, 1, 7, 2, 5), 0), 5 / 6)
  // Two ranges of one row: recall ½ of the rows times ½ of the ranges, then 1. Area: ¼·1 + ¾·⅔ = ¾.
  near(vusPr([0, 1, 0, 0, 1, 0, 0, 0], ranked(1, 6, 4, 0, 2, 3, 5, 7), 0), 3 / 4)
})

test('a buffer is the mean over its widths, and near misses count in part', () => {
  // Widths 0 and 1 reach no other row: ⅚ each. Width 2: rows 2 and 5 count √(1 − 1/2) = 0.70711.
  //   row 3: recall 1/2, precision 1                                                      → 0.5
  //   row 2: found 1.70711 of (2 + 2.70711)/2 = 2.35355, recall 0.72533, precision 0.85355 → 0.22533 · 0.85355 = 0.19233
  //   row 4: found 2.70711, recall 1, precision 0.90237                                    → 0.27467 · 0.90237 = 0.24785
  const third = (1.7071067811865475 / 2.353553390593274 - 0.5) * (1.7071067811865475 / 2)
  const last = (1 - 1.7071067811865475 / 2.353553390593274) * (2.7071067811865475 / 3)
  near(vusPr(labels, ranked(3, 2, 4, 0, 1, 6, 7, 5), 2), (5 / 6 + 5 / 6 + 0.5 + third + last) / 3)
})

test('it gives what the authors’ own program gives', () => {
  // TSB-AD at commit 8763009: generate_curve(labels, scores, buffer)[-1].
  const within = (row: number, start: number, end: number): boolean => row >= start && row <= end
  const mask = Array.from({ length: 400 }, (_, row) =>
    within(row, 100, 119) || row === 250 || within(row, 262, 279) ? 1 : 0,
  )
  const scores = mask.map(
    (_, row) => ((row * 7919) % 1009) / 1009 + (within(row, 103, 124) || within(row, 259, 270) ? 0.4 : 0),
  )
  near(vusPr(mask, scores, 0), 0.2749148609106917)
  near(vusPr(mask, scores, 10), 0.393129644667086)
  near(vusPr(mask, scores, 40), 0.5320356145514707)
})

test('it depends on the order of the scores alone, and is 1 where all that is labelled comes first', () => {
  const rows = fc.integer({ min: 2, max: 60 })
  const series = rows.chain((length) =>
    fc.record({
      mask: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: length, maxLength: length }),
      scores: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: length, maxLength: length }),
      buffer: fc.integer({ min: 0, max: 12 }),
    }),
  )
  fc.assert(
    fc.property(series, ({ mask, scores, buffer }) => {
      fc.pre(mask.includes(1))
      const volume = vusPr(mask, scores, buffer)
      assert.ok(volume >= 0 && volume <= 1 + 1e-9)
      near(
        vusPr(
          mask,
          scores.map((score) => Math.exp(score) - 3),
          buffer,
        ),
        volume,
      )
      near(vusPr(mask, mask, 0), 1)
    }),
  )
})

test('nothing labelled has no volume', () => {
  assert.ok(Number.isNaN(vusPr([0, 0, 0], [1, 2, 3], 2)))
})

test('the buffer is the period of the series, and 125 where there is none', () => {
  const rows = Float64Array.from({ length: 2000 }, (_, row) => row)
  assert.is(bufferOf(rows.map((row) => Math.sin((2 * Math.PI * row) / 24))), 24)
  assert.is(bufferOf(rows.map(() => 7)), 125)
  assert.is(bufferOf(rows), 125)
  // Longer than 303 rows is too long for the authors' program, too.
  assert.is(bufferOf(rows.map((row) => Math.sin((2 * Math.PI * row) / 350))), 125)
})

test.run()
