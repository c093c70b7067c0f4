import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drainTimePolicy } from '../../scaler/policy/drain-time.ts'
import { kafkaPolicy } from '../../scaler/policy/kafka-policy.ts'
import type { Policy } from '../../scaler/policy/policy.ts'
import { Arrivals } from '../../scaler/simulator/arrivals.ts'
import { leastLongestWait, lowerBound } from '../../scaler/simulator/bound.ts'
import { clairvoyant } from '../../scaler/simulator/clairvoyant.ts'
import { plannedPolicy } from '../../scaler/simulator/fixed.ts'
import { type Program, type Row, solveProgram } from '../../scaler/simulator/linear-program.ts'
import { followingBehavior, paced, throughHpa } from '../../scaler/simulator/pace.ts'
import type { SimulationSettings } from '../../scaler/simulator/settings.ts'
import { type Run, simulate } from '../../scaler/simulator/simulate.ts'
import { burstAt, free, installations, small, traces, withFleet } from '../fixtures/simulated.ts'

const test = suite('the clairvoyant bound')

const solvable: fc.Arbitrary<Program> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .record({
      cost: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: size, maxLength: size }),
      low: fc.array(fc.integer({ min: -4, max: 0 }), { minLength: size, maxLength: size }),
      width: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: size, maxLength: size }),
      rows: fc.array(
        fc.record({
          at: fc.nat(size - 1),
          coefficients: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 12 },
      ),
    })
    .map(({ cost, low, width, rows }) => ({
      cost: Float64Array.from(cost),
      low: Float64Array.from(low, (it) => it - 0.5),
      // 0 lies inside of every box, and so does something near it of every row.
      high: Float64Array.from(width, (it) => it + 0.5),
      rows: rows.map(({ at, coefficients }): Row => {
        const inside = coefficients.slice(0, size - at)
        return { indexes: inside.map((_, place) => at + place), coefficients: inside }
      }),
    })),
)

test('a linear program is solved: what is found is allowed, and costs what nothing allowed can go below', () => {
  fc.assert(
    fc.property(solvable, (program) => {
      const { values, cost, bound } = solveProgram(program)
      const eps = 1e-5
      for (const [index, value] of values.entries()) {
        assert.ok(value >= (program.low[index] ?? 0) - eps && value <= (program.high[index] ?? 0) + eps)
      }
      for (const { indexes, coefficients } of program.rows) {
        const sum = indexes.reduce((so, index, at) => so + (coefficients[at] ?? 0) * (values[index] ?? 0), 0)
        assert.ok(sum <= eps)
      }
      assert.ok(cost - bound <= eps * Math.max(1, Math.abs(cost)), `${cost} and ${bound}`)
    }),
    { numRuns: 200 },
  )
})

test('with no start-up time, and none kept, the bound is the work itself', () => {
  const settings = withFleet(
    { ...small, timing: free, changes: { everyMs: 1_000, phaseMs: 1_000 } },
    { minReplicas: 0, replicas: 0 },
  )
  const trace = burstAt(10, 5_000, 120)
  const bound = lowerBound(new Arrivals(trace, 250), settings, { shared: 30_000, serial: 0 })
  assert.ok(Math.abs(bound.replicaSeconds - 5_000 / 50) < 0.1, `${bound.replicaSeconds}`)
})

test('a start-up time is paid for each worker that is not there before', () => {
  const settings = withFleet(
    {
      ...small,
      timing: { ...free, startupMs: 5_000 },
      changes: { everyMs: 1_000, phaseMs: 1_000 },
    },
    { minReplicas: 0, replicas: 0 },
  )
  // 10,000 jobs are 200 replica-seconds; within 20 s 10 workers are needed, and each waits 5 s for its start.
  const bound = lowerBound(new Arrivals(burstAt(30, 10_000, 120), 250), settings, {
    shared: 20_000,
    serial: 0,
  })
  assert.ok(
    bound.replicaSeconds > 200 + 5 * 9 && bound.replicaSeconds < 200 + 5 * 11,
    `${bound.replicaSeconds}`,
  )
})

