import { Registry } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backlogOf, createMetrics, secondsToDrain } from '../../scaler/keda/metrics.ts'
import type { Observation } from '../../scaler/policy/policy.ts'

const test = suite('metrics of the external scaler')

const seen = (lag: number, more: Partial<Observation> = {}): Observation => ({
  at: 0,
  partitions: [{ topic: 'jobs', partition: 0, endOffset: lag, committedOffset: 0, lag }],
  arrivalRate: 0,
  drainRate: 0,
  replicas: 4,
  ready: 2,
  workload: { serviceMs: 100, concurrency: 5, partitions: [] },
  ...more,
})

test('the backlog is what is not done yet: less what is done beyond the commit, and with what is parked and due', () => {
  assert.is(backlogOf(seen(100)), 100)
  const workload = {
    serviceMs: 100,
    concurrency: 5,
    partitions: [{ topic: 'jobs', partition: 0, finished: 30, parallel: 5 }],
  }
  assert.is(backlogOf(seen(100, { workload, dueJobs: 5 })), 75)
  assert.is(backlogOf(seen(10, { workload, dueJobs: 'unknown' })), 0)
})

test('it is done as fast as workers that are Ready do it, less what comes in meanwhile', () => {
  assert.is(secondsToDrain(seen(0)), 0)
  assert.is(secondsToDrain(seen(1_000)), 10)
  assert.is(secondsToDrain(seen(1_000, { arrivalRate: 50 })), 20)
  assert.is(secondsToDrain(seen(1_000, { arrivalRate: 100 })), Number.POSITIVE_INFINITY)
  assert.ok(
    Number.isNaN(
      secondsToDrain(seen(1, { workload: { serviceMs: undefined, concurrency: 5, partitions: [] } })),
    ),
  )
})

test('Prometheus can read them before and after the first decision', async () => {
  const registry = new Registry()
  const metrics = createMetrics(registry, {
    objectiveMs: 30_000,
    shadow: true,
    ageMs: () => 500,
    streams: () => 1,
  })
  const before = await registry.metrics()
  assert.match(before, 'anomgrd_scaler_objective_seconds 30')
  assert.match(before, 'anomgrd_scaler_shadow 1')
  assert.match(before, /anomgrd_scaler_desired_replicas Nan/i)
  const decision = { at: '', from: 4, to: 9, reason: '', policy: 'drain-time' as const, shadow: true }
  metrics.onDecision(decision, seen(1_000, { arrivalRate: 100 }))
  metrics.onTold(decision)
  metrics.onCall('GetMetrics', 'FAILED_PRECONDITION')
  const after = await registry.metrics()
  for (const line of [
    'anomgrd_scaler_desired_replicas 9',
    'anomgrd_scaler_replicas 4',
    'anomgrd_scaler_ready_replicas 2',
    'anomgrd_scaler_backlog_jobs 1000',
    'anomgrd_scaler_service_seconds 0.1',
    'anomgrd_scaler_drain_seconds +Inf',
    'anomgrd_scaler_decisions_total{policy="drain-time",direction="up",shadow="true"} 1',
    'anomgrd_scaler_grpc_calls_total{method="GetMetrics",code="FAILED_PRECONDITION"} 1',
  ])
    assert.ok(after.includes(line), line)
})

test.run()
