import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { drainTimePolicy, drainTimeSettings } from '../../scaler/policy/drain-time.ts'
import { kafkaPolicy, kafkaPolicySettings } from '../../scaler/policy/kafka-policy.ts'
import type { Policy } from '../../scaler/policy/policy.ts'
import { followingBehavior, paced, throughHpa } from '../../scaler/simulator/pace.ts'
import { simulate } from '../../scaler/simulator/simulate.ts'
import { makeTrace, traceOf } from '../../scaler/simulator/trace.ts'
import { burstAt, small, withFleet } from '../fixtures/simulated.ts'

const test = suite('policies, simulated')

const scaling = readConfig({ MAX_REPLICAS: '24' }, 'master').scaling
const pace = { syncMs: 15_000, phaseMs: 15_000, pollingMs: 30_000 }
const kafka = paced(kafkaPolicy(kafkaPolicySettings(scaling, 24)), pace)
const drainTime = drainTimePolicy(drainTimeSettings(scaling, 24))
const behindHpa = throughHpa(drainTime, {
  ...pace,
  minReplicas: 3,
  maxReplicas: 24,
  behavior: followingBehavior,
})

/** A minute of quiet, a minute of 300 jobs/s, quiet again. */
const step = makeTrace('step', {
  seconds: 480,
  base: 5,
  rate: 300,
  jobs: 0,
  atS: 60,
  forS: 60,
  random: undefined,
})

const changes = <State>(
  policy: Policy<State>,
  trace = step,
  settings = small,
): (readonly [number, number])[] =>
  simulate(policy, trace, settings).decisions.map(({ at, to }) => [Date.parse(at) / 1_000, to] as const)

test('KEDA’s kafka trigger takes a large burst 3, 7, 14, 24, a sync period apart, as a cluster does', () => {
  assert.equal(changes(kafka, burstAt(20, 40_000, 120)).slice(0, 3), [
    [30, 7],
    [45, 14],
    [60, 24],
  ])
})

test('a minute of load takes the fleet from 3 to what the lag is worth and back to 3, and no job is lost', () => {
  // A worker does 25 jobs/s.
  const run = simulate(kafka, step, withFleet(small, { serviceMs: 200 }))
  const sizes = run.decisions.map(({ to }) => to)
  assert.equal(sizes.slice(0, 3), [7, 14, 24])
  assert.is(sizes.at(-1), 3)
  const last = run.moments.at(-1)
  assert.equal([last?.desired, last?.ready], [3, 3])
  assert.is(run.arrived, 60 * 300 + 420 * 5)
  // What came in the last service time still runs.
  assert.ok(run.arrived - run.finished <= 1 + 1e-6)
  const shrunk = run.decisions.find(({ from, to }) => to < from)
  const needed = run.moments.findLast(({ lag, atS }) => atS % 15 === 0 && lag > 4_620)
  assert.ok(Date.parse(shrunk?.at ?? '') / 1_000 >= (needed?.atS ?? 0) + 60, 'the window of 60 s has passed')
})

test('a fleet that is large enough from the start is left alone', () => {
  const steady = traceOf('steady', new Float64Array(120).fill(60))
  assert.equal(changes(kafka, steady), [])
  assert.equal(changes(behindHpa, steady), [])
  assert.equal(changes(drainTime, steady), [])
})

test('behind an HPA the drain-time policy is followed when the HPA looks, and only then', () => {
  const direct = changes(drainTime, burstAt(20, 10_000, 200))
  const through = changes(behindHpa, burstAt(20, 10_000, 200))
  assert.ok((direct[0]?.[0] ?? 0) <= 22, 'directly within two seconds')
  assert.is(through[0]?.[0], 30)
  assert.ok(through.every(([at]) => at % 15 === 0))
  assert.ok((through[0]?.[1] ?? 0) >= (direct[0]?.[1] ?? 0), 'what is left of the objective takes more')
})

test('a value that an HPA would drop is not asked for, and the maximum is reached', () => {
  let asked = 22
  const wish: Policy<null> = {
    initial: null,
    decide: (state, { at, replicas: from }) => ({
      state,
      decision: { at: new Date(at).toISOString(), from, to: asked, reason: '' },
    }),
  }
  const policy = throughHpa(wish, { ...pace, minReplicas: 3, maxReplicas: 24, behavior: followingBehavior })
  const quiet = traceOf('quiet', new Float64Array(60).fill(1))
  const from = (replicas: number, to: number) => {
    asked = to
    return changes(policy, quiet, withFleet(small, { replicas })).map(([, it]) => it)
  }
  assert.equal(from(20, 22), [], 'within 10 %')
  assert.equal(from(20, 23), [23])
  assert.equal(from(23, 24), [24], 'the maximum is asked for so that it is reached')
})

test('a fleet of none is woken by KEDA’s next poll, or at once by an external scaler', () => {
  const none = { ...scaling, minReplicas: 0 }
  const settings = withFleet(small, { minReplicas: 0, replicas: 0 })
  const polled = paced(kafkaPolicy(kafkaPolicySettings(none, 24)), { ...pace, pollingMs: 30_000 })
  assert.equal(changes(polled, burstAt(20, 100, 60), settings)[0], [45, 1])
  const pushed = throughHpa(drainTimePolicy(drainTimeSettings(none, 24)), {
    ...pace,
    minReplicas: 0,
    maxReplicas: 24,
    behavior: followingBehavior,
  })
  const [at = 0, to] = changes(pushed, burstAt(20, 100, 60), settings)[0] ?? []
  assert.ok(at > 20 && at <= 22, `${at} s`)
  assert.is(to, 1)
})

test('a hot key buys no workers under the drain-time policy, and does under KEDA’s trigger', () => {
  const hot = { ...small, hotKeys: [{ partition: 3, share: 1 }] }
  const jobs = burstAt(20, 6_000, 200)
  const peak = <State>(policy: Policy<State>): number =>
    Math.max(3, ...changes(policy, jobs, hot).map(([, to]) => to))
  assert.is(peak(kafka), 24)
  assert.ok(peak(drainTime) <= 4, `${peak(drainTime)}`)
})

test.run()
