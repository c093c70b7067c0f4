import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import {
  type KafkaPolicySettings,
  kafkaPolicy,
  kafkaPolicySettings,
} from '../../scaler/policy/kafka-policy.ts'
import type { Decision, Observation } from '../../scaler/policy/policy.ts'

const test = suite('kafkaPolicy')

const config = (env: Record<string, string> = {}) => readConfig(env, 'master').scaling
const settings = kafkaPolicySettings(config({ MAX_REPLICAS: '24' }), 24)

const observation = (lag: number, replicas: number, at = 0): Observation => ({
  at,
  replicas,
  arrivalRate: 0,
  drainRate: 0,
  partitions: Array.from({ length: 24 }, (_, partition) => {
    const share = Math.floor(lag / 24) + (partition < lag % 24 ? 1 : 0)
    return { topic: 'jobs', partition, endOffset: share, committedOffset: 0, lag: share }
  }),
})

const run = (
  seen: readonly (readonly [lag: number, at: number])[],
  replicas: number,
  any: KafkaPolicySettings,
) => {
  const policy = kafkaPolicy(any)
  let state = policy.initial
  return seen.map(([lag, at]): Decision => {
    const step = policy.decide(state, observation(lag, replicas, at * 1000))
    state = step.state
    replicas = step.decision.to
    return step.decision
  })
}

test('its settings come from the configuration, and never ask for more workers than partitions', () => {
  assert.equal(kafkaPolicySettings(config(), 8), {
    trigger: { lagThreshold: 200, offsetResetPolicy: 'earliest' },
    minReplicas: 3,
    maxReplicas: 8,
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  })
  assert.is(kafkaPolicySettings(config(), 2).minReplicas, 2)
})

test('the reason tells of a lag that is capped at the partitions, and of partitions without a commit', () => {
  const [decision] = run([[30_000, 0]], 14, settings)
  assert.is(
    decision?.reason,
    'lag 30,000 (counted as 4,800: capped at the 24 partitions) is worth 24 workers at 200 a worker; growing 14 → 24',
  )
  const fresh = observation(480, 3)
  const partitions = fresh.partitions.map((it) => ({ ...it, committedOffset: null }))
  const policy = kafkaPolicy(settings)
  assert.match(
    policy.decide(policy.initial, { ...fresh, partitions }).decision.reason,
    'lag 480 (24 partitions without a commit) is worth 3 workers',
  )
})

const decideOf = (
  lag: number,
  replicas: number,
  dueJobs: number | 'unknown' | undefined,
  any: KafkaPolicySettings = settings,
): Decision => {
  const policy = kafkaPolicy(any)
  const seen = { ...observation(lag, replicas), ...(dueJobs === undefined ? {} : { dueJobs }) }
  return policy.decide(policy.initial, seen).decision
}

test('due parked jobs are work as the lag is, the larger of the two counts, and the reason names both', () => {
  const parked = decideOf(0, 3, 1_450)
  assert.is(parked.to, 7)
  assert.is(
    parked.reason,
    'the larger of lag 0 and 1,450 due parked jobs is worth 8 workers at 200 a worker; growing 3 → 7: ' +
      'at most 4 more or double in 15 s',
  )
  assert.is(decideOf(1_000, 3, 450).to, 5)
  assert.is(
    decideOf(30_000, 14, 1).reason,
    'the larger of lag 30,000 (counted as 4,800: capped at the 24 partitions) and 1 due parked job is worth 24 workers at ' +
      '200 a worker; growing 14 → 24',
  )
  for (const due of [0, undefined])
    assert.is(decideOf(1_000, 3, due).reason, 'lag 1,000 is worth 5 workers at 200 a worker; growing 3 → 5')
})

test('it decides as by the larger alone, whatever the smaller is', () => {
  fc.assert(
    fc.property(fc.nat(9_000), fc.nat(9_000), fc.integer({ min: 3, max: 24 }), (lag, due, replicas) => {
      const any = { ...settings, trigger: { ...settings.trigger, limit: 'none' as const } }
      assert.is(
        decideOf(lag, replicas, due, any).to,
        decideOf(Math.max(lag, due), replicas, undefined, any).to,
      )
    }),
  )
})

test('parked jobs are not capped at the partitions, but the fleet is', () => {
  assert.is(decideOf(0, 22, 30_000).to, 24)
})

test('while due parked jobs can’t be counted the lag lets the fleet grow, and nothing lets it shrink', () => {
  const any = { ...settings, behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }
  assert.is(decideOf(1_000, 3, 'unknown', any).to, 5)
  assert.is(decideOf(0, 9, 0, any).to, 3)
  const held = decideOf(0, 9, 'unknown', any)
  assert.is(held.to, 9)
  assert.is(
    held.reason,
    'lag 0 is worth fewer than 9 workers, but due parked jobs can’t be counted; held at 9',
  )
})

test('due parked jobs wake a fleet from zero; what can’t be counted neither wakes it nor sends it to sleep', () => {
  const any = { ...settings, minReplicas: 0, cooldownSeconds: 0 }
  assert.is(decideOf(0, 0, 3, any).to, 1)
  assert.is(decideOf(0, 1, 0, any).to, 0)
  assert.is(decideOf(0, 0, 'unknown', any).to, 0)
  assert.is(decideOf(0, 1, 'unknown', any).to, 1)
  assert.is(decideOf(5, 0, 'unknown', any).to, 1)
})

test('the cap stalls at 22 of 24', () => {
  assert.equal(run([[30_000, 0]], 22, settings)[0]?.to, 22)
})

test('zero is left for the minimum at once when there is lag, and reached again after the cooldown', () => {
  const any = {
    ...settings,
    minReplicas: 0,
    cooldownSeconds: 60,
    behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
  }
  const seen = [
    [0, 0],
    [5, 15],
    [900, 30],
    [0, 45],
    [0, 75],
    [0, 90],
    [0, 91],
    [0, 105],
  ] as const
  const decisions = run(seen, 0, any)
  assert.equal(
    decisions.map(({ to }) => to),
    [0, 1, 5, 1, 1, 1, 0, 0],
  )
  assert.is(decisions[1]?.reason, 'lag 5 wakes the fleet; growing 0 → 1')
  assert.is(decisions[6]?.reason, 'lag 0 has been too little for 60 s; shrinking 1 → 0')
})

test('with a minimum it wakes to the minimum, with lag or without', () => {
  assert.is(run([[5, 0]], 0, settings)[0]?.to, 3)
  assert.is(run([[0, 0]], 0, settings)[0]?.to, 3)
})

test.run()
