import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScalingRules } from '../../scaler/policy/behavior.ts'
import { decide, type HpaSettings, type HpaState, initialHpaState } from '../../scaler/policy/hpa.ts'
import type { Decision } from '../../scaler/policy/policy.ts'

const test = suite('hpa')

const settings: HpaSettings = { minReplicas: 3, maxReplicas: 24, averageValue: 200, behavior: {} }
const start = Date.UTC(2025, 0, 1)

/** One look, at second `s`, of an HPA that remembers nothing. */
const look = (metric: number, currentReplicas: number, changed: Partial<HpaSettings> = {}): Decision =>
  decide(initialHpaState, { metric, currentReplicas, nowMs: start }, { ...settings, ...changed }).decision

/** Looks `everyMs`, each of them applied, at the metrics given. */
const run = (
  metrics: readonly number[],
  replicas: number,
  changed: Partial<HpaSettings> = {},
  everyMs = 15_000,
): Decision[] => {
  let state: HpaState = initialHpaState
  return metrics.map((metric, at) => {
    const nowMs = start + at * everyMs
    const step = decide(state, { metric, currentReplicas: replicas, nowMs }, { ...settings, ...changed })
    state = step.state
    replicas = step.decision.to
    return step.decision
  })
}
const targets = (decisions: readonly Decision[]): number[] => decisions.map(({ to }) => to)
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

test('with 3 replicas worth 200 each nothing happens until the lag is over 660', () => {
  for (const metric of [541, 600, 601, 660]) {
    assert.is(look(metric, 3).to, 3, `${metric}`)
    assert.is(look(metric, 3).reason, `lag ${metric} is within 10 % of what 3 workers are worth: no change`)
  }
  assert.is(look(661, 3).to, 4)
})

test('24 partitions stall at 22: the capped lag of 4,800 is within 10 % of what 22 are worth', () => {
  assert.is(look(4_800, 21).to, 24)
  assert.is(look(4_800, 22).to, 22)
  assert.is(look(4_840, 22).to, 22)
  assert.is(look(4_841, 22).to, 24)
})

test('with the defaults of a behavior it grows 3, 7, 14, 24: the larger of 4 more and double in 15 s', () => {
  const decisions = run(times(5, 6_000), 3)
  assert.equal(targets(decisions), [7, 14, 24, 24, 24])
  assert.equal(
    decisions.map(({ reason }) => reason.split('; ')[1]),
    [
      'growing 3 → 7: at most 4 more or double in 15 s',
      'growing 7 → 14: at most 4 more or double in 15 s',
      'growing 14 → 24: capped at the maximum of 24',
      'capped at the maximum of 24',
      'capped at the maximum of 24',
    ],
  )
  assert.equal(targets(run(times(4, 6_000), 3, { maxReplicas: 20 })), [7, 14, 20, 20])
})

test('looks within the period share its allowance', () => {
  const decisions = run(times(16, 6_000), 3, {}, 1_000)
  assert.equal(targets(decisions), [...times(15, 7), 14])
  assert.match(decisions[1]?.reason ?? '', 'held at 7: at most 4 more or double in 15 s, which is used up')
})

test('without any behavior it doubles from 3 to 6, 12, 24', () => {
  assert.equal(targets(run(times(4, 6_000), 3, { behavior: undefined })), [6, 12, 24, 24])
  assert.is(look(6_000, 1, { behavior: undefined, minReplicas: 1 }).to, 4)
})

test('without any behavior it goes on growing for a burst that is over', () => {
  assert.equal(targets(run([6_000, 0, 0], 3, { behavior: undefined })), [6, 12, 24])
})

test('without any behavior a recommendation counts until it is older than the window', () => {
  const changed = { behavior: undefined, downscaleStabilizationSeconds: 30 }
  assert.equal(targets(run([2_000, 0, 0, 0], 10, changed)), [10, 10, 10, 3])
})

test('it scales down only when the window has forgotten the burst, then all at once', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } }
  const decisions = run([...times(4, 4_800), ...times(6, 0)], 3, { behavior })
  assert.equal(targets(decisions), [7, 14, 24, 24, 24, 24, 24, 3, 3, 3])
  assert.match(decisions[4]?.reason ?? '', 'held at 24: the stabilization window (60 s) still remembers 24')
  assert.is(
    decisions[7]?.reason,
    'lag 0 is worth 0 workers at 200 a worker; shrinking 24 → 3: kept at the minimum of 3',
  )
  const quiet = run([4_800, ...times(21, 0)], 3)
  assert.is(targets(quiet).indexOf(3), 20, '300 s by default')
})

