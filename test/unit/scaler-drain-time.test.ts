/** How many workers the drain-time policy asks for, for the work that it sees. */
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DrainTimeState, drainTimePolicy } from '../../scaler/policy/drain-time.ts'
import { evenly, first, PARTITIONS, seen, settings } from '../support/drain-time.ts'

const test = suite('scaler: drain-time policy')

test('asks for as many workers as drain a burst within the objective, in one step', () => {
  const { to, reason } = first(seen(0, evenly(10_000), 3))
  // 3 do 150/s all the time less the pause; what they leave has 24 s: 10,000 − 4,350 at 50/s and worker.
  assert.is(to, 3 + Math.ceil((10_000 - (4_500 - 150)) / (50 * 24)))
  assert.match(reason, /10,000 jobs waiting; a worker does 50\/s \(100 ms each, 5 at once\)/)
  assert.match(
    reason,
    /done in 1?\d\d?(\.\d)? s by 3 workers, in 2\d(\.\d)? s by 8; the objective is 30 s; growing 3 → 8/,
  )
})

test('leaves the fleet alone where it drains in time', () => {
  const { to, reason } = first(seen(0, evenly(4_000), 3))
  assert.is(to, 3)
  assert.match(reason, /done in 27 s by 3 workers: no change/)
})

test('never goes beyond the maximum, and says so', () => {
  const { to, reason } = first(seen(0, evenly(1_000_000), 3))
  assert.is(to, 24)
  assert.match(reason, /the maximum/)
})

test('parked jobs that are due count, and unknown ones keep the fleet from shrinking', () => {
  assert.ok(first(seen(0, evenly(0), 3, { dueJobs: 10_000 })).to >= 7)
  const policy = drainTimePolicy(settings)
  let state = policy.initial
  for (let second = 0; second < 300; second++) {
    const step = policy.decide(state, seen(second * 1000, evenly(0), 24, { dueJobs: 'unknown' }))
    state = step.state
    assert.is(step.decision.to, 24)
  }
})

test('counts by the lag threshold until a job has ended', () => {
  const { to, reason } = first(
    seen(0, evenly(2_000), 3, { workload: { serviceMs: undefined, concurrency: 5, partitions: [] } }),
  )
  // 10, and 12 share evenly.
  assert.is(to, 12)
  assert.match(reason, /no job has ended yet, so a worker counts for 200 jobs/)
})

test('goes to the minimum and to the maximum at once when it is outside', () => {
  assert.is(first(seen(0, evenly(0), 1)).to, 3)
  assert.is(first(seen(0, evenly(0), 40)).to, 24)
})

test('always stays within its bounds, and its state is plain data', () => {
  const lag = fc.integer({ min: 0, max: 100_000 })
  const moment = fc.record({
    lags: fc.array(lag, { minLength: PARTITIONS, maxLength: PARTITIONS }),
    replicas: fc.integer({ min: 0, max: 30 }),
    ready: fc.integer({ min: 0, max: 30 }),
    due: fc.oneof(fc.constant('unknown' as const), fc.integer({ min: 0, max: 10_000 })),
    serviceMs: fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1e7, noNaN: true })),
    afterMs: fc.integer({ min: 0, max: 100_000 }),
  })
  fc.assert(
    fc.property(
      fc.array(moment, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 5 }),
      (moments, min) => {
        const policy = drainTimePolicy({ ...settings, minReplicas: min })
        let state: DrainTimeState = policy.initial
        let at = 0
        for (const it of moments) {
          at += it.afterMs
          const workload = { serviceMs: it.serviceMs, concurrency: 5, partitions: [] }
          const step = policy.decide(
            state,
            seen(at, it.lags, it.replicas, { ready: it.ready, dueJobs: it.due, workload }),
          )
          assert.ok(step.decision.to >= min && step.decision.to <= 24, `${step.decision.to}`)
          assert.ok(Number.isInteger(step.decision.to))
          assert.not.match(step.decision.reason, /NaN|undefined|Infinity/)
          state = structuredClone(step.state)
          assert.equal(state, step.state)
        }
      },
    ),
  )
})

test('more work never asks for fewer workers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50_000 }),
      fc.integer({ min: 0, max: 50_000 }),
      fc.integer({ min: 3, max: 24 }),
      (jobs, more, replicas) => {
        const observe = (lag: number) => first(seen(0, evenly(lag), replicas)).to
        assert.ok(observe(jobs + more) >= observe(jobs))
      },
    ),
  )
})

test.run()
