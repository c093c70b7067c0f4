import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Policy } from '../../scaler/policy/policy.ts'
import { Arrivals } from '../../scaler/simulator/arrivals.ts'
import { staticPolicy } from '../../scaler/simulator/fixed.ts'
import { workerRate } from '../../scaler/simulator/settings.ts'
import { simulate } from '../../scaler/simulator/simulate.ts'
import { lengthened, traceOf } from '../../scaler/simulator/trace.ts'
import { burstAt, free, installations, small, traces, withFleet } from '../fixtures/simulated.ts'

const test = suite('simulate')

/** Goes to any number at any time. */
const restless = (numbers: readonly number[], min: number, max: number): Policy<number> => ({
  initial: 0,
  decide: (state, { at, replicas: from }) => {
    const wanted = numbers[state % numbers.length] ?? from
    const to = Math.min(max, Math.max(min, wanted))
    return { state: state + 1, decision: { at: new Date(at).toISOString(), from, to, reason: '' } }
  },
})
const numbers = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 })

test('jobs are conserved: what has come is finished or waits, nothing finishes before it has come and run', () => {
  fc.assert(
    fc.property(traces, installations, numbers, (trace, settings, any) => {
      const { fleet, stepMs } = settings
      const run = simulate(restless(any, fleet.minReplicas, fleet.maxReplicas), trace, settings)
      const arrivals = new Arrivals(trace, stepMs)
      let before = 0
      for (const { atS, backlog, finished, lag } of run.moments) {
        const eps = 1e-6 * (1 + run.arrived)
        assert.ok(finished >= before - eps, 'what is finished stays finished')
        assert.ok(finished <= arrivals.by(atS * 1_000 - fleet.serviceMs) + eps, `finished at ${atS} s`)
        assert.ok(Math.abs(backlog + finished - arrivals.by(atS * 1_000)) <= eps)
        assert.ok(lag >= backlog - eps, 'lag is never less than what waits')
        before = finished
      }
      assert.ok(Math.abs(run.waits.jobs - run.finished) <= 1e-6 * (1 + run.arrived), 'each has one wait')
    }),
    { numRuns: 60 },
  )
})

test('a fleet ends no more than its workers can', () => {
  fc.assert(
    fc.property(traces, installations, numbers, (trace, settings, any) => {
      const { fleet } = settings
      const run = simulate(restless(any, fleet.minReplicas, fleet.maxReplicas), trace, settings)
      const most = workerRate(fleet) * run.replicaSeconds
      assert.ok(run.finished <= most + 1e-6 * (1 + most), `${run.finished} of ${most}`)
    }),
    { numRuns: 25 },
  )
})

test('a static fleet drains a burst in jobs × service time / (workers × concurrency)', () => {
  for (const replicas of [1, 3, 8, 24]) {
    for (const serviceMs of [50, 100, 800]) {
      const settings = withFleet(
        { ...small, stepMs: 50 },
        { replicas, minReplicas: replicas, maxReplicas: replicas, serviceMs },
      )
      const expected = (4_800 * serviceMs) / 1_000 / (replicas * 5)
      const run = simulate(staticPolicy(replicas), burstAt(0, 4_800, Math.ceil(expected) + 10), settings)
      // The burst comes within a second, so the fleet may have to wait for its last jobs.
      const least = Math.max(expected, 1)
      const drained = run.drainedAtS ?? Number.POSITIVE_INFINITY
      assert.ok(drained >= least - 0.06, `${replicas} × ${serviceMs} ms: ${drained} s, formula ${expected} s`)
      assert.ok(
        drained <= least + serviceMs / 1_000 + 0.16,
        `${replicas} × ${serviceMs} ms: ${drained} s, formula ${expected} s`,
      )
    }
  }
})

test('a burst in runs is drained when its last job is', () => {
  const settings = { ...withFleet(small, { replicas: 3 }), placing: 'keyless' as const, runJobs: 100 }
  const run = simulate(staticPolicy(3), burstAt(10, 10_000, 120), settings)
  const end = run.moments.find(({ finished }) => finished >= 9_999.5)?.atS ?? 0
  assert.ok(Math.abs((run.drainedAtS ?? 0) - end) <= 1, `${run.drainedAtS} and ${end} s`)
  // 66.7 s at full capacity; in the end not all have something to do.
  assert.ok(end - 10 >= 66 && end - 10 < 72, `${end} s`)
})

test('workers that share partitions unevenly are slower: 16 of them drain 24 partitions no sooner than 12 do', () => {
  const drained = (replicas: number): number =>
    simulate(staticPolicy(replicas), burstAt(0, 12_000, 300), withFleet(small, { replicas })).drainedAtS ?? 0
  assert.is(drained(16), drained(12))
  assert.ok(drained(24) < drained(12) * 0.6)
})

test('a hot key runs one job at a time, however many workers there are, and the others pass it', () => {
  const settings = withFleet(
    { ...small, hotKeys: [{ partition: 5, share: 0.1 }] },
    { replicas: 24, minReplicas: 24 },
  )
  const run = simulate(staticPolicy(24), burstAt(0, 2_000, 120), settings)
  // 200 jobs of 100 ms in a row.
  assert.ok(Math.abs((run.drainedAtS ?? 0) - 20) <= 1.5, `${run.drainedAtS} s`)
  assert.ok(run.longestMs.serial >= 18_000)
  assert.ok(run.longestMs.shared <= 3_000, `${run.longestMs.shared} ms`)
})

test('more workers never drain later where changes of the group cost nothing', () => {
  fc.assert(
    fc.property(
      traces,
      fc.integer({ min: 1, max: 11 }),
      fc.constantFrom(20, 100, 700),
      (trace, fewer, serviceMs) => {
        const long = lengthened(trace, trace.jobsBySecond.length + 200)
        const drained = (replicas: number): number => {
          const settings = withFleet({ ...small, timing: free }, { serviceMs, partitions: 24, replicas })
          return simulate(staticPolicy(replicas), long, settings).drainedAtS ?? Number.POSITIVE_INFINITY
        }
        assert.ok(drained(fewer + 1) <= drained(fewer))
      },
    ),
    { numRuns: 25 },
  )
})

test('the same seed comes to the same, another one does not', () => {
  const of = (seed: number) => {
    const timing = { ...small.timing, startupSpread: 0.5 }
    const { waits, ...run } = simulate(restless([3, 9, 20, 5], 1, 24), burstAt(5, 5_000, 60), {
      ...small,
      timing,
      seed,
    })
    return { ...run, waits: waits.summary }
  }
  assert.equal(of(1), of(1))
  assert.not.equal(
    of(1).replicaSeconds === of(2).replicaSeconds && of(1).waits.meanMs === of(2).waits.meanMs,
    true,
  )
})

test('jobs that take longer than a rebalance lets them are begun again', () => {
  const jobs = traceOf('long', new Float64Array(200).fill(2))
  const run = (numbers: readonly number[]): number =>
    simulate(
      restless(numbers, 4, 8),
      jobs,
      withFleet(small, { serviceMs: 20_000, replicas: 8, minReplicas: 4 }),
    ).finished
  const calm = run([8])
  assert.ok(run([...Array(15).fill(8), ...Array(15).fill(7)]) < calm * 0.95)
})

test('a static fleet that is large enough lets nobody wait', () => {
  const steady = traceOf('steady', new Float64Array(120).fill(60))
  const run = simulate(staticPolicy(3), steady, small)
  assert.is(run.waits.summary.maxMs, 0)
  assert.ok(run.moments.every(({ lag }) => lag <= 60))
  assert.is(run.replicaSeconds, 360)
})

test.run()