test('the window lets go of what it remembers step by step', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 45 } }
  const decisions = run([4_000, 2_000, 1_000, 0, 0, 0, 0], 20, { behavior })
  assert.equal(targets(decisions), [20, 20, 20, 10, 5, 3, 3])
})

test('a controller that has just started does not scale down at once', () => {
  const { to, reason } = look(0, 12)
  assert.is(to, 12)
  assert.match(reason, 'held at 12: the stabilization window (300 s) still remembers 12')
})

test('a window up waits until every recommendation in it is higher', () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: 30 } }
  assert.equal(targets(run([600, 2_000, 2_000, 2_000], 3, { behavior })), [3, 3, 7, 10])
})

test('policies down: the largest change by default, the least with Min, none when disabled', () => {
  const down = (rules: ScalingRules) =>
    run(times(5, 0), 20, { behavior: { scaleDown: { stabilizationWindowSeconds: 0, ...rules } } })
  const policies = [
    { type: 'Pods', value: 2, periodSeconds: 30 },
    { type: 'Percent', value: 30, periodSeconds: 30 },
  ] as const
  assert.equal(targets(down({ policies })), [14, 14, 9, 9, 6])
  assert.equal(targets(down({ policies, selectPolicy: 'Min' })), [18, 18, 16, 16, 14])
  assert.equal(targets(down({ policies, selectPolicy: 'Disabled' })), times(5, 20))
  assert.match(down({ policies })[1]?.reason ?? '', 'at most 2 fewer or 30 % fewer in 30 s, which is used up')
  assert.match(down({ selectPolicy: 'Disabled' })[0]?.reason ?? '', 'held at 20: scaling down is disabled')
})

test('a percentage of few is rounded so that something moves: up to the next, down to zero', () => {
  const policies = [{ type: 'Percent', value: 50, periodSeconds: 15 }] as const
  const behavior = { scaleUp: { policies }, scaleDown: { policies, stabilizationWindowSeconds: 0 } }
  assert.equal(targets(run(times(3, 6_000), 3, { behavior })), [5, 8, 12])
  assert.equal(targets(run(times(3, 0), 15, { behavior })), [7, 3, 3])
})

test('what was removed in a period counts for what may be added in it', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } }
  assert.equal(targets(run([4_800, 600, 6_000], 24, { behavior }, 5_000)), [24, 3, 24])
})

test('outside of its bounds it goes straight to them, and from zero nowhere', () => {
  assert.equal([look(0, 30).to, look(0, 30).reason], [24, '30 is over the maximum of 24; shrinking 30 → 24'])
  assert.equal([look(9_999, 1).to, look(9_999, 1).reason], [3, '1 is under the minimum of 3; growing 1 → 3'])
  assert.is(look(9_999, 0).to, 0)
})

test('the reason says when the metric asks for what there is', () => {
  assert.is(look(520, 3).reason, 'lag 520 is worth 3 workers at 200 a worker; no change')
  assert.is(look(0, 3).reason, 'lag 0 is worth 0 workers at 200 a worker; kept at the minimum of 3')
  assert.is(look(1_000, 3).reason, 'lag 1,000 is worth 5 workers at 200 a worker; growing 3 → 5')
})

test('the reason names the window only where the window is what holds', () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } }
  const reasons = run([2_000, 4_000, 4_000], 9, { behavior }).map(({ reason }) => reason.split('; ')[1])
  assert.equal(reasons, [
    'held at 9: the stabilization window (60 s) still remembers 9',
    'held at 9: the stabilization window (60 s) still remembers 9',
    'held at 9: the stabilization window (60 s) still remembers 9',
  ])
  const policies = [{ type: 'Pods', value: 1, periodSeconds: 15 }] as const
  const slow = { scaleUp: { policies }, scaleDown: { policies, stabilizationWindowSeconds: 45 } }
  const falling = run([1_000, 1_000, 800, 0, 0, 0], 8, { behavior: slow }).map(
    ({ reason }) => reason.split('; ')[1],
  )
  assert.equal(falling.slice(2), [
    'held at 8: the stabilization window (45 s) still remembers 8',
    'shrinking 8 → 7: at most 1 fewer in 15 s',
    'shrinking 7 → 6: at most 1 fewer in 15 s',
    'shrinking 6 → 5: at most 1 fewer in 15 s',
  ])
})

