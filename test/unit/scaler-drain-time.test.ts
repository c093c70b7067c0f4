import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shareEvenly, worthOf } from '../../scaler/policy/drain/needs.ts'
import {
  type DrainTimeSettings,
  type DrainTimeState,
  drainTimePolicy,
} from '../../scaler/policy/drain-time.ts'
import type { Decision, Observation, PartitionLag, Workload } from '../../scaler/policy/policy.ts'

const settings: DrainTimeSettings = {
  minReplicas: 3,
  maxReplicas: 24,
  objectiveMs: 30_000,
  startupMs: 5_000,
  rebalanceMs: 1_000,
  downStabilizationMs: 60_000,
  lagThreshold: 200,
  tolerance: 0.1,
}
const PARTITIONS = 24
/** 100 ms, 5 at once: 50 jobs/s a worker. */
const work: Workload = { serviceMs: 100, concurrency: 5, partitions: [] }

const evenly = (jobs: number, partitions = PARTITIONS): number[] =>
  Array.from(
    { length: partitions },
    (_, at) => Math.floor(jobs / partitions) + Number(at < jobs % partitions),
  )

/** `ends` and `lags` by partition. */
const partitionsOf = (ends: readonly number[], lags: readonly number[]): PartitionLag[] =>
  ends.map((endOffset, partition) => {
    const lag = lags[partition] ?? 0
    return { topic: 'jobs', partition, endOffset, committedOffset: endOffset - lag, lag }
  })

const seen = (
  at: number,
  lags: readonly number[],
  replicas: number,
  rest: Partial<Observation> = {},
): Observation => ({
  at,
  partitions: partitionsOf(lags, lags),
  arrivalRate: 0,
  drainRate: 0,
  replicas,
  workload: work,
  ...rest,
})

const first = (observation: Observation, own: Partial<DrainTimeSettings> = {}): Decision => {
  const policy = drainTimePolicy({ ...settings, ...own })
  return policy.decide(policy.initial, observation).decision
}

/** A fleet that goes at once where it is told, second by second: jobs come as told and are done at 50/s a worker. */
const play = (
  seconds: number,
  arrivals: (second: number) => number,
  own: Partial<DrainTimeSettings> = {},
  from = settings.minReplicas,
): { at: number; lag: number; decision: Decision }[] => {
  const policy = drainTimePolicy({ ...settings, ...own })
  let state: DrainTimeState = policy.initial
  let [total, done, replicas] = [0, 0, from]
  let working = [from]
  const moments: { at: number; lag: number; decision: Decision }[] = []
  for (let second = 0; second < seconds; second++) {
    total += arrivals(second)
    const ready = Math.min(replicas, working[0] ?? replicas)
    done = Math.min(total, done + 50 * ready)
    const lag = total - done
    const ends = evenly(total)
    const lags = evenly(lag)
    const step = policy.decide(state, {
      at: 1e6 + second * 1000,
      partitions: partitionsOf(ends, lags),
      arrivalRate: arrivals(second),
      drainRate: 0,
      replicas,
      ready,
      workload: work,
    })
    state = step.state
    replicas = step.decision.to
    working = [...working, replicas].slice(-5)
    moments.push({ at: second, lag, decision: step.decision })
  }
  return moments
}

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

test('a backlog in one partition buys no more workers than the rest of the work does', () => {
  const hot = evenly(0)
  hot[7] = 100_000
  assert.is(first(seen(0, hot, 3)).to, 3)
  assert.match(first(seen(0, hot, 3)).reason, /1 partition can’t be done sooner by more workers/)
})

test('keys that hold up their partitions count for the slots that they can use', () => {
  const lags = evenly(0).map((_, partition) => (partition < 12 ? 3_000 : 0))
  const held = lags.map((_, partition) => ({ topic: 'jobs', partition, finished: 0, parallel: 1 }))
  // 12 slots are 2.4 workers.
  assert.is(first(seen(0, lags, 3, { workload: { ...work, partitions: held } })).to, 3)
  // Without what the workers tell each of these partitions is worth a worker.
  assert.ok(first(seen(0, lags, 3)).to >= 12)
})

