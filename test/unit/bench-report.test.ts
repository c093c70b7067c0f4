/** The benchmark's command line and its tables. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readOptions } from '../bench/lib/args.ts'
import { rateBetween } from '../bench/lib/drain.ts'
import { describeValues, ratioTable, sectionText, toTable } from '../bench/lib/table.ts'

const test = suite('bench report')

test('without arguments it is the whole benchmark', () => {
  assert.equal(readOptions([], {}), {
    groups: [],
    only: [],
    quick: false,
    setFloors: false,
    rounds: 3,
    seconds: 3,
    workers: undefined,
    out: '.data/bench/report',
  })
})

test('an option goes before the variable of its name, and an empty variable is none', () => {
  const env = { QUICK: '1', ROUNDS: '7', OUT: 'x/y.json' }
  const { quick, rounds, out } = readOptions([], env)
  assert.equal({ quick, rounds, out }, { quick: true, rounds: 7, out: 'x/y' })
  const options = readOptions(
    ['submit', 'process', '--rounds', '2', '--only', 'ours,bare', '--workers=1,6'],
    env,
  )
  assert.equal(options.groups, ['submit', 'process'])
  assert.equal(options.only, ['ours', 'bare'])
  assert.equal(options.workers, [1, 6])
  assert.is(options.rounds, 2)
  assert.is(readOptions([], { QUICK: '', ROUNDS: '', OUT: '' }).quick, false)
})

test('what is no number, and an option that is not known, are errors', () => {
  assert.throws(() => readOptions(['--rounds', 'three'], {}), /rounds: three/)
  assert.throws(() => readOptions([], { ROUNDS: '0' }), /rounds: 0/)
  assert.throws(() => readOptions(['--sconds', '3'], {}), /sconds/)
})

test('a rate is of what lies between two samples', () => {
  const first = { at: 1_000, done: 100, cpuMs: 500 }
  const last = { at: 3_000, done: 20_100, cpuMs: 1_500 }
  assert.equal(rateBetween(first, last), { 'jobs/s': 10_000, 'CPU µs/job': 50 })
})

test('a value is told with its spread, where there is one', () => {
  assert.is(describeValues([12_345.6], 0), '12,346')
  assert.is(describeValues([3, 1, 2.25], 1), '2.3 (1.0–3.0)')
  assert.is(describeValues([], 1), '')
  assert.is(describeValues(undefined, 1), '')
})

test('every line of a table is as wide as the first', () => {
  const lines = toTable(
    ['', 'jobs/s'],
    [
      ['ours', '1'],
      ['somebody else', '1,000,000 (1–2)'],
    ],
  ).split('\n')
  assert.is(new Set(lines.map((line) => line.length)).size, 1)
  assert.is(lines.length, 4)
})

test('a ratio stands beside its goal, with whether it was reached', () => {
  const table = ratioTable([
    { name: 'a', values: [0.7], goal: { limit: 0.6, better: 'more' } },
    { name: 'b', values: [151, 160], goal: { limit: 150, better: 'less' } },
    { name: 'c', values: [1] },
  ])
  assert.match(table, /\| a +\| +0\.70 \| +≥ 0\.6 \| reached \|/)
  assert.match(table, /\| b +\| 155\.50 \(151\.00–160\.00\) \| +≤ 150 \| +missed \|/)
  assert.match(table, /\| c +\| +1\.00 \| +\| +\|/)
})

test('a section has a column for each that it names, empty where nothing was measured', () => {
  const text = sectionText({
    title: 'Submit',
    about: 'About it.',
    columns: [{ name: 'jobs/s' }, { name: 'p99 ms', decimals: 1 }],
    rows: [{ name: 'ours', measures: { 'jobs/s': [10], unnamed: [3] }, note: 'by hand' }],
    ratios: [],
  })
  assert.match(text, /^## Submit\n\nAbout it\.\n\n\| +\| jobs\/s \| p99 ms \|/)
  assert.match(text, /\| ours \(by hand\) +\| +10 \| +\|$/)
})

test.run()
