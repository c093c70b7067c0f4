/** What is finished beyond a commit, as text: the round trip, its bound, and texts that are not ours. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeFinished,
  encodeFinished,
  MAX_METADATA,
  type Place,
} from '../../consumer/engine/offset-metadata.ts'
import type { OffsetRange } from '../../consumer/engine/offsets.ts'

const test = suite('metadata of a commit')

const place: fc.Arbitrary<Place> = fc.record({
  topic: fc.constantFrom('jobs', 'anomgrd.jobs', 'j/1'),
  partition: fc.nat(500),
  offset: fc.oneof(
    fc.nat(1_000),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1e9 }),
    fc.constantFrom(127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 49),
  ),
})

/** By turns: how many are open, and how many finished. */
type Runs = readonly (readonly [open: number, done: number])[]
const runs = (max: number): fc.Arbitrary<Runs> =>
  fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5_000 })), { maxLength: max })

const ranges = (from: number, runs: Runs): OffsetRange[] => {
  let position = from
  return runs.map(([open, done]) => {
    const start = position + open
    position = start + done
    return { from: start, to: position }
  })
}

test('what was written is read back at its place', () => {
  fc.assert(
    fc.property(place, runs(400), (at, of) => {
      const finished = ranges(at.offset, of)
      const text = encodeFinished(at, finished)
      assert.ok(text.length <= MAX_METADATA)
      assert.ok(/^[\w.-]*$/.test(text), 'any tool can show it')
      assert.equal(decodeFinished(at, text), finished)
    }),
  )
})

test('a range that begins at the committed offset, and one up to the last offset there can be, are kept', () => {
  const at = { topic: 'jobs', partition: 0, offset: Number.MAX_SAFE_INTEGER - 10 }
  const finished = [
    { from: at.offset, to: at.offset + 2 },
    { from: at.offset + 3, to: Number.MAX_SAFE_INTEGER },
  ]
  assert.equal(decodeFinished(at, encodeFinished(at, finished)), finished)
})

test('of more than there is room for the beginning is kept, and never more than Kafka takes', () => {
  fc.assert(
    fc.property(
      place,
      fc.integer({ min: 1, max: 20_000 }),
      fc.constantFrom(1, 127, 128, 1_000_000),
      fc.constantFrom(1, 200, 40_000),
      (at, count, open, done) => {
        const finished = ranges(
          at.offset,
          Array.from({ length: count }, () => [open, done] as const),
        )
        const text = encodeFinished(at, finished)
        assert.ok(text.length <= MAX_METADATA, `${text.length} characters`)
        const read = decodeFinished(at, text)
        assert.ok(read)
        assert.equal(read, finished.slice(0, read.length))
        assert.ok(read.length === count || text.length > MAX_METADATA - 20, 'the room is used')
      },
    ),
    { numRuns: 40 },
  )
})

test('every other job of some 1,500 fits', () => {
  const at = { topic: 'jobs', partition: 11, offset: 123_456_789 }
  const finished = ranges(
    at.offset,
    Array.from({ length: 1_500 }, () => [1, 1] as const),
  )
  assert.equal(decodeFinished(at, encodeFinished(at, finished)), finished)
})

test('nothing finished is no text, and no text is nothing finished', () => {
  const at = { topic: 'jobs', partition: 0, offset: 7 }
  assert.is(encodeFinished(at, []), '')
  assert.equal(decodeFinished(at, ''), [])
})

test('of another topic, partition or offset it is not ours', () => {
  fc.assert(
    fc.property(place, place, runs(20), (at, other, of) => {
      fc.pre(of.length > 0)
      const text = encodeFinished(at, ranges(at.offset, of))
      for (const changed of [
        { ...at, topic: other.topic },
        { ...at, partition: other.partition },
        { ...at, offset: other.offset },
        { ...at, offset: at.offset + 1 },
      ]) {
        const isSame =
          changed.topic === at.topic && changed.partition === at.partition && changed.offset === at.offset
        if (!isSame) assert.is(decodeFinished(changed, text), undefined)
      }
    }),
  )
})

test('damaged, cut or lengthened it is not ours, and never read as something else', () => {
  fc.assert(
    fc.property(place, runs(50), fc.nat(), fc.nat(7), fc.string(), (at, of, pick, bit, more) => {
      fc.pre(of.length > 0)
      const finished = ranges(at.offset, of)
      const text = encodeFinished(at, finished)
      const bytes = Buffer.from(text)
      const index = pick % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
      for (const damaged of [bytes.toString('latin1'), text.slice(0, index), text + more, more + text]) {
        const read = decodeFinished(at, damaged)
        // Characters that carry nothing may change: bits at the very end, and what base64 doesn't know.
        if (damaged !== '' && read !== undefined) assert.equal(read, finished)
      }
    }),
    { numRuns: 500 },
  )
})

test('foreign text is not ours, and throws nothing', () => {
  const at = { topic: 'jobs', partition: 0, offset: 7 }
  for (const text of [
    'ag1.',
    'ag1.AAAA',
    'ag1.AAAAAA',
    'ag2.AAAAAAAA',
    '{"v":1}',
    'NONE',
    ' ',
    '\0',
    'ag1.\u{1f600}',
  ])
    assert.is(decodeFinished(at, text), undefined, text)
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.boolean(), (text, withPrefix) => {
      assert.is(decodeFinished(at, withPrefix ? `ag1.${text}` : text), undefined)
    }),
  )
})

test.run()
