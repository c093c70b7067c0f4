import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, paired } from '../accuracy/compare.ts'
import { type Evaluation, measure } from '../accuracy/evaluate.ts'
import { generate } from '../accuracy/generator/generate.ts'
import { maskOf } from '../accuracy/measures/labels.ts'
import { readOptions } from '../accuracy/options.ts'
import { calibrationTable, choices, kindTable, summaryTable } from '../accuracy/tables.ts'

const test = suite('the accuracy table')

const evaluation = (parts: Partial<Evaluation>): Evaluation => ({
  detector: 'a',
  series: 's-1',
  rows: 1000,
  kind: 'spike',
  ran: parts.detector ?? 'a',
  vusPr: 0.5,
  windowedVusPr: 0.4,
  fixed: { precision: 1, recall: 0.5, f1: 2 / 3, threshold: 0.5 },
  best: { precision: 1, recall: 1, f1: 1, threshold: 0.7 },
  events: { found: 1, missed: 1, falseAlarms: 1, falseRows: 2, usualRows: 1000 },
  nab: { score: 0, windows: 1 },
  flagged: [0, 0.001, 0.01],
  ms: 5,
  ...parts,
})
/** The cells of each line, without the rule under the header. */
const cellsOf = (table: string): string[][] =>
  table
    .split('\n')
    .filter((_, line) => line !== 1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

test('scores that are the labels reach the most of every measure', () => {
  const series = generate(3, { base: 'harmonics', kind: 'level', anomalies: 2 })
  const perfect = measure(series, Float64Array.from(maskOf(series)), 0.5, true)
  assert.is(perfect.best.f1, 1)
  assert.is(perfect.fixed.f1, 1)
  assert.equal([perfect.events.found, perfect.events.missed, perfect.events.falseAlarms], [2, 0, 0])
  assert.ok(perfect.vusPr > 0.8 && perfect.vusPr <= 1, `${perfect.vusPr}`)
  const silent = measure(series, new Float64Array(maskOf(series).length), 0.5, true)
  assert.ok(silent.vusPr < perfect.vusPr / 2)
  assert.is(silent.nab.score, -silent.nab.windows)
})

test('the best detector comes first; counts are summed over the series, rates are means', () => {
  const table = cellsOf(
    summaryTable([
      evaluation({}),
      evaluation({ series: 's-2', vusPr: 0.3, nab: { score: -1, windows: 1 } }),
      evaluation({ detector: 'b', vusPr: 0.6 }),
      // Without labels there is nothing to find: it counts for the time alone.
      evaluation({ detector: 'b', kind: 'none', vusPr: Number.NaN, ms: 15 }),
    ]),
  )
  assert.equal(table[1], [
    'b',
    '0.600',
    '0.400',
    '1.000',
    '0.500',
    '0.667',
    '1.000',
    '1/2',
    '10.0',
    '0.500',
    '50.0',
    '10.0',
  ])
  // Two series: found 2 of 4, false alarms 2 of 2,000 rows; NAB: −1 of two windows, between −2 and 2.
  assert.equal(table[2], [
    'a',
    '0.400',
    '0.400',
    '1.000',
    '0.500',
    '0.667',
    '1.000',
    '2/4',
    '10.0',
    '0.500',
    '25.0',
    '5.0',
  ])
})

test('by kind, with what a perfect choice among the detectors would have', () => {
  const table = cellsOf(
    kindTable([
      evaluation({ vusPr: 0.2 }),
      evaluation({ series: 's-2', kind: 'drift', vusPr: 0.8 }),
      evaluation({ detector: 'b', vusPr: 0.6 }),
      evaluation({ detector: 'b', series: 's-2', kind: 'drift', vusPr: 0.1 }),
      // One that chooses adds no choice.
      evaluation({ detector: 'auto', ran: 'a', vusPr: 0.9 }),
    ]),
  )
  assert.equal(table, [
    ['VUS-PR', 'all', 'spike', 'drift'],
    ['auto', '0.900', '0.900', ''],
    ['a', '0.500', '0.200', '0.800'],
    ['b', '0.350', '0.600', '0.100'],
    ['(best of each series)', '0.700', '0.600', '0.800'],
  ])
})

test('calibration looks at series without anomalies alone, weighed by their rows', () => {
  const usual = { kind: 'none', vusPr: Number.NaN } as const
  const table = cellsOf(
    calibrationTable([
      evaluation({ flagged: [1, 1, 1] }),
      evaluation({ ...usual, rows: 1000, flagged: [0, 0.001, 0.01] }),
      evaluation({ ...usual, rows: 3000, flagged: [0, 0.002, 0.03] }),
    ]),
  )
  // (1000 · 10 + 3000 · 20) / 4000 = 17.5; (1000 · 100 + 3000 · 300) / 4000 = 250. Two alarms in 4,000 rows.
  assert.equal(table[1], ['a', '0.0', '17.5', '250.0', '20', '5.0'])
})

test('of a detector that chooses, it says what', () => {
  const chose = (ran: string): Evaluation => evaluation({ detector: 'auto', ran })
  assert.equal(choices([evaluation({}), chose('x'), chose('y'), chose('y')]), [
    'auto chose y 2 times, x 1 times.',
  ])
})

test('two detectors are compared in the series that both have, with the standard error of the difference', () => {
  // Differences 0.1, 0.3, 0.2: mean 0.2, standard deviation 0.1, error 0.1/√3 = 0.0577.
  const { mean, error } = paired([0.1, 0.3, 0.2])
  assert.ok(Math.abs(mean - 0.2) < 1e-12 && Math.abs(error - 0.1 / Math.sqrt(3)) < 1e-12)
  const of = (detector: string, series: string, vusPr: number): Evaluation =>
    evaluation({ detector, series, vusPr })
  const all = [of('a', 's', 0.5), of('b', 's', 0.4), of('a', 't', 0.6), of('b', 't', 0.7), of('a', 'u', 1)]
  // Differences 0.1 and −0.1; of range F1 and of the Numenta score none.
  assert.is(
    compare(all, 'a', 'b'),
    'a against b: VUS-PR +0.000 ± 0.100, range F1 +0.000 ± 0.000, NAB +0.0 ± 0.0; VUS-PR higher in 1 of 2 series.',
  )
  assert.is(compare(all, 'a', 'c'), undefined)
})

test('the command line names what it does not know', () => {
  assert.equal(readOptions([], ['a', 'b']).detectors, ['a', 'b'])
  assert.equal(readOptions(['--detectors', 'b', '--corpus', 'samples', '--rounds', '2'], ['a', 'b']), {
    detectors: ['b'],
    corpora: ['samples'],
    seeds: 'reporting',
    rounds: 2,
    each: false,
  })
  assert.throws(() => readOptions(['--detectors', 'c'], ['a', 'b']), /"c" is none of a, b/)
  assert.throws(() => readOptions(['--rounds', '0'], ['a']), /--rounds/)
})

test.run()
