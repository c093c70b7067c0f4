import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probabilities } from '../../consumer/detection/calibrate.ts'
import { combine } from '../../consumer/detection/combine.ts'
import type { About, BatchDetector, Input, StreamingDetector } from '../../consumer/detection/detector.ts'
import { movingMean } from '../../consumer/detection/signal/moving-mean.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('combination of detectors')

const about = (name: string): About => ({
  name,
  description: `${name}.`,
  source: name,
  cost: 'none',
  multivariate: false,
  minPoints: 1,
  maxPoints: 5000,
})

/** Finds the values themselves strange. */
const plain: BatchDetector = {
  ...about('plain'),
  kind: 'batch',
  detect: ({ columns: [{ values }] }) => ({
    strangeness: values.slice(),
    parameters: { width: 3 },
    remarks: ['Seen.'],
  }),
}
const blind: BatchDetector = {
  ...about('blind'),
  kind: 'batch',
  minPoints: 10,
  maxPoints: 4000,
  detect: ({ filled }) => ({ strangeness: new Float64Array(filled.length), parameters: {}, remarks: [] }),
}
/** Takes each value for its probability. */
const stream: StreamingDetector = {
  ...about('stream'),
  kind: 'streaming',
  parameters: {},
  open: () => ({
    update: (value) => ({ probability: value, expected: 1, lower: 0, upper: 2 }),
    save: () => undefined,
  }),
}

const inputOf = (values: Float64Array): Input => ({
  columns: [{ name: 'a', values }],
  timesMs: undefined,
  filled: new Uint8Array(values.length),
})
const next = randomFrom(5)
const input = inputOf(Float64Array.from({ length: 400 }, next))
const isAbout = (got: Float64Array, wanted: Float64Array): void => {
  for (const [at, value] of wanted.entries()) {
    assert.ok(Math.abs((got[at] ?? 0) - value) < 1e-9, `${at}: ${got[at]} ${value}`)
  }
}

test('of one detector it is the decades of its probabilities, of it and a blind one the half', () => {
  const decades = probabilities(input.columns[0].values).map((p) => -Math.log10(p))
  isAbout(combine([{ detector: plain, spread: 1 }]).detect(input).strangeness, decades)
  const parts = [
    { detector: plain, spread: 1 },
    { detector: blind, spread: 1 },
  ]
  isAbout(
    combine(parts).detect(input).strangeness,
    decades.map((value) => value / 2),
  )
})

test('evidence at a point is spread over as many points as was asked for, the most where it was', () => {
  // p = 10⁻¹⁰ at point 300, 1 elsewhere. Of 8 points each half is 5 wide, with itself in the middle: 10 decades are 2 at 298 to 302, and
  // of those 0.4, 0.8, 1.2, 1.6 and 2 come together on the way to 300, and fewer again after it.
  const values = new Float64Array(400).fill(1)
  values[300] = 1e-10
  const { strangeness, band } = combine([{ detector: stream, spread: 8 }]).detect(inputOf(values))
  // What is surer than 1 in 100 counts where it is, too: 8 decades of the 10.
  const wanted = new Float64Array(400)
  wanted.set([0.4, 0.8, 1.2, 1.6, 8, 1.6, 1.2, 0.8, 0.4], 296)
  // Beyond the ends the mean of all points, 0.025, is taken to be.
  isAbout(strangeness.subarray(8, 392), wanted.subarray(8, 392))
  assert.ok((strangeness[0] ?? 0) > 0 && (strangeness[0] ?? 0) < 0.025)
  assert.is(band?.expected[7], 1)
})

test('it has the limits of all its parts, and tells their parameters and remarks by name', () => {
  const both = combine([
    { detector: plain, spread: 1 },
    { detector: blind, spread: 1 },
  ])
  assert.equal([both.name, both.minPoints, both.maxPoints], ['plain + blind', 10, 4000])
  const { parameters, remarks } = both.detect(input)
  assert.equal(parameters, { 'plain.width': 3 })
  assert.equal(remarks, ['plain: Seen.'])
})

test('a moving mean is the mean of the values around, and of what is taken to be beyond the ends', () => {
  const values = Float64Array.of(1, 2, 6, 3, 8)
  // Of width 2: the value before and the value itself. Of width 3: one on either side.
  assert.equal([...movingMean(values, 2, 5)], [3, 1.5, 4, 4.5, 5.5])
  assert.equal([...movingMean(values, 3, 0)], [1, 3, 11 / 3, 17 / 3, 11 / 3])
  assert.equal([...movingMean(values, 1, 9)], [...values])
})

test.run()
