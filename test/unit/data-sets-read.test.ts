/** Series out of CSV and NDJSON, however the bytes are cut, and what is said of what is wrong. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import type { Piece } from '../../core/store/data-set-points.ts'
import type { DataSetSeries } from '../../core/store/data-sets.ts'
import { Collector, MAX_POINTS } from '../../producer/data-sets/collector.ts'
import { collectCsv } from '../../producer/data-sets/csv.ts'
import { collectNdjson } from '../../producer/data-sets/ndjson.ts'

const test = suite('reading data sets')

interface Read {
  readonly told: readonly DataSetSeries[]
  /** Values and times by series, as they were written. */
  readonly values: Record<string, number[]>
  readonly times: Record<string, number[]>
}

type Reader = (bytes: AsyncIterable<Buffer>, to: Collector) => Promise<void>

const csv: Reader = (bytes, to) => collectCsv({ file: 'a.csv', bytes }, to)

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = async (reader: Reader, text: string, size = 1_000): Promise<Read> => {
  const pieces: Piece[] = []
  const collector = new Collector(async (some) => void pieces.push(...some))
  await reader(inChunks(text, size), collector)
  const told = await collector.end()
  const of = (name: string, pick: (piece: Piece) => ArrayLike<number>): number[] => {
    const number = told.find((it) => it.name === name)?.number
    return pieces.filter(({ series }) => series === number).flatMap((it) => Array.from(pick(it)))
  }
  const each = (pick: (piece: Piece) => ArrayLike<number>): Record<string, number[]> =>
    Object.fromEntries(told.map(({ name }) => [name, of(name, pick)]))
  return { told, values: each((it) => it.values), times: each((it) => it.timesMs ?? []) }
}

const faultOf = async (reader: Reader, text: string): Promise<string> => {
  try {
    await read(reader, text)
  } catch (error) {
    assert.instance(error, AppError)
    return (error as AppError).message
  }
  return 'nothing'
}

const AT = Date.UTC(2026, 0, 1)

test('a CSV file has a column a series, or a row a point', async () => {
  const wide = await read(
    csv,
    'timestamp,a,b\n2026-01-01 00:00:00,1,\n2026-01-01 00:00:01,2,NaN\n2026-01-01 00:00:02,3,6\n',
  )
  assert.equal(wide.values, { a: [1, 2, 3], b: [Number.NaN, Number.NaN, 6] })
  assert.equal(wide.times['b'], [AT, AT + 1_000, AT + 2_000])
  assert.equal(wide.told[0], { number: 0, name: 'a', points: 3, firstMs: AT, lastMs: AT + 2_000 })
  const long = await read(
    csv,
    `series;time;value\nb;${AT / 1_000};1\na;${AT / 1_000};2\nb;${AT / 1_000 + 60};3\n`,
  )
  assert.equal(long.values, { b: [1, 3], a: [2] })
  assert.equal(long.times, { b: [AT, AT + 60_000], a: [AT] }, 'seconds since the epoch, as their size tells')
  const bare = await read(csv, '1\n2\n3\n')
  assert.equal([bare.values, bare.told[0]?.firstMs], [{ value: [1, 2, 3] }, undefined])
})

test('NDJSON has a line a point, or a line a series, mixed as they come', async () => {
  const lines = [
    { series: 'a', timestamp: AT, value: 1 },
    { series: 'b', values: [1, null, 3] },
    { series: 'a', timestamp: '2026-01-01T00:00:01Z', value: null },
    { series: 'a', timestamps: [AT + 2_000, AT + 3_000], values: [5, 6] },
  ]
  const { values, times } = await read(collectNdjson, lines.map((it) => JSON.stringify(it)).join('\n'))
  assert.equal(values, { a: [1, Number.NaN, 5, 6], b: [1, Number.NaN, 3] })
  assert.equal(times, { a: [AT, AT + 1_000, AT + 2_000, AT + 3_000], b: [] })
})

