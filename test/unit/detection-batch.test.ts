import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batch } from '../../consumer/detection/batch/index.ts'
import type { Input } from '../../consumer/detection/detector.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('batch detectors')

const inputOf = (...columns: readonly [Float64Array, ...Float64Array[]]): Input => {
  const [first, ...others] = columns.map((values, at) => ({ name: `v${at}`, values }))
  if (first === undefined) throw new Error('no column')
  return {
    columns: [first, ...others],
    timesMs: undefined,
    filled: new Uint8Array(first.values.length),
  }
}

/** A wave of 25 points a cycle with some noise; the cycle that begins at 500 is upside down. */
const wave = (points: number, seed = 1): Float64Array => {
  const random = randomFrom(seed)
  return Float64Array.from({ length: points }, (_, at) => {
    const turned = at >= 500 && at < 525 ? -1 : 1
    return turned * Math.sin((2 * Math.PI * at) / 25) + 0.1 * (random() - 0.5)
  })
}

const sound = (strangeness: Float64Array, points: number): boolean =>
  strangeness.length === points && strangeness.every((value) => Number.isFinite(value) && value >= 0)

const strangest = (strangeness: Float64Array): number =>
  strangeness.reduce((best, value, at) => (value > (strangeness[best] ?? 0) ? at : best), 0)

for (const detector of batch) {
  test(`${detector.name} says something finite of each point, whatever finite values come`, () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, 1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324),
      fc.integer({ min: -3, max: 3 }),
    )
    fc.assert(
      fc.property(fc.array(value, { minLength: detector.minPoints, maxLength: 120 }), (values) => {
        assert.ok(sound(detector.detect(inputOf(Float64Array.from(values))).strangeness, values.length))
      }),
      { numRuns: 150 },
    )
  })

  test(`${detector.name} finds nothing stranger than the rest in a constant`, () => {
    for (const value of [0, 0.1, -7, 1e300]) {
      const { strangeness } = detector.detect(inputOf(new Float64Array(300).fill(value)))
      assert.ok(sound(strangeness, 300))
      assert.ok(
        strangeness.every((each) => each === strangeness[0]),
        `${value}`,
      )
    }
  })

  test(`${detector.name} says the same of the same input, and leaves it as it was`, () => {
    const values = wave(1000)
    const before = values.slice()
    const first = detector.detect(inputOf(values))
    assert.equal(detector.detect(inputOf(values)), first)
    assert.equal(values, before)
  })

  test(`${detector.name} doesn't care about the unit: a·x + b has the strangeness of x`, () => {
    const values = wave(1000)
    const { strangeness } = detector.detect(inputOf(values))
    for (const [a, b] of [
      [1000, 7],
      [-3, 0],
      [1e-200, 0],
    ] as const) {
      const other = detector.detect(inputOf(values.map((value) => a * value + b))).strangeness
      for (const [at, value] of strangeness.entries()) {
        assert.ok(Math.abs((other[at] ?? 0) - value) <= 1e-6 * Math.max(1, value), `${a}, ${b}: ${at}`)
      }
    }
  })

  // Without a season or a window's shape there is nothing odd about it: each of its values is usual.
  const seesCycles = detector.name !== 'mad'
  if (seesCycles)
    test(`${detector.name} finds the cycle that is upside down`, () => {
      const at = strangest(detector.detect(inputOf(wave(2000))).strangeness)
      assert.ok(at >= 490 && at < 535, `${at}`)
    })

  test(`${detector.name} says what it takes, and takes the shortest of that`, () => {
    assert.ok(detector.minPoints >= 2 && detector.maxPoints >= 100_000)
    const shortest = wave(detector.minPoints)
    assert.ok(sound(detector.detect(inputOf(shortest)).strangeness, detector.minPoints))
    for (const text of [detector.description, detector.source, detector.cost]) assert.ok(text.length > 5)
  })

  if (!detector.multivariate) continue

  test(`${detector.name} takes more columns than a window has room for`, () => {
    const [first, ...others] = Array.from({ length: 150 }, (_, seed) => wave(600, seed)) as [
      Float64Array,
      ...Float64Array[],
    ]
    assert.ok(sound(detector.detect(inputOf(first, ...others)).strangeness, 600))
  })

  test(`${detector.name} finds in several columns what is strange in one of them`, () => {
    const { strangeness } = detector.detect(
      inputOf(
        wave(2000).map((value) => value / 50),
        wave(2000, 2),
      ),
    )
    const at = strangest(strangeness)
    assert.ok(sound(strangeness, 2000))
    assert.ok(at >= 490 && at < 535, `${at}`)
  })
}

test.run()
