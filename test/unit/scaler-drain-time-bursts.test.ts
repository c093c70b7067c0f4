/** The drain-time policy second by second: streams, bursts, and when a fleet shrinks. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type DrainTimeSettings,
  type DrainTimeState,
  drainTimePolicy,
} from '../../scaler/policy/drain-time.ts'
import type { Decision } from '../../scaler/policy/policy.ts'
import { evenly, first, partitionsOf, seen, settings, work } from '../support/drain-time.ts'

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

const test = suite('scaler: drain-time policy, bursts')

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

test('wakes from zero at one job, and goes back after the window', () => {
  const own = { minReplicas: 0 }
  assert.is(first(seen(0, evenly(0), 0), own).to, 0)
  assert.is(first(seen(0, evenly(1), 0), own).to, 1)
  const moments = play(120, (second) => (second === 0 ? 100 : 0), own, 0)
  assert.is(moments[0]?.decision.to, 1)
  assert.is(moments.at(-1)?.decision.to, 0)
})

test.run()
