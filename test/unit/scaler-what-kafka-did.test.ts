import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { KafkaPolicySettings } from '../../scaler/policy/kafka-policy.ts'
import type { Observation } from '../../scaler/policy/policy.ts'
import { explainChange, initialKafkaWatch, look } from '../../scaler/policy/what-kafka-did.ts'

const test = suite('why the real scaler has changed the replicas')

const policy: KafkaPolicySettings = {
  trigger: { lagThreshold: 200, offsetResetPolicy: 'earliest' },
  minReplicas: 3,
  maxReplicas: 24,
  behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
}
const settings = { policy, intervalMs: 15_000 }

const seen = (atS: number, lag: number, replicas: number): Observation => ({
  at: atS * 1_000,
  partitions: Array.from({ length: 24 }, (_, partition) => ({
    topic: 'jobs',
    partition,
    endOffset: lag / 24,
    committedOffset: 0,
    lag: lag / 24,
  })),
  arrivalRate: 0,
  drainRate: 0,
  replicas,
})

/** Looks once a second, as the shadow's loop does. */
const watchFrom = (
  fromS: number,
  toS: number,
  lag: number,
  replicas: number,
  watch = initialKafkaWatch(policy),
) => {
  let it = watch
  for (let s = fromS; s < toS; s++) it = look(it, seen(s, lag, replicas), settings)
  return it
}

test('a change as the policy makes it has the policy’s reason', () => {
  const watch = watchFrom(0, 60, 0, 3)
  const { decision } = explainChange(watch, seen(60, 4_000, 7), 3, 7, settings)
  assert.is(decision.policy, 'kafka')
  assert.equal([decision.from, decision.to, decision.shadow], [3, 7, undefined])
  assert.match(
    decision.reason,
    'lag 4,000 is worth 20 workers at 200 a worker; growing 3 → 7: at most 4 more or double',
  )
})

test('waiting for the HPA uses nothing of its speed up: though it looks for a minute, the change is allowed', () => {
  const watch = watchFrom(0, 50, 4_000, 3)
  const { decision } = explainChange(watch, seen(50, 4_000, 3), 3, 7, settings)
  assert.ok(
    !decision.reason.includes('used up') && !decision.reason.includes('something else'),
    decision.reason,
  )
})

test('a change that was made does: the next one in the same 15 s is by something else', () => {
  const first = explainChange(watchFrom(0, 60, 4_000, 3), seen(60, 4_000, 3), 3, 7, settings)
  const { decision } = explainChange(first.watch, seen(62, 4_000, 7), 7, 14, settings)
  assert.match(decision.reason, /^growing 7 → 14, by something else than .* go to 7: .*used up$/)
  const later = explainChange(first.watch, seen(76, 4_000, 7), 7, 14, settings)
  assert.match(later.decision.reason, 'growing 7 → 14: at most 4 more or double')
})

test('it shrinks when the stabilization window is over, and says so of nothing sooner', () => {
  const burst = explainChange(watchFrom(0, 60, 4_000, 3), seen(60, 4_000, 3), 3, 7, settings).watch
  const quiet = watchFrom(61, 140, 0, 7, burst)
  assert.match(explainChange(quiet, seen(140, 0, 7), 7, 3, settings).decision.reason, 'shrinking 7 → 3')
  const soon = watchFrom(61, 80, 0, 7, burst)
  assert.match(explainChange(soon, seen(80, 0, 7), 7, 3, settings).decision.reason, 'by something else')
})

test('somebody’s own change is not made out to be the policy’s', () => {
  const { decision } = explainChange(watchFrom(0, 60, 0, 3), seen(60, 0, 3), 3, 20, settings)
  assert.match(decision.reason, /^growing 3 → 20, by something else than KEDA’s kafka trigger/)
})

test.run()