test('the least longest wait of a burst is what the largest fleet needs for it', () => {
  const trace = burstAt(60, 12_000, 200)
  const { shared } = leastLongestWait(new Arrivals(trace, 250), small)
  // 24 workers do 1,200/s: of those that come within a second the last waits 9 s.
  assert.ok(Math.abs(shared - 9_000) < 300, `${shared}`)
})

test('a lower limit of waiting never costs less', () => {
  const arrivals = new Arrivals(burstAt(40, 8_000, 150), 250)
  const costs = [60, 40, 30, 20, 10].map(
    (seconds) => lowerBound(arrivals, small, { shared: seconds * 1_000, serial: 0 }).replicaSeconds,
  )
  assert.ok(
    costs.every((cost, index) => index === 0 || cost >= (costs[index - 1] ?? 0) * (1 - 1e-5)),
    `${costs}`,
  )
})

const isNotBelow = (run: Run, bound: number): void =>
  assert.ok(run.replicaSeconds >= bound * (1 - 1e-5) - 1e-3, `${run.replicaSeconds} under the bound ${bound}`)

const plans = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 })

test('no plan, and no policy, is cheaper than the bound for what it lets jobs wait', () => {
  fc.assert(
    fc.property(traces, installations, plans, (trace, settings, numbers) => {
      const { fleet, changes } = settings
      const arrivals = new Arrivals(trace, settings.stepMs)
      const plan = numbers.map((replicas, index) => ({
        fromMs: changes.phaseMs + index * changes.everyMs,
        replicas: Math.min(fleet.maxReplicas, Math.max(fleet.minReplicas, replicas)),
      }))
      const run = simulate(plannedPolicy([{ fromMs: 0, replicas: fleet.replicas }, ...plan]), trace, settings)
      isNotBelow(run, lowerBound(arrivals, settings, run.longestMs).replicaSeconds)
    }),
    { numRuns: 40 },
  )
})

const pace = { syncMs: 15_000, phaseMs: 15_000, pollingMs: 5_000 }
const trigger = { lagThreshold: 200, offsetResetPolicy: 'earliest' as const }
const policiesOf = ({ fleet }: SimulationSettings) => {
  const { minReplicas, maxReplicas } = fleet
  const drainTime = drainTimePolicy({
    minReplicas,
    maxReplicas,
    objectiveMs: 30_000,
    startupMs: 2_000,
    rebalanceMs: 1_000,
    downStabilizationMs: 60_000,
    lagThreshold: 200,
    tolerance: 0.1,
  })
  return {
    kafka: paced(kafkaPolicy({ trigger, minReplicas, maxReplicas, behavior: {} }), pace),
    drainTime: throughHpa(drainTime, { ...pace, minReplicas, maxReplicas, behavior: followingBehavior }),
  }
}

test('the clairvoyant plan keeps the objective, costs no less than the bound, and no more than a policy that keeps it', () => {
  for (const jobs of [2_000, 6_000, 10_000, 20_000]) {
    const trace = burstAt(60, jobs, 240)
    const arrivals = new Arrivals(trace, 250)
    const settings = withFleet(small, { replicas: 3 })
    const compared = <State>(policy: Policy<State>): void => {
      const run = simulate(policy, trace, settings)
      const best = clairvoyant(trace, arrivals, settings, 30_000, [run])
      assert.ok(best.run.longestMs.shared <= best.limits.shared * 1.002, `${jobs} jobs: it keeps its limit`)
      isNotBelow(best.run, best.boundSeconds)
      if (run.longestMs.shared <= best.limits.shared) assert.ok(best.run.replicaSeconds <= run.replicaSeconds)
    }
    const { kafka, drainTime } = policiesOf(settings)
    compared(kafka)
    compared(drainTime)
  }
})

test('where no plan can keep the objective the clairvoyant’s is as good as the fastest', () => {
  const trace = burstAt(60, 60_000, 300)
  const arrivals = new Arrivals(trace, 250)
  const best = clairvoyant(trace, arrivals, small, 30_000, [])
  const least = leastLongestWait(arrivals, small).shared
  assert.ok(least > 45_000)
  assert.ok(best.run.longestMs.shared <= least + 3_000, `${best.run.longestMs.shared}, at the least ${least}`)
  assert.ok(best.run.replicaSeconds < 24 * 300)
})

test.run()
