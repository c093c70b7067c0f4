import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import handler from '../../consumer/handlers/detect/index.ts'
import { maxPoints, minPoints } from '../../consumer/handlers/detect/series.ts'
import { faultsOf } from '../../core/errors.ts'
import { z } from '../../core/handler.ts'
import { parseTimestamp } from '../../core/series/timestamp.ts'

const test = suite('payload of detect')

const faults = (payload: unknown) => {
  const parsed = handler.schema.safeParse(payload)
  return parsed.success ? [] : faultsOf(parsed.error.issues)
}
const numbers = (rows: number): number[] => Array.from({ length: rows }, (_, row) => row)
const points = (rows: number) =>
  Array.from({ length: rows }, (_, row) => ({
    timestamp: (row * 1000) as number | string,
    value: row as unknown,
  }))

test('numbers are taken, and points with timestamps of each form', () => {
  assert.equal(faults({ series: numbers(minPoints) }), [])
  assert.equal(faults({ series: points(minPoints) }), [])
  for (const text of ['2024-02-29T00:00:00Z', '2024-02-29t00:00:00.25+05:30', '2024-02-29 00:00:00']) {
    assert.equal(faults({ series: points(30).map((point) => ({ ...point, timestamp: text })) }), [], text)
  }
  assert.equal(
    faults({ series: numbers(30), detector: 'forecast', threshold: 0.99, scores: false, band: false }),
    [],
  )
})

test('a payload that passes comes out of the schema as it went in', () => {
  const payload = { series: points(30), threshold: 0.5 }
  assert.equal(handler.schema.parse(payload), payload)
})

test('what is no series is told at /series, once', () => {
  for (const series of [null, 'text', 5, {}, { 0: 1, length: 30 }]) {
    assert.equal(faults({ series }), [
      { path: '/series', message: 'must be an array of numbers, or of {timestamp, value}' },
    ])
  }
})

test('one of series and columns is needed, and one is enough', () => {
  for (const payload of [{}, { series: numbers(30), columns: { a: numbers(30) } }]) {
    assert.equal(
      faults(payload).map(({ path, message }) => `${path} ${message}`),
      ['/series must be an array of numbers, or of {timestamp, value}; or "columns" stands in its place'],
    )
  }
})

test('missing values are null, rows may be in any order; a series of nothing but null is refused', () => {
  const holes = points(30).map((point, row) => ({ ...point, value: row % 3 === 0 ? null : point.value }))
  assert.equal(faults({ series: holes.toReversed() }), [])
  assert.equal(faults({ series: numbers(30).map((value) => (value > 20 ? null : value)) }), [])
  const told = [{ path: '/series', message: 'must have a value that is not null' }]
  assert.equal(faults({ series: Array(30).fill(null) }), told)
  assert.equal(faults({ series: points(30).map((point) => ({ ...point, value: null })) }), told)
})

test('columns of one length are taken, with timestamps or without; what is wrong is told by column and row', () => {
  const columns = { a: numbers(30), b: numbers(30) }
  assert.equal(faults({ columns }), [])
  assert.equal(faults({ columns, timestamps: numbers(30) }), [])
  const cases: [unknown, string][] = [
    [{ columns: {} }, '/columns must be an object of 1 to 256 arrays of numbers, by their names'],
    [{ columns: { a: numbers(30), b: 'x' } }, '/columns/b must be an array of numbers'],
    [
      { columns: { a: numbers(30), b: numbers(31) } },
      '/columns/b must have 30 points as the first column has, has 31',
    ],
    [{ columns: { a: numbers(5) } }, '/columns/a must have 20 to 100000 points, has 5'],
    [{ columns, timestamps: numbers(29) }, '/timestamps must be one a row: 30, has 29'],
    [
      { series: numbers(30), timestamps: numbers(30) },
      '/timestamps belongs to "columns": the points of "series" have their own',
    ],
    [
      { columns: { a: numbers(30).map((it) => (it === 4 ? 'x' : it)) } },
      '/columns/a/4 must be a finite number, or null where it is missing',
    ],
  ]
  for (const [payload, told] of cases) {
    assert.equal(
      faults(payload).map(({ path, message }) => `${path} ${message}`),
      [told],
    )
  }
})

test('too few and too many points are told with the bounds and the number', () => {
  assert.equal(faults({ series: numbers(minPoints - 1) }), [
    { path: '/series', message: 'must have 20 to 100000 points, has 19' },
  ])
  assert.is(
    faults({ series: numbers(maxPoints + 1) })[0]?.message,
    'must have 20 to 100000 points, has 100001',
  )
})

