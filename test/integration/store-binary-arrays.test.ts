/** Arrays in PostgreSQL's binary format, as PostgreSQL reads them. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bigints, byteas, doubles, ints, jsons, texts, times, uuids } from '../../core/store/binary-arrays.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'

const test = suite<RealStore>('binary arrays')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<(T | null)[]> =>
  fc.array(fc.option(value, { freq: 4 }), { maxLength: 20 })

/** Well-formed, without NUL; often the same as the one before. */
const text = fc.oneof(
  fc.constantFrom('', 'noop', 'a\\b"c{},NULL'),
  fc.string({ unit: 'grapheme' }).filter((it) => !it.includes('\0')),
)

test('every column comes out of unnest as it went in', async ({ db }) => {
  const columns = fc.record({
    ids: fc.array(fc.constant(undefined).map(randomUUID), { maxLength: 20 }),
    texts: orNull(text),
    jsons: orNull(fc.jsonValue().map((it) => JSON.stringify(it))),
    ints: orNull(fc.integer()),
    bigints: orNull(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    numbers: orNull(fc.maxSafeInteger()),
    doubles: orNull(fc.double({ noNaN: true })),
    bytes: orNull(fc.uint8Array({ maxLength: 20 })),
    times: orNull(fc.integer({ min: Date.UTC(1900), max: Date.UTC(2200) })),
  })
  await fc.assert(
    fc.asyncProperty(columns, async (given) => {
      const { rows } = await db.pool.query(
        `select $1::uuid[]::text[] as ids, $2::text[] as texts, $3::json[]::text[] as jsons, $4::int[] as ints,
                $5::bigint[]::text[] as bigints, $6::bigint[]::text[] as numbers,
                array(select (extract(epoch from at) * 1000)::bigint::text from unnest($7::timestamptz[]) as at) as times,
                $8::float8[] as doubles, array(select encode(it, 'hex') from unnest($9::bytea[]) as it) as bytes`,
        [
          uuids(given.ids),
          texts(given.texts),
          jsons(given.jsons),
          ints(given.ints),
          bigints(given.bigints),
          bigints(given.numbers),
          times(given.times),
          doubles(given.doubles),
          byteas(given.bytes),
        ],
      )
      const written = (values: readonly (number | bigint | null)[]): (string | null)[] =>
        values.map((it) => (it === null ? null : String(it)))
      assert.equal(rows, [
        {
          ...given,
          bigints: written(given.bigints),
          numbers: written(given.numbers),
          times: written(given.times),
          bytes: given.bytes.map((it) => it && Buffer.from(it).toString('hex')),
        },
      ])
    }),
    { numRuns: 100 },
  )
})

test('what does not fit is refused as PostgreSQL would refuse it, not written as something else', () => {
  const codeOf = (encode: () => Buffer): unknown => {
    try {
      encode()
      return 'written'
    } catch (error) {
      return error instanceof RangeError && 'code' in error ? error.code : error
    }
  }
  for (const id of ['nothing', '', `${randomUUID()}00`, 'z'.repeat(32)])
    assert.is(
      codeOf(() => uuids([id])),
      '22P02',
      id,
    )
  for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 40, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.is(
      codeOf(() => ints([value])),
      '22003',
      `int ${value}`,
    )
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, Number.NaN])
    assert.is(
      codeOf(() => bigints([value])),
      '22003',
      `bigint ${value}`,
    )
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e18])
    assert.is(
      codeOf(() => times([value])),
      '22008',
      `time ${value}`,
    )
})

test.run()
