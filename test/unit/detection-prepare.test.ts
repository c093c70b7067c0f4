import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { prepare, type Table } from '../../consumer/detection/prepare.ts'
import { AppError } from '../../core/errors.ts'

const test = suite('preparing a series')

const { NaN: missing } = Number
const one = (values: number[], timesMs?: number[]): Table => ({
  columns: [{ name: 'value', values }],
  ...(timesMs && { timesMs }),
})
const valuesOf = (table: Table): number[] => [...prepare(table).input.columns[0].values]

const refused = (table: Table): string => {
  try {
    prepare(table)
  } catch (error) {
    assert.instance(error, AppError)
    assert.is(error instanceof AppError && error.code, 'REQUEST_INVALID')
    return error instanceof Error ? error.message : ''
  }
  return 'taken'
}

test('a series that is ready stays as it is, and nothing is remarked', () => {
  const { input, pointOfRow, remarks } = prepare(one([3, 1, 2], [10, 20, 30]))
  assert.equal([...input.columns[0].values], [3, 1, 2])
  assert.equal([...(input.timesMs ?? [])], [10, 20, 30])
  assert.equal([...input.filled], [0, 0, 0])
  assert.equal([...pointOfRow], [0, 1, 2])
  assert.equal(remarks, [])
})

test('missing values are filled on the line between their neighbours, at the ends by the nearest, and marked', () => {
  const { input, remarks } = prepare(one([missing, 1, missing, missing, 4, missing]))
  assert.equal([...input.columns[0].values], [1, 1, 2, 3, 4, 4])
  assert.equal([...input.filled], [1, 0, 1, 1, 0, 1])
  assert.equal(remarks, ['4 missing values were filled in between the neighbours.'])
})

test('with timestamps the line is one in time', () => {
  // Missing at t = 10 between 0 at t = 0 and 8 at t = 40: a quarter of the way.
  assert.equal(valuesOf(one([0, missing, 8], [0, 10, 40])), [0, 2, 8])
})

test('rows out of order are put in order, and rows of one time are their mean; each row knows its point', () => {
  const { input, pointOfRow, remarks } = prepare(one([5, 1, 7, missing, 2], [30, 10, 30, 30, 20]))
  // t = 30 has 5, 7 and a missing one: 6.
  assert.equal([...input.columns[0].values], [1, 2, 6])
  assert.equal([...(input.timesMs ?? [])], [10, 20, 30])
  assert.equal([...pointOfRow], [2, 0, 2, 2, 1])
  assert.equal([...input.filled], [0, 0, 0])
  assert.equal(remarks, [
    'The rows were not in the order of time, and were put in it.',
    '2 rows have the timestamp of another: their mean is one point.',
  ])
})

test('a hole in one column is not the others’', () => {
  const { input } = prepare({
    columns: [
      { name: 'a', values: [1, missing, 3] },
      { name: 'b', values: [4, 5, 6] },
    ],
  })
  assert.equal(
    input.columns.map((column) => [...(column.missing ?? [])]),
    [[0, 1, 0], []],
  )
  assert.equal([...input.filled], [0, 1, 0])
})

test('gaps stay gaps, and are remarked; uneven steps are, too', () => {
  const times = Array.from({ length: 20 }, (_, at) => at * 10 + (at >= 12 ? 500 : 0))
  const { input, remarks } = prepare(one(times, times))
  assert.is(input.filled.length, 20)
  assert.equal(remarks, ['There is 1 gap in time, left as it is.'])
  const uneven = times.map((time, at) => time + Math.floor(at / 4) * 90)
  assert.equal(prepare(one(times, uneven)).remarks, ['The steps in time are uneven, and were left so.'])
})

test('what can’t be read is refused, naming column and row', () => {
  const cases: [Table, string][] = [
    [one([1, Number.NEGATIVE_INFINITY]), 'column "value", row 1: is -Infinity, which is no finite number'],
    [one([missing, missing]), 'column "value": has no value at all'],
    [{ columns: [] }, 'columns: there is no column of numbers'],
    [one([1, 2], [1]), 'timestamps: there are 1, but 2 rows'],
    [one([1, 2], [1, missing]), 'timestamps: row 1 has none'],
    [
      { columns: [...one([1, 2]).columns, { name: 'b', values: [1] }] },
      'column "b": has 1 rows, but "value" has 2',
    ],
    [{ columns: [...one([1]).columns, ...one([2]).columns] }, 'column "value": there are two of this name'],
  ]
  for (const [table, message] of cases) assert.is(refused(table), message)
})

test('whatever finite numbers come, of whatever size, every point is finite and time ascends', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(missing, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324),
  )
  const rows = fc.array(fc.tuple(value, fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(rows, (all) => {
      fc.pre(all.some(([it]) => !Number.isNaN(it)))
      const { input, pointOfRow } = prepare(
        one(
          all.map(([it]) => it),
          all.map(([, time]) => time),
        ),
      )
      const times = [...(input.timesMs ?? [])]
      assert.ok(input.columns[0].values.every(Number.isFinite))
      assert.ok(times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0)))
      for (const [row, [, time]] of all.entries()) assert.is(times[pointOfRow[row] ?? -1], time)
    }),
  )
})

test.run()
