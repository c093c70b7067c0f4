import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Cohorts } from '../../scaler/simulator/cohorts.ts'
import { staticPolicy } from '../../scaler/simulator/fixed.ts'
import { Placement } from '../../scaler/simulator/placing.ts'
import { simulate } from '../../scaler/simulator/simulate.ts'
import { traceOf } from '../../scaler/simulator/trace.ts'
import { small, withFleet } from '../fixtures/simulated.ts'

const test = suite('simulated queues')

test('cohorts give back what went in, oldest first, however many there were', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          add: fc.double({ min: 0.1, max: 9, noNaN: true }),
          take: fc.double({ min: 0, max: 12, noNaN: true }),
        }),
        { maxLength: 900 },
      ),
      (steps) => {
        const cohorts = new Cohorts(2)
        let [held, last] = [0, -1]
        for (const [step, { add, take }] of steps.entries()) {
          cohorts.add(1, step, add)
          held += add
          let got = 0
          cohorts.take(1, take, (jobs, from, to, middle) => {
            got += jobs
            assert.ok(from >= last && to >= from && to <= step, 'in order of their coming')
            assert.ok(middle >= 0 && middle <= 1)
            last = from
          })
          assert.ok(Math.abs(got - Math.min(take, held)) < 1e-9)
          held -= got
          const oldest = cohorts.oldest(1)
          assert.ok(held > 1e-6 ? oldest !== undefined : held > 1e-9 || oldest === undefined)
          assert.ok(oldest === undefined || (oldest >= last && oldest <= step + 1))
        }
        assert.is(cohorts.oldest(0), undefined)
      },
    ),
    { numRuns: 60 },
  )
})

const loads = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 30 })

test('keyless jobs go where least waits: all are placed, and nobody who got some has more than another', () => {
  fc.assert(
    fc.property(loads, fc.integer({ min: 1, max: 5_000 }), (waiting, jobs) => {
      const placement = new Placement(waiting.length, 'keyless', 1)
      placement.observe(Float64Array.from(waiting))
      const placed = new Float64Array(waiting.length)
      placement.place(jobs, placed)
      assert.ok(Math.abs(placed.reduce((sum, it) => sum + it, 0) - jobs) < 1e-6 * jobs)
      const after = waiting.map((it, partition) => it + (placed[partition] ?? 0))
      const filled = after.filter((_, partition) => (placed[partition] ?? 0) > 0)
      assert.ok(Math.max(...filled) <= Math.min(...after) + 1e-6 * (1 + jobs))
    }),
  )
})

test('keyless jobs of one request go in runs: all are placed, each partition has whole runs, and a few leave some without', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 20_000 }), (partitions, jobs) => {
      const placed = new Float64Array(partitions)
      new Placement(partitions, 'keyless', 100).place(jobs, placed)
      assert.ok(Math.abs(placed.reduce((sum, it) => sum + it, 0) - jobs) < 1e-6 * jobs)
      assert.ok(Math.max(...placed) - Math.min(...placed) <= 100 + 1e-6)
      if (jobs <= 100 * partitions) assert.is(placed.filter((it) => it > 0).length, Math.ceil(jobs / 100))
    }),
  )
})

test('keyed jobs go evenly, whatever waits', () => {
  const placement = new Placement(4, 'keyed', 100)
  placement.observe(Float64Array.of(100, 0, 0, 0))
  const placed = new Float64Array(4)
  placement.place(8, placed)
  assert.equal([...placed], [2, 2, 2, 2])
})

test('16 workers on 24 partitions keep up with 700 keyless jobs/s, and with keyed ones do not', () => {
  const steady = traceOf('steady', new Float64Array(200).fill(700))
  const left = (placing: 'keyed' | 'keyless'): number => {
    const run = simulate(staticPolicy(16), steady, { ...withFleet(small, { replicas: 16 }), placing })
    return run.moments.at(-1)?.backlog ?? 0
  }
  assert.ok(left('keyless') < 800, `${left('keyless')}`)
  assert.ok(left('keyed') > 5_000, `${left('keyed')}`)
})

test.run()