test('what is done beyond the committed offset is no work', () => {
  const lags = evenly(24_000)
  const partitions = lags.map((lag, partition) => ({ topic: 'jobs', partition, finished: lag, parallel: 5 }))
  assert.is(first(seen(0, lags, 3, { workload: { ...work, partitions } })).to, 3)
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

test('keeps up with a steady stream, with some room', () => {
  const moments = play(120, () => 500)
  const last = moments.at(-1)
  assert.ok(last)
  // 500/s are the work of 10 workers; at 80 % busy they are 12.5.
  assert.ok(last.decision.to >= 11 && last.decision.to <= 14, `${last.decision.to}`)
  assert.ok(last.lag < 1_000)
})

test('one burst is not taken for a stream', () => {
  for (const seconds of [1, 4]) {
    const moments = play(60, (second) => (second >= 20 && second < 20 + seconds ? 5_000 / seconds : 0))
    assert.ok(Math.max(...moments.map(({ decision }) => decision.to)) <= 4)
  }
})

test('every job of a burst is done within the objective where the maximum allows it', () => {
  for (const jobs of [1_000, 5_000, 10_000, 20_000]) {
    const moments = play(60, (second) => (second === 0 ? jobs : 0))
    const drained = moments.findIndex(({ lag }) => lag === 0)
    assert.ok(drained >= 0 && drained <= 30, `${jobs} took ${drained} s`)
  }
})

test('shrinks in one step when all of the fleet has not been needed for the whole window', () => {
  const moments = play(200, (second) => (second === 0 ? 20_000 : 0))
  const changes = moments.filter(({ decision: { from, to } }) => from !== to)
  assert.is(changes.length, 2)
  const [up, down] = changes
  assert.ok(up && down)
  assert.is(up.at, 0)
  assert.is(down.decision.to, 3)
  assert.ok(down.at >= 60 && down.at <= 100, `${down.at}`)
  assert.match(down.decision.reason, /3 have been enough for 60 s; shrinking/)
})

test('a fleet that it finds is given the window, too, before it shrinks', () => {
  const moments = play(90, () => 0, {}, 24)
  const shrunk = moments.findIndex(({ decision: { from, to } }) => to < from)
  assert.is(shrunk, 60)
})

test('a clock that was set back by an hour does not keep the fleet from shrinking for one', () => {
  const policy = drainTimePolicy(settings)
  let { state } = policy.decide(policy.initial, seen(7_200_000, evenly(0), 24))
  let to = 24
  for (let ms = 3_600_000; ms <= 3_700_000; ms += 1_000) {
    const step = policy.decide(state, seen(ms, evenly(0), 24))
    ;({ state } = step)
    to = step.decision.to
  }
  assert.is(to, 3)
})

test('bursts that come again within the window do not make it shrink and grow', () => {
  const moments = play(600, (second) => (second % 40 === 0 ? 10_000 : 0))
  const changes = moments.filter(({ decision: { from, to } }) => from !== to)
  assert.ok(changes.length <= 3, `${changes.length} changes`)
})

test('asks for no change that an HPA would drop', () => {
  const own = { maxReplicas: 240, startupMs: 0, rebalanceMs: 0 }
  // 22 workers have 11 of 240 partitions each, 24 have 10.
  const { to, reason } = first(seen(0, evenly(24 * 50 * 30, 240), 22), own)
  assert.is(to, 22)
  assert.match(reason, /no more than 10 % off 22/)
})

test('asks for numbers of workers that share the partitions evenly', () => {
  // 13 of 24 partitions would be no faster than 12: one worker would have two of them all the same.
  const { to, reason } = first(seen(0, evenly(13 * 50 * 30), 12), { startupMs: 0, rebalanceMs: 0 })
  assert.is(to, 24)
  assert.match(reason, /growing 12 → 24/)
  assert.is(first(seen(0, evenly(12 * 50 * 30), 12)).to, 12)
})

test('so many workers that share evenly are the fewest that are as good', () => {
  const partitions = fc.integer({ min: 1, max: 300 })
  fc.assert(
    fc.property(
      partitions,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 300 }),
      (p, need, max) => {
        const to = shareEvenly(Math.min(need, p, max), p, Math.min(p, max))
        assert.ok(to >= 1 && to <= Math.min(p, max))
        const most = Math.ceil(p / to)
        if (to > 1) assert.ok(Math.ceil(p / (to - 1)) > most, 'one fewer would be as good')
        if (need <= Math.min(p, max))
          assert.ok(worthOf(to, p) >= need * 0.95 - 1e-9 || worthOf(to, p) >= worthOf(Math.min(p, max), p))
      },
    ),
  )
})

test('counts by the lag threshold until a job has ended', () => {
  const { to, reason } = first(
    seen(0, evenly(2_000), 3, { workload: { serviceMs: undefined, concurrency: 5, partitions: [] } }),
  )
  // 10, and 12 share evenly.
  assert.is(to, 12)
  assert.match(reason, /no job has ended yet, so a worker counts for 200 jobs/)
})

test('one partition that is stuck buys no workers, also where no job has ended yet', () => {
  const lags = evenly(0).with(7, 10_000)
  const { to, reason } = first(
    seen(0, lags, 3, { workload: { serviceMs: undefined, concurrency: 5, partitions: [] } }),
  )
  assert.is(to, 3)
  assert.match(reason, /10,000 jobs waiting, of which 200 count: 1 partition can’t be done sooner/)
})

test('wakes from zero at one job, and goes back after the window', () => {
  const own = { minReplicas: 0 }
  assert.is(first(seen(0, evenly(0), 0), own).to, 0)
  assert.is(first(seen(0, evenly(1), 0), own).to, 1)
  const moments = play(120, (second) => (second === 0 ? 100 : 0), own, 0)
  assert.is(moments[0]?.decision.to, 1)
  assert.is(moments.at(-1)?.decision.to, 0)
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
