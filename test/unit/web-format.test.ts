/** Numbers, times and durations as the pages tell them. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bytes,
  count,
  duration,
  fromNow,
  plural,
  rate,
  shortId,
  value,
  wholeSeconds,
} from '../../web/kit/format.ts'

const test = suite('web format')
const NOW = Date.parse('2026-03-01T12:00:00Z')

test('counts and plurals', () => {
  assert.is(count(1234567), '1,234,567')
  assert.is(plural(1, 'job'), '1 job')
  assert.is(plural(0, 'job'), '0 jobs')
  assert.is(plural(2, 'series', 'series'), '2 series')
})

test('rates have as many digits as say something', () => {
  assert.equal([0, 0.041, 3.24, 99.96, 1234.5].map(rate), ['0', '0.04', '3.2', '100.0', '1,235'])
})

test('what goes on is told in whole seconds', () => {
  assert.equal([0, 400, 1_600, 10_000, 59_960, 192_400].map(wholeSeconds), [
    '0 s',
    '0 s',
    '2 s',
    '10 s',
    '1 m',
    '3 m 12 s',
  ])
})

test('durations have two units at most, and none of them is full', () => {
  assert.equal(
    [0, 340, 2_400, 59_940, 59_960, 192_000, 3_600_000, 7_500_000, 86_400_000 * 3 + 4 * 3_600_000].map(
      duration,
    ),
    ['0 ms', '340 ms', '2.4 s', '59.9 s', '1 m', '3 m 12 s', '1 h', '2 h 5 m', '3 d 4 h'],
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (ms) => {
      const text = duration(ms)
      assert.not.match(text, /\b60(\.0)? [sm]\b|\b24 h\b/)
    }),
  )
})

test('how long ago, and how far ahead, in one unit', () => {
  const at = (ms: number): string => fromNow(NOW + ms, NOW)
  assert.equal([0, -12_300, 180_000, -7_500_000].map(at), ['now', '12 s ago', 'in 3 m', '2 h ago'])
})

test('values keep their meaning at every size', () => {
  assert.equal([0, 0.00001, 0.12345, 12.3456, 12350.4, 1e12].map(value), [
    '0',
    '1.00e-5',
    '0.1235',
    '12.35',
    '12,350.4',
    '1.00e+12',
  ])
})

test('sizes', () =>
  assert.equal([12, 1_200, 4_500_000, 999_900_000].map(bytes), ['12 B', '1.2 kB', '4.5 MB', '1000 MB']))

test('an id is told by both of its ends', () =>
  assert.is(shortId('019a9c1e-7b1c-8000-8003-1f2e3d4c5b6a'), '019a9c1e…5b6a'))

test.run()
