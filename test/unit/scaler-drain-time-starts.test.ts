/** The drain-time policy plans with the time that workers take to start. */
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drainTimePolicy } from '../../scaler/policy/drain-time.ts'
import { evenly, first, partitionsOf, seen, settings } from '../support/drain-time.ts'

const test = suite('scaler: drain-time policy, starts of workers')

test('workers on their way count: it does not ask again for what it has asked for', () => {
  const policy = drainTimePolicy(settings)
  const one = policy.decide(policy.initial, seen(0, evenly(10_000), 3))
  const two = policy.decide(one.state, {
    ...seen(1_000, evenly(9_850), one.decision.to, { ready: 3 }),
    partitions: partitionsOf(evenly(10_000), evenly(9_850)),
  })
  assert.is(two.decision.to, one.decision.to)
  assert.match(two.decision.reason, /5 of 8 workers not Ready yet/)
})

test('grows no more where the start of workers takes longer than the work', () => {
  const { to, reason } = first(seen(0, evenly(6_000), 3), { startupMs: 60_000 })
  assert.is(to, 3)
  assert.match(reason, /not be worth its rebalance/)
})

test('does not double the fleet for little where the objective is lost', () => {
  // 20 s of each start: 24 workers are done after 26 s, 12 after 30 s, and the objective is over in 15 s.
  const policy = drainTimePolicy({ ...settings, startupMs: 20_000 })
  const at = (ms: number, jobs: number) => ({
    ...seen(ms, evenly(jobs), 3),
    partitions: partitionsOf(evenly(10_000), evenly(jobs)),
  })
  const { state } = policy.decide(policy.initial, at(0, 10_000))
  assert.is(policy.decide(state, at(15_000, 8_387)).decision.to, 12)
  // With quick starts 24 are much sooner done.
  const quick = drainTimePolicy({ ...settings, startupMs: 2_000 })
  const before = quick.decide(quick.initial, at(0, 10_000))
  assert.is(quick.decide(before.state, at(20_000, 8_387)).decision.to, 24)
})

test('learns how long workers take to start, and plans with it', () => {
  const policy = drainTimePolicy(settings)
  const at = (ms: number, jobs: number, replicas: number, ready: number) => ({
    ...seen(ms, evenly(jobs), replicas, { ready }),
    partitions: partitionsOf(evenly(10_000), evenly(jobs)),
  })
  let { state, decision } = policy.decide(policy.initial, at(0, 10_000, 3, 3))
  const { to } = decision
  // They take 60 s instead of 5.
  for (let ms = 1_000; ms <= 60_000; ms += 1_000) {
    ;({ state } = policy.decide(state, at(ms, 9_000, to, ms < 60_000 ? 3 : to)))
  }
  // The growth is seen a second after it was asked for.
  assert.is(state.start.takesMs, 59_000)
  ;({ state, decision } = policy.decide(state, at(61_000, 0, to, to)))
  // 31 s of work are not worth a start of 59 s.
  ;({ decision } = policy.decide(state, seen(62_000, evenly(to * 50 * 31), to, { ready: to })))
  assert.is(decision.to, to)
})

test('starts no more at once than are sooner done, where they share the processors that they start on', () => {
  const burst = seen(0, evenly(10_000), 3)
  const short = { objectiveMs: 10_000 }
  assert.is(first(burst, short).to, 24)
  // 21 that start take 5 + 20 × 0.6 s and are done after 24 s, nine 9.8 s and are done after 25 s.
  const { to, reason } = first(burst, { ...short, startupEachMs: 600 })
  assert.is(to, 12)
  assert.match(reason, /growing 3 → 12/)
  // Where the objective can be met more are asked for than would do if all started as soon as one does.
  assert.is(first(burst).to, 8)
  assert.is(first(burst, { startupEachMs: 900 }).to, 12)
})

test('however long starts take together, no fleet is asked for that would be there after the work is done', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40_000 }),
      fc.integer({ min: 0, max: 3_000 }),
      fc.integer({ min: 2_000, max: 60_000 }),
      (jobs, startupEachMs, objectiveMs) => {
        const { to } = first(seen(0, evenly(jobs), 3), { startupEachMs, objectiveMs })
        assert.ok(to >= 3 && to <= 24)
        const startsMs = settings.startupMs + startupEachMs * (to - 4) + settings.rebalanceMs
        if (to > 3) assert.ok(startsMs < (jobs / 150) * 1_000)
      },
    ),
  )
})

test('learns what one start takes, whatever number of workers it saw starting together', () => {
  const policy = drainTimePolicy({ ...settings, startupEachMs: 500 })
  const at = (ms: number, replicas: number, ready: number) => seen(ms, evenly(10_000), replicas, { ready })
  let { state, decision } = policy.decide(policy.initial, at(0, 3, 3))
  const { to } = decision
  assert.is(to, 8)
  for (let ms = 1_000; ms <= 13_000; ms += 1_000) {
    ;({ state, decision } = policy.decide(state, at(ms, to, ms < 13_000 ? 3 : to)))
  }
  // Seen from 1 s on: 12 s, of which four of the five workers added 2 s.
  assert.is(state.start.takesMs, 10_000)
})

test('workers that had no room for half an hour do not keep it from growing for ever', () => {
  const policy = drainTimePolicy(settings)
  const at = (ms: number, jobs: number, replicas: number, ready: number) => ({
    ...seen(ms, evenly(jobs), replicas, { ready }),
    partitions: partitionsOf(evenly(40_000), evenly(jobs)),
  })
  let { state } = policy.decide(policy.initial, at(0, 0, 3, 3))
  const halfAnHour = 1_800_000
  ;({ state } = policy.decide(state, at(1_000, 10_000, 12, 3)))
  ;({ state } = policy.decide(state, at(halfAnHour, 10_000, 12, 12)))
  ;({ state } = policy.decide(state, at(halfAnHour + 1_000, 0, 3, 3)))
  const { decision } = policy.decide(state, at(halfAnHour + 1_800_000, 40_000, 3, 3))
  assert.ok(decision.to > 3, decision.reason)
})

test.run()
