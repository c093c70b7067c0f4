import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bases } from '../accuracy/generator/bases.ts'
import { multivariate, univariate } from '../accuracy/generator/corpus.ts'
import { generate } from '../accuracy/generator/generate.ts'
import { generateMany } from '../accuracy/generator/multivariate.ts'
import { anomalyKinds, type LabelledSeries } from '../accuracy/generator/series.ts'
import { windowed } from '../accuracy/generator/windows.ts'
import { maskOf } from '../accuracy/measures/labels.ts'

const test = suite('the generator of labelled series')

const seeds = fc.integer({ min: 0, max: 2 ** 20 })
const valuesOf = ({ input }: LabelledSeries): Float64Array => input.columns[0].values
const baseOf = ({ name }: LabelledSeries): string => name.split('-')[0] ?? ''

const checkLabels = (series: LabelledSeries): void => {
  const rows = valuesOf(series).length
  let free = 0
  for (const { start, end } of series.labels) {
    assert.ok(free <= start && start <= end && end < rows, `${series.name}: ${start}–${end} of ${rows}`)
    free = end + 1
  }
}

test('a series is a function of its seed; labels are in order, apart, and none is in the first fifth', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const series = generate(seed)
      assert.equal(generate(seed), series)
      checkLabels(series)
      const rows = valuesOf(series).length
      assert.ok(rows >= 1000 && rows <= 10_000)
      assert.ok(series.labels.length >= 1 && series.labels.length <= 5)
      assert.ok((series.labels[0]?.start ?? 0) >= rows / 5)
    }),
    { numRuns: 60 },
  )
})

test('what is labelled differs from the same series without anomalies, and nothing else does', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const series = generate(seed)
      // After a shift, which is for good, everything differs.
      fc.pre(series.labels.every(({ kind }) => kind !== 'shift'))
      const usual = generate(seed, { anomalies: 0 })
      assert.equal(usual.labels, [])
      const changed = valuesOf(series).map((value, row) => (value === valuesOf(usual)[row] ? 0 : 1))
      for (const { start, end, kind } of series.labels) {
        assert.ok(changed.subarray(start, end + 1).includes(1), `${series.name}: nothing in the ${kind}`)
      }
      const mask = maskOf(series)
      const { missing } = series.input.columns[0]
      const elsewhere = changed.findIndex(
        // What was filled in is made of its neighbours, which may be labelled.
        (change, row) => change === 1 && mask[row] === 0 && (missing?.[row] ?? 0) === 0,
      )
      assert.is(elsewhere, -1, series.name)
    }),
    { numRuns: 60 },
  )
})

test('a shift is for good', () => {
  const [shifted, usual] = [
    generate(5, { base: 'seasonal', kind: 'shift', anomalies: 1 }),
    generate(5, { base: 'seasonal', anomalies: 0 }),
  ]
  const [label] = shifted.labels
  assert.is(label?.kind, 'shift')
  const differences = valuesOf(shifted).map((value, row) => value - (valuesOf(usual)[row] ?? 0))
  const after = differences.subarray(label?.start)
  const [size] = after
  assert.ok(Math.abs(size ?? 0) > 0)
  assert.ok(after.every((difference) => Math.abs(difference - (size ?? 0)) < 1e-6))
  assert.ok(differences.subarray(0, label?.start).every((difference) => difference === 0))
})

test('signals are as they say: counts are whole and never negative, a use of a processor is at most 100, some are irregular in time, some have holes', () => {
  const ofBase = (base: keyof typeof bases): LabelledSeries => generate(7, { base, rows: 3000, anomalies: 3 })
  assert.ok(valuesOf(ofBase('counts')).every((value) => Number.isInteger(value) && value >= 0))
  assert.ok(valuesOf(ofBase('levels')).every((value) => value >= 0 && value <= 100))
  assert.ok(new Set(valuesOf(ofBase('quantised'))).size < 60)
  const times = ofBase('irregular').input.timesMs ?? new Float64Array()
  assert.ok(new Set(times.slice(1).map((time, row) => time - (times[row] ?? 0))).size > 1000)
  const holes = ofBase('holes').input.filled.reduce((sum, one) => sum + one, 0)
  assert.ok(holes > 10 && holes < 600, `${holes}`)
})

test('the corpora are the same at each call, have no series in common, and show every signal and every kind', () => {
  const tuning = [...univariate('tuning')]
  const reporting = [...univariate('reporting')]
  assert.equal([...univariate('reporting')], reporting)
  const names = new Set(tuning.map(({ name }) => name))
  assert.ok(reporting.every(({ name }) => !names.has(name)))
  const texts = new Set(tuning.map((series) => valuesOf(series).slice(0, 20).join()))
  assert.ok(reporting.every((series) => !texts.has(valuesOf(series).slice(0, 20).join())))
  for (const corpus of [tuning, reporting]) {
    assert.is(corpus.length, 96)
    assert.equal(new Set(corpus.map(baseOf)), new Set(Object.keys(bases)))
    assert.is(corpus.filter(({ labels }) => labels.length === 0).length, 12)
    const kinds = new Set(corpus.flatMap(({ labels }) => labels.map(({ kind }) => kind)))
    for (const kind of anomalyKinds) assert.ok(kind === 'relation' || kinds.has(kind), kind)
  }
})

test('of several columns, an anomaly is in one; one in their relation leaves it as large as it was', () => {
  const spread = (values: Float64Array): number => Math.max(...values) - Math.min(...values)
  fc.assert(
    fc.property(seeds, (seed) => {
      const wish = { base: 'harmonics', kind: 'relation', anomalies: 1 } as const
      const series = generateMany(seed, wish)
      checkLabels(series)
      const [label] = series.labels
      assert.is(label?.kind, 'relation')
      const usual = generateMany(seed, { ...wish, anomalies: 0 })
      const changed = series.input.columns.filter(({ values }, at) =>
        values.some((value, row) => value !== usual.input.columns[at]?.values[row]),
      )
      assert.is(changed.length, 1)
      for (const { name, values } of changed) {
        const before = usual.input.columns.find((column) => column.name === name)
        assert.ok(spread(values) < 1.3 * spread(before?.values ?? values))
      }
    }),
    { numRuns: 30 },
  )
  const all = [...multivariate('tuning')]
  assert.is(all.length, 30)
  for (const series of all) {
    checkLabels(series)
    assert.ok(series.input.columns.length >= 2 && series.input.columns.length <= 5)
  }
})

test('windows are a tenth of the rows, around the anomalies, and apart', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const series = generate(seed, { base: 'autoregressive', kind: 'spike' })
      const wide = windowed(series)
      checkLabels(wide)
      assert.is(wide.labels.length, series.labels.length)
      for (const [at, { start, end }] of series.labels.entries()) {
        const window = wide.labels[at]
        assert.ok(window !== undefined && window.start <= start && window.end >= end)
      }
      const share =
        wide.labels.reduce((sum, { start, end }) => sum + end - start + 1, 0) / valuesOf(series).length
      assert.ok(share > 0.05 && share < 0.11, `${share}`)
    }),
    { numRuns: 60 },
  )
})

test.run()
