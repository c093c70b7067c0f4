import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probabilities } from '../../consumer/detection/calibrate.ts'
import { scoreOf } from '../../consumer/detection/score.ts'
import { gaussianFrom, randomFrom } from '../support/random.ts'

const test = suite('calibration')

type Draw = (next: () => number) => number
const laws: Record<string, Draw> = {
  normal: (next) => Math.abs(gaussianFrom(next)()),
  exponential: (next) => -Math.log(1 - next()),
  'log-normal': (next) => Math.exp(gaussianFrom(next)()),
  // Student's t with three degrees of freedom: a power law.
  't of 3': (next) => {
    const normal = gaussianFrom(next)
    return Math.abs(normal()) / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)
  },
}

const draw = (law: Draw, points: number, seed: number): Float64Array => {
  const next = randomFrom(seed)
  return Float64Array.from({ length: points }, () => law(next))
}

test('the stranger the less probable, ties for ties only, in the scores, too; whatever the magnitudes', () => {
  const value = fc.oneof(
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, 1, 5e-324, Number.MAX_VALUE),
    fc.double({ min: 0, max: 3, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (list) => {
      const strangeness = Float64Array.from(list)
      const p = probabilities(strangeness)
      const scores = p.map(scoreOf)
      for (const it of p) assert.ok(it > 0 && it <= 1, `${it}`)
      const order = [...list.keys()].sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0))
      for (const [at, point] of order.entries()) {
        const before = order[at - 1]
        if (before === undefined) continue
        const stranger = (list[point] ?? 0) > (list[before] ?? 0)
        assert.is((p[point] ?? 0) < (p[before] ?? 0), stranger)
        assert.is((scores[point] ?? 0) > (scores[before] ?? 0), stranger)
      }
    }),
    { numRuns: 300 },
  )
})

test('of usual points as many are flagged as claimed, be the tail light or heavy', () => {
  const points = 4000
  const runs = 25
  for (const [name, law] of Object.entries(laws)) {
    for (const level of [0.1, 0.01, 0.001]) {
      let flagged = 0
      for (let seed = 0; seed < runs; seed++) {
        for (const p of probabilities(draw(law, points, seed))) flagged += Number(p <= level)
      }
      const ratio = flagged / (level * points * runs)
      assert.ok(ratio > 0.7 && ratio < 1.4, `${name}, ${level}: ${ratio.toFixed(2)} of what was claimed`)
    }
  }
})

test('a tenth of anomalies in a row is told from the rest, and moves the others’ probabilities little', () => {
  for (const name of ['normal', 'exponential', 't of 3']) {
    const strangeness = draw(laws[name] ?? (() => 0), 5000, 7)
    const largest = strangeness.reduce((most, it) => Math.max(most, it), 0)
    const next = randomFrom(8)
    for (let at = 2000; at < 2500; at++) strangeness[at] = largest * (2 + next())
    const p = probabilities(strangeness)
    const [anomalies, others] = [p.slice(2000, 2500), p.filter((_, at) => at < 2000 || at >= 2500)]
    assert.ok(
      anomalies.every((it) => it < 1e-3),
      `${name}: all flagged`,
    )
    const ratio = others.filter((it) => it <= 0.01).length / (0.01 * others.length)
    assert.ok(ratio > 0.5 && ratio < 2, `${name}: ${ratio}`)
  }
})

test('one point far out is very improbable, and none far out is not', () => {
  const strangeness = draw(laws['normal'] ?? (() => 0), 1000, 9)
  assert.ok(Math.min(...probabilities(strangeness)) > 1e-5)
  strangeness[500] = 12
  assert.ok((probabilities(strangeness)[500] ?? 1) < 1e-8)
})

test('what comes back again and again is a habit: it has the share that it has', () => {
  // Every twentieth point is far from the rest, as at the edges of pulses: a share of 0.05.
  const strangeness = draw(laws['normal'] ?? (() => 0), 4000, 10).map((it, at) =>
    at % 20 === 0 ? 40 + it : it,
  )
  const p = probabilities(strangeness)
  const flagged = p.filter((it) => it <= 1e-3).length
  assert.ok(flagged <= 8, `${flagged} flagged`)
})

test('where all are alike nothing is strange, and the only one that is not, is', () => {
  assert.ok(probabilities(new Float64Array(100).fill(3)).every((p) => p === 1))
  const strangeness = new Float64Array(100)
  strangeness[40] = 1e-9
  // One of 100, squared.
  assert.ok(Math.abs((probabilities(strangeness)[40] ?? 0) - 1e-4) < 1e-12)
})

test.run()
