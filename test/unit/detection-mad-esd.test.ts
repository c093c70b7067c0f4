import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { esd } from '../../consumer/detection/batch/esd.ts'
import { mad } from '../../consumer/detection/batch/mad.ts'
import type { Input } from '../../consumer/detection/detector.ts'
import { SIGMA_PER_MAD } from '../../consumer/detection/signal/sorted.ts'
import { standardize } from '../../consumer/detection/signal/standard.ts'

const test = suite('mad and esd')

const inputOf = (values: readonly number[], timesMs?: readonly number[]): Input => ({
  columns: [{ name: 'value', values: Float64Array.from(values) }],
  timesMs: timesMs && Float64Array.from(timesMs),
  filled: new Uint8Array(values.length),
})

const strongest = (strangeness: Float64Array): number =>
  strangeness.reduce((best, it, at) => (it > (strangeness[best] ?? 0) ? at : best), 0)

test('mad: the distance from the median around, over 1.4826 MADs', () => {
  // 0 1 2 0 1 2 …: around any point 17 of each, median 1, distances 0 and 1 (34 of 51): MAD 1, of all points, too.
  const values = Array.from({ length: 300 }, (_, at) => at % 3)
  values[150] = 21
  const { strangeness } = mad.detect(inputOf(values))
  const { deviation } = standardize(Float64Array.from(values))
  assert.ok(deviation > 0)
  // The unit of the standardized values cancels out.
  assert.ok(Math.abs((strangeness[150] ?? 0) - 20 / SIGMA_PER_MAD) < 1e-6, `${strangeness[150]}`)
  assert.ok(Math.abs((strangeness[10] ?? 0) - 0) < 1e-6)
  assert.ok(Math.abs((strangeness[11] ?? 0) - 1 / SIGMA_PER_MAD) < 1e-6)
})

test('mad: the band is around that median, in the units of the series', () => {
  const values = Array.from({ length: 300 }, (_, at) => 1000 + 10 * (at % 3))
  const { band } = mad.detect(inputOf(values))
  assert.ok(Math.abs((band?.expected[100] ?? 0) - 1010) < 1e-6)
  const reach = 3.29 * 10 * SIGMA_PER_MAD
  assert.ok(Math.abs((band?.upper[100] ?? 0) - 1010 - reach) < 1e-4)
  assert.ok(Math.abs((band?.lower[100] ?? 0) - 1010 + reach) < 1e-4)
})

/** A season of 20 points with small steps, by which no two cycles are quite alike. */
const seasonal = (points: number): number[] =>
  Array.from({ length: points }, (_, at) => 10 * Math.sin((2 * Math.PI * at) / 20) + ((at * 7) % 11) / 20)

test('esd: what is usual at another time of the season is strange at this one', () => {
  const values = seasonal(600)
  // The value of half a cycle later, which is within the range of all.
  values[305] = values[315] ?? 0
  const { strangeness, parameters, remarks } = esd.detect(inputOf(values))
  assert.is(strongest(strangeness), 305)
  assert.ok(Math.abs(Number(parameters['period']) - 20) < 0.5, `${parameters['period']}`)
  assert.ok(Number(parameters['outliers']) >= 1)
  assert.match(remarks.join(' '), /season is 20 points/)
})

test('esd: a missing cycle is strange as long as it lasts', () => {
  const values = seasonal(800).map((it, at) => (at >= 400 && at < 420 ? 0 : it))
  const { strangeness } = esd.detect(inputOf(values))
  const most = [...strangeness.keys()].sort((a, b) => (strangeness[b] ?? 0) - (strangeness[a] ?? 0))
  assert.ok(
    most.slice(0, 10).every((at) => at >= 400 && at < 420),
    most.slice(0, 10).join(' '),
  )
})

test('esd: with timestamps a gap is as long as it lasted, and the season stays in step', () => {
  const points = [...seasonal(1000).entries()].filter(([at]) => at < 500 || at >= 513)
  const values = points.map(([, it]) => it)
  const width = (timesMs?: number[]): number => {
    const { band } = esd.detect(inputOf(values, timesMs))
    return (band?.upper[600] ?? 0) - (band?.lower[600] ?? 0)
  }
  // Half of the series is out of step for who only counts points, so nothing can be told from anything.
  const [timed, counted] = [width(points.map(([at]) => at * 60_000)), width()]
  assert.ok(timed < counted / 3, `${timed} ${counted}`)
})

test('neither says anything but finite numbers, whatever finite numbers come', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 0, 1),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 20, maxLength: 200 }), (values) => {
      for (const detector of [mad, esd]) {
        const { strangeness, band } = detector.detect(inputOf(values))
        assert.ok(
          strangeness.every((it) => Number.isFinite(it) && it >= 0),
          detector.name,
        )
        for (const cells of [band?.expected, band?.lower, band?.upper]) {
          assert.ok(cells?.every(Number.isFinite), detector.name)
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('a constant is not strange at all', () => {
  for (const detector of [mad, esd]) {
    for (const level of [0, 0.1, -1e300]) {
      const { strangeness } = detector.detect(inputOf(Array(200).fill(level)))
      assert.ok(
        strangeness.every((it) => it === 0),
        `${detector.name} ${level}`,
      )
    }
  }
})

test.run()