test('it is the same however the bytes are cut', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => `${AT + n},${n},"${n / 4}"`)
  const text = `\ufefftimestamp,"naïve, säure",y\r\n${rows.join('\r\n')}`
  const whole = await read(csv, text)
  assert.equal(whole.values['naïve, säure']?.length, 40)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
      assert.equal(await read(csv, text, size), whole)
    }),
    { numRuns: 30 },
  )
})

test('a fault of a CSV file names file, line and column', async () => {
  const rows = (bad: string): string => `timestamp,a,b\n2026-01-01 00:00:00,1,2\n${bad}\n`
  for (const [text, said] of [
    [rows('2026-01-01 00:00:01,1,much'), 'a.csv: line 3, column "b": "much" is no finite number'],
    [rows('2026-01-01 00:00:01,1,1e999'), 'a.csv: line 3, column "b": "1e999" is no finite number'],
    [rows('2026-01-01 00:00:01,1'), /^a\.csv: .*line 3/i],
    ['timestamp,a,a\n2026-01-01 00:00:00,1,2\n', 'a.csv: line 1: there are two series "a"'],
    [
      'series,timestamp,v\na,1,2\n',
      'a.csv: line 1: beside the column "series" there must be one named "value"',
    ],
    [
      'series,timestamp,value\na,2026-01-01 00:00:00,2\n,2026-01-01 00:00:00,1',
      /^a\.csv: line 3: a series must have a name/,
    ],
    ['', 'a.csv: is empty'],
    ['timestamp,a\n2026-01-01 00:00:00,\n', '"a" has no value at all'],
  ] as const) {
    const fault = await faultOf(csv, text)
    if (said instanceof RegExp) assert.match(fault, said)
    else assert.is(fault, said)
  }
  // Beyond the rows by which the layout is judged.
  const many = Array.from(
    { length: 300 },
    (_, n) => `2026-01-01 00:00:${String(n % 60).padStart(2, '0')},1,2`,
  )
  assert.is(
    await faultOf(csv, rows([...many, 'yesterday,1,2'].join('\n'))),
    'a.csv: line 303, column "timestamp": "yesterday" is no time',
  )
})

test('a fault of NDJSON names line and field', async () => {
  const good = '{"series":"a","timestamp":1,"value":1}\n\n'
  for (const [line, said] of [
    ['{"series":"a"', /^line 3: is not JSON/],
    ['[1]', /^line 3: must be an object/],
    ['{"value":1}', 'line 3, /series: must be the name of the series'],
    [
      '{"series":"a","timestamp":2,"value":"1"}',
      'line 3, /value: must be a finite number, or null where it is missing',
    ],
    ['{"series":"a","value":1}', 'line 3: some points of "a" have timestamps, and some have none'],
    [
      '{"series":"b","timestamps":[1],"values":[1,2]}',
      'line 3, /timestamps: must be an array of one a value, 2',
    ],
    ['{"series":"b","timestamps":[1,"x"],"values":[1,2]}', /^line 3, \/timestamps\/1: must be milliseconds/],
  ] as const) {
    const fault = await faultOf(collectNdjson, good + line)
    if (said instanceof RegExp) assert.match(fault, said)
    else assert.is(fault, said)
  }
})

test('pieces follow each other, none is too long, and little waits at a time', async () => {
  let [most, waiting] = [0, 0]
  const pieces: Piece[] = []
  const collector = new Collector(async (some) => {
    pieces.push(...some)
    waiting = 0
  })
  const series = collector.of('long')
  for (let n = 0; n < 700_000; n++) {
    series.add(n, undefined)
    most = Math.max(most, ++waiting)
    if (n % 1_000 === 0) await collector.room()
  }
  await collector.end()
  assert.ok(most <= 501_000, `${most} points waited`)
  assert.equal(
    pieces.map((it) => it.piece),
    pieces.map((_, n) => n),
  )
  assert.ok(pieces.every(({ values }) => values.length <= 65_536))
  let next = 0
  for (const { values } of pieces)
    for (const value of values) if (value !== next++) assert.unreachable(`${value} is at ${next}`)
  assert.is(next, 700_000)
  for (let n = 700_000; n < MAX_POINTS; n++) series.add(n, undefined)
  assert.throws(() => series.add(0, undefined), /more than 1,000,000 points/)
})

test.run()
