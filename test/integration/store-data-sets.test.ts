/** Data sets in the store: points come back as they went in, from whichever row on, and only whole ones are seen. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addPieces, readPoints } from '../../core/store/data-set-points.ts'
import {
  beginDataSet,
  completeDataSet,
  type DataSetSeries,
  deleteDataSet,
  findSeries,
  getDataSet,
  listDataSets,
  listSeries,
} from '../../core/store/data-sets.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'

const test = suite<RealStore>('data sets in the store')
const HOUR = 3_600_000
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

const about = (number: number, name: string, points: number, firstMs?: number): DataSetSeries => ({
  number,
  name,
  points,
  firstMs,
  lastMs: firstMs,
})

/** Doubles of every kind, as bytes can be compared. */
const bits = (numbers: Float64Array | undefined): bigint[] =>
  numbers ? Array.from(new BigUint64Array(numbers.slice().buffer)) : []

test('points come back bit by bit, whatever the pieces, from whichever row on', async ({ db }) => {
  const piece = fc.float64Array({ minLength: 1, maxLength: 40 })
  const range = fc.tuple(fc.nat(150), fc.nat(150))
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      range,
      fc.boolean(),
      async (pieces, [from, limit], timed) => {
        const id = randomUUID()
        await beginDataSet(db, id, 'set', HOUR)
        const times = (values: Float64Array): Float64Array => values.map((_, n) => n * 1_000.5)
        const given = pieces.map((values, n) => ({
          series: 1,
          piece: n,
          values,
          timesMs: timed ? times(values) : undefined,
        }))
        await addPieces(db, id, [
          { series: 0, piece: 0, values: Float64Array.of(7), timesMs: undefined },
          ...given,
        ])
        const all = Float64Array.from(pieces.flatMap((it) => [...it]))
        const whole = Float64Array.from(pieces.flatMap((it) => [...times(it)]))
        const series = about(1, 'b', all.length, timed ? 0 : undefined)
        await completeDataSet(db, id, [about(0, 'a', 1), series], HOUR)
        const found = await findSeries(db, id, 'b')
        assert.equal(found?.points, all.length)
        const read = found && (await readPoints(db, id, found, from, limit))
        assert.equal(bits(read?.values), bits(all.slice(from, from + limit)))
        assert.equal(bits(read?.timesMs), timed ? bits(whole.slice(from, from + limit)) : [])
        assert.is(await deleteDataSet(db, id), true)
        assert.is(found && (await readPoints(db, id, found)), undefined, 'gone with its points')
      },
    ),
    { numRuns: 40 },
  )
})

test('a series of several pieces is read whole', async ({ db }) => {
  const id = randomUUID()
  await beginDataSet(db, id, 'long', HOUR)
  const sizes = [65_536, 65_536, 30_000, 10, 40_000]
  const total = sizes.reduce((sum, it) => sum + it, 0)
  const all = Float64Array.from({ length: total }, (_, n) => n / 3)
  let at = 0
  for (const [piece, size] of sizes.entries()) {
    await addPieces(db, id, [{ series: 0, piece, values: all.slice(at, at + size), timesMs: undefined }])
    at += size
  }
  const series = about(0, 'a', total)
  await completeDataSet(db, id, [series], HOUR)
  const read = await readPoints(db, id, series)
  assert.is(read?.values.length, total)
  assert.ok(read?.values.every((value, n) => value === n / 3))
})

test('what is not complete is not seen, and neither is what has expired', async ({ db }) => {
  const [open, expired, seen] = [randomUUID(), randomUUID(), randomUUID()]
  for (const id of [open, expired, seen]) {
    await beginDataSet(db, id, 'set', HOUR)
    await addPieces(db, id, [{ series: 0, piece: 0, values: Float64Array.of(1), timesMs: undefined }])
  }
  assert.is((await completeDataSet(db, expired, [about(0, 'a', 1)], -1))?.series, 1)
  await completeDataSet(db, seen, [about(0, 'a', 1)], HOUR)
  for (const id of [open, expired]) {
    assert.is(await getDataSet(db, id), undefined)
    assert.is(await findSeries(db, id, 'a'), undefined)
  }
  const listed = (await listDataSets(db, undefined, 100)).map(({ id }) => id)
  assert.is(listed[0], seen)
  assert.ok(!listed.includes(open) && !listed.includes(expired))
  assert.equal(
    (await listSeries(db, seen, -1, 10)).map(({ name }) => name),
    ['a'],
  )
  await deleteDataSet(db, open)
  assert.is(await completeDataSet(db, open, [about(0, 'a', 1)], HOUR), undefined, 'it was given up')
})

test.run()