test('a fault names its row and field', () => {
  const bad: unknown[] = numbers(30)
  bad[7] = '7'
  bad[9] = Number.POSITIVE_INFINITY
  assert.equal(
    faults({ series: bad }).map(({ path }) => path),
    ['/series/7', '/series/9'],
  )
  const timed = points(30)
  timed[3] = { timestamp: 3000, value: '3' }
  timed[5] = { timestamp: 'yesterday', value: 5 }
  timed[8] = { timestamp: 10, value: undefined }
  assert.equal(
    faults({ series: timed }).map(({ path, message }) => `${path} ${message}`),
    [
      '/series/3/value must be a finite number, or null where it is missing',
      '/series/5/timestamp must be an RFC 3339 time, YYYY-MM-DD HH:MM:SS, or milliseconds since the epoch',
      '/series/8/value must be a finite number, or null where it is missing',
    ],
  )
})

test('forms can’t be mixed: numbers with points, nor one form of timestamp with another', () => {
  const first: unknown[] = numbers(30)
  first[12] = { timestamp: 1, value: 2 }
  const second: unknown[] = points(30)
  second[12] = 12
  const third = points(30)
  third[12] = { timestamp: '1970-01-01T00:00:12Z', value: 12 }
  const paths = [first, second, third].map((series) => faults({ series }))
  assert.equal(
    paths.map(([fault]) => fault?.path),
    ['/series/12', '/series/12', '/series/12/timestamp'],
  )
  for (const [fault] of paths) assert.match(fault?.message ?? '', /can’t be mixed/)
})

test('a series that is wrong in every row is answered with ten faults', () => {
  assert.is(faults({ series: Array(maxPoints).fill('x') }).length, 10)
  assert.is(faults({ series: Array(maxPoints).fill({}) }).length, 10)
})

test('unknown detectors, thresholds out of range and unknown settings are refused', () => {
  const series = numbers(30)
  for (const [payload, path] of [
    [{ series, detector: 'oracle' }, '/detector'],
    [{ series, threshold: 0 }, '/threshold'],
    [{ series, threshold: 1 }, '/threshold'],
    [{ series, treshold: 0.5 }, '/treshold'],
  ] as const) {
    assert.equal(
      faults(payload).map((fault) => fault.path),
      [path],
    )
  }
})

test('100,000 points are checked in a fraction of a second', () => {
  const texts = points(maxPoints).map(({ value }, row) => ({
    timestamp: new Date(row * 60_000).toISOString(),
    value,
  }))
  for (const series of [numbers(maxPoints), points(maxPoints), texts]) {
    const { user } = process.cpuUsage()
    assert.equal(faults({ series }), [])
    const cpuMs = (process.cpuUsage().user - user) / 1000
    assert.ok(cpuMs < 500, `${cpuMs} ms`)
  }
})

test('the JSON Schema tells both forms of a series, their bounds and what is required', () => {
  const schema = JSON.parse(
    JSON.stringify(z.toJSONSchema(handler.schema, { io: 'input', unrepresentable: 'any' })),
  )
  assert.equal(schema.oneOf, [{ required: ['series'] }, { required: ['columns'] }])
  const [plain, timed] = schema.properties.series.anyOf
  assert.equal(plain, {
    type: 'array',
    minItems: minPoints,
    maxItems: maxPoints,
    items: { type: ['number', 'null'] },
  })
  assert.equal(timed.items.required, ['timestamp', 'value'])
  assert.match(timed.items.properties.timestamp.description, /RFC 3339/)
  for (const part of Object.values(schema.properties))
    assert.ok((part as { description?: string }).description)
})

test('a timestamp reads as the instant it names', () => {
  const cases: [unknown, number][] = [
    ['2015-09-08 11:39:00', Date.UTC(2015, 8, 8, 11, 39)],
    ['2014-10-30 15:30:00.500000', Date.UTC(2014, 9, 30, 15, 30, 0, 500)],
    ['2015-09-08T11:39:00+02:00', Date.UTC(2015, 8, 8, 9, 39)],
    ['2015-09-08t11:39:00.5z', Date.UTC(2015, 8, 8, 11, 39, 0, 500)],
    [-1.5, -1.5],
  ]
  for (const [text, ms] of cases) assert.is(parseTimestamp(text)?.ms, ms, String(text))
})

test('every instant that a Date can write is read back', () => {
  const date = fc.date({
    min: new Date('0100-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(date, (instant) => {
      assert.is(parseTimestamp(instant.toISOString())?.ms, instant.getTime())
    }),
  )
})

test('dates that are none are refused', () => {
  for (const text of [
    '2023-02-29 00:00:00',
    '1900-02-29 00:00:00',
    '2024-04-31T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-10T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00+0100',
    '2024-01-01T00:00:00+25:00',
    '2024-01-01T00:00:00Z ',
    '2024-01-01',
    '2024/01/01 00:00:00',
    '1700000000',
    '',
  ]) {
    assert.is(parseTimestamp(text), undefined, text)
  }
  for (const other of [Number.NaN, Number.POSITIVE_INFINITY, 8.65e15, null, undefined, {}, true]) {
    assert.is(parseTimestamp(other), undefined)
  }
})

test.run()
