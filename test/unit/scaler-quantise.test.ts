import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hpaMetric } from '../../scaler/policy/quantise.ts'

const MAX = 24

/** GetExternalPerPodMetricReplicas of the HPA's replica_calculator.go (1.34), at a target of 1: in thousandths, and by what exists. */
const hpa = (metric: number, existing: number): number => {
  const usage = Math.trunc(metric * 1_000)
  const ratio = usage / (1_000 * existing)
  const replicas = Math.abs(ratio - 1) <= 0.1 ? existing : Math.ceil(usage / 1_000)
  return Math.min(MAX, replicas)
}

const test = suite('scaler: what an HPA is told')

test('an HPA goes where it is told to go beyond its tolerance', () => {
  for (let existing = 1; existing <= MAX; existing++)
    for (let to = 1; to <= MAX; to++)
      if (Math.abs(to / existing - 1) > 0.101) assert.is(hpa(hpaMetric(to, existing, MAX), existing), to)
})

test('an HPA goes to the maximum, however close it is', () => {
  for (let existing = 1; existing <= MAX; existing++)
    assert.is(hpa(hpaMetric(MAX, existing, MAX), existing), MAX)
})

test('one pod more during a rolling update is not kept as a worker more', () => {
  for (const to of [10, 11, 12, 15]) assert.is(hpa(hpaMetric(to, to + 1, MAX), to + 1), to, `${to}`)
})

test('what it has it keeps', () => {
  for (let to = 1; to <= MAX; to++) assert.is(hpa(hpaMetric(to, to, MAX), to), to)
})

test.run()
