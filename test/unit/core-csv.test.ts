import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CsvOptions, type CsvSeries, readCsv } from '../../core/series/csv.ts'
import { csvRecords } from '../../core/series/csv-records.ts'

const test = suite('CSV of time series')

/** The text in chunks of so many bytes. */
const chunks = (text: string, size = 65_536): Readable => {
  const bytes = Buffer.from(text)
  const count = Math.ceil(bytes.length / size)
  return Readable.from(Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size)))
}

const read = (text: string, options: Partial<CsvOptions> = {}, size?: number): Promise<CsvSeries> =>
  readCsv(chunks(text, size), { name: 'a.csv', ...options })

const faultOf = (text: string, options: Partial<CsvOptions> = {}): Promise<string> =>
  read(text, options).then(
    () => 'taken',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  )

const columnsOf = ({ columns }: CsvSeries) =>
  Object.fromEntries(columns.map(({ name, values }) => [name, [...values]]))
const stamps = ({ rows, timestamps }: CsvSeries) =>
  timestamps && Array.from({ length: rows }, (_, row) => timestamps.at(row))

test('timestamp,value: with a header and without, BOM, CRLF, and in chunks of any size', async () => {
  const rows = '2014-07-01 00:00:00,1.50\n2014-07-01 00:30:00,-2\n'
  const texts = [
    rows,
    `timestamp,value\n${rows}`,
    `\uFEFFtimestamp,value\r\n${rows.replaceAll('\n', '\r\n')}\r\n`,
  ]
  for (const text of texts) {
    for (const size of [1, 7, 65_536]) {
      const series = await read(text, { texts: true }, size)
      assert.is(series.rows, 2)
      assert.equal(columnsOf(series), { value: [1.5, -2] })
      assert.equal(stamps(series), ['2014-07-01 00:00:00', '2014-07-01 00:30:00'])
      assert.equal([...(series.timesMs ?? [])], [Date.UTC(2014, 6, 1), Date.UTC(2014, 6, 1, 0, 30)])
      // As it came, not as the number is written.
      assert.is(series.texts?.at(0), '1.50')
    }
  }
})

test('delimiters, quotes with delimiters and line ends in them, and missing cells of each kind', async () => {
  const series = await read('day;"a;b";c\n"2020-01-01";1;NA\n2020-01-02;;" 3 "\n2020-01-03;nan;null\n')
  assert.equal(columnsOf(series), { 'a;b': [1, Number.NaN, Number.NaN], c: [Number.NaN, 3, Number.NaN] })
  assert.equal(
    [...(series.timesMs ?? [])],
    [1, 2, 3].map((day) => Date.UTC(2020, 0, day)),
  )
  assert.equal(columnsOf(await read('x\ty\n1\t2\n')), { x: [1], y: [2] })
  assert.equal(columnsOf(await read('note|value\n"a\nb"|2\n')), { value: [2] })
})

test('columns are found by name, wherever they are; value is enough where there is one', async () => {
  const text = 'host,Value,Timestamp,other\nx,3,10,5\ny,4,20,6\n'
  assert.equal(columnsOf(await read(text)), { Value: [3, 4] })
  assert.equal(stamps(await read(text)), ['10', '20'])
  assert.equal(columnsOf(await read(text, { columns: ['other', 'value'] })), { other: [5, 6], Value: [3, 4] })
  assert.equal(stamps(await read(text, { timestamp: 'other' })), ['5', '6'])
  assert.is(
    await faultOf(text, { columns: ['speed'] }),
    'a.csv: has no column "speed", but "host", "Value", "Timestamp", "other"',
  )
})

test('numbers alone have no timestamps, and two columns without a header are timestamp and value', async () => {
  const alone = await read('1\n2\n3\n')
  assert.equal([columnsOf(alone), alone.timestamps], [{ value: [1, 2, 3] }, undefined])
  const two = await read('10,1\n20,2\n')
  assert.equal([columnsOf(two), stamps(two)], [{ value: [1, 2] }, ['10', '20']])
  assert.equal(columnsOf(await read('1,2,3\n4,5,6\n')), { 1: [1, 4], 2: [2, 5], 3: [3, 6] })
})

test('a first column that counts is no value', async () => {
  const rows = Array.from({ length: 20 }, (_, row) => `${row},${row % 3},${row % 5}\n`).join('')
  assert.equal(Object.keys(columnsOf(await read(`id,a,b\n${rows}`))), ['a', 'b'])
  assert.equal(Object.keys(columnsOf(await read(`id,a,b\n${rows}0,0,0\n`))), ['id', 'a', 'b'])
})

test('times since the epoch are read in the unit that their size tells', async () => {
  for (const text of ['1700000000', '1700000000000', '1700000000000000', '1700000000000000000']) {
    const { timesMs } = await read(`time,value\n${text},1\n`)
    assert.ok(Math.abs((timesMs?.[0] ?? 0) - 1.7e12) < 1, text)
  }
  assert.equal([...((await read('time,value\n5,1\n7,1\n')).timesMs ?? [])], [5, 7])
})

test('timestamps in no form that is read are kept as they came', async () => {
  const series = await read('timestamp,value\n1.7.2014 10 Uhr,1\n1.7.2014 11 Uhr,2\n')
  assert.equal([stamps(series)?.[0], series.timesMs], ['1.7.2014 10 Uhr', undefined])
})

test('what is wrong is told with file and line', async () => {
  assert.is(await faultOf(''), 'a.csv: is empty')
  assert.is(await faultOf('timestamp,value\n'), 'a.csv: has no rows')
  assert.is(
    await faultOf('timestamp,value\n1,2\n\n2,x\n'),
    'a.csv: line 4: value is "x", not a finite number',
  )
  assert.is(
    await faultOf('timestamp,value\n1,Infinity\n'),
    'a.csv: line 2: value is "Infinity", not a finite number',
  )
  assert.is(await faultOf('a,b\nx,y\nz,w\n'), 'a.csv: has no column of numbers')
  assert.match(await faultOf('1,2\n3\n'), /^a\.csv: .*line 2/)
  assert.match(await faultOf('1,2\n"3,4\n'), /^a\.csv: .*line/)
  // The layout is judged by the first hundred rows; this is one of the later ones.
  const rows = Array.from({ length: 300 }, (_, row) => `2014-07-01T00:00:00Z,${row}\n`).join('')
  assert.match(await faultOf(`${rows}soon,1\n`), /^a\.csv: line 301: the timestamp is "soon"/)
})

test('records come as the file streams in, and no more is read than is asked for', async () => {
  let given = 0
  const source = async function* () {
    for (let row = 0; row < 1000; row++) {
      given++
      yield Buffer.from(`${row},1\n`)
    }
  }
  for await (const records of csvRecords(source(), 'a.csv')) {
    assert.equal(records[0], { cells: ['0', '1'], line: 1 })
    break
  }
  assert.ok(given <= 2, `${given} chunks`)
})

test('a failure of the source is told as it is', async () => {
  const broken = async function* () {
    yield Buffer.from('1,2\n')
    throw new Error('the line is dead')
  }
  const error = await readCsv(broken(), { name: 'a.csv' }).catch((it: unknown) => it)
  assert.is(error instanceof Error && error.message, 'the line is dead')
})

test.run()