test('its memory stays as small as its windows', () => {
  let state = initialHpaState
  let replicas = 3
  for (let at = 0; at < 1_000; at++) {
    const metric = at % 2 === 0 ? 6_000 : 0
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } }
    const seen = { metric, currentReplicas: replicas, nowMs: start + at * 61_000 }
    const step = decide(state, seen, { ...settings, behavior })
    state = step.state
    replicas = step.decision.to
  }
  assert.ok(state.recommendations.length <= 3, `${state.recommendations.length}`)
  assert.ok(state.scaleUpEvents.length <= 2 && state.scaleDownEvents.length <= 2)
})

test('a decision is timed and says where it comes from', () => {
  const { at, from, to } = look(1_000, 3)
  assert.equal({ at, from, to }, { at: '2025-01-01T00:00:00.000Z', from: 3, to: 5 })
})

const rules = fc.record(
  {
    stabilizationWindowSeconds: fc.constantFrom(0, 15, 60),
    selectPolicy: fc.constantFrom('Max' as const, 'Min' as const, 'Disabled' as const),
    policies: fc.array(
      fc.record({
        type: fc.constantFrom('Pods' as const, 'Percent' as const),
        value: fc.integer({ min: 1, max: 150 }),
        periodSeconds: fc.constantFrom(1, 15, 60),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
)
const anySettings = fc
  .record({
    min: fc.integer({ min: 1, max: 5 }),
    more: fc.nat(30),
    averageValue: fc.integer({ min: 1, max: 300 }),
    behavior: fc.option(fc.record({ scaleUp: rules, scaleDown: rules }, { requiredKeys: [] }), {
      nil: undefined,
    }),
  })
  .map(({ min, more, averageValue, behavior }): HpaSettings => {
    return { minReplicas: min, maxReplicas: min + more, averageValue, behavior }
  })
const looks = fc.array(fc.record({ metric: fc.nat(8_000), afterMs: fc.integer({ min: 1, max: 40_000 }) }), {
  maxLength: 40,
})

test('whatever it sees, it stays within its bounds and is pure', () => {
  fc.assert(
    fc.property(anySettings, looks, fc.nat(20), (any, seen, above) => {
      let state = initialHpaState
      let replicas = Math.min(any.maxReplicas, any.minReplicas + above)
      let nowMs = start
      for (const { metric, afterMs } of seen) {
        nowMs += afterMs
        const observation = { metric, currentReplicas: replicas, nowMs }
        const before = JSON.stringify(state)
        const step = decide(state, observation, any)
        assert.equal(decide(state, observation, any), step)
        assert.is(JSON.stringify(state), before)
        assert.ok(step.decision.to >= any.minReplicas && step.decision.to <= any.maxReplicas)
        assert.is(step.decision.from, replicas)
        assert.ok(step.decision.reason.length > 0 && !/undefined|NaN|Infinity/.test(step.decision.reason))
        state = step.state
        replicas = step.decision.to
      }
    }),
  )
})

test('however often it looks, in one direction it moves no more in a period than the policy allows', () => {
  const seen = fc.array(
    fc.record({ metric: fc.nat(20_000), afterMs: fc.integer({ min: 100, max: 9_000 }) }),
    {
      minLength: 5,
      maxLength: 60,
    },
  )
  const pods = fc.integer({ min: 1, max: 9 })
  fc.assert(
    fc.property(seen, pods, fc.constantFrom(15, 30), fc.boolean(), (list, value, periodSeconds, up) => {
      const held = { selectPolicy: 'Disabled' as const }
      const moving = {
        stabilizationWindowSeconds: 0,
        policies: [{ type: 'Pods' as const, value, periodSeconds }],
      }
      const behavior = up ? { scaleUp: moving, scaleDown: held } : { scaleUp: held, scaleDown: moving }
      let state = initialHpaState
      let replicas = up ? 3 : 100
      let nowMs = start
      const moves = [{ at: 0, replicas }]
      for (const { metric, afterMs } of list) {
        nowMs += afterMs
        const seenNow = { metric, currentReplicas: replicas, nowMs }
        const step = decide(state, seenNow, { ...settings, maxReplicas: 100, behavior })
        state = step.state
        replicas = step.decision.to
        const since = nowMs - periodSeconds * 1000
        const before = moves.findLast(({ at }) => at <= since)?.replicas ?? replicas
        assert.ok(Math.abs(replicas - before) <= value, `${before} → ${replicas} in ${periodSeconds} s`)
        moves.push({ at: nowMs, replicas })
      }
    }),
  )
})

test.run()
