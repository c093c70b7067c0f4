import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { HeartbeatEvent } from '../../core/events/event.ts'
import { serviceMs, WorkloadMonitor } from '../../scaler/observe/workload.ts'

const test = suite('scaler: what workers tell of their work')

const beat = (node: string, at: number, rest: Partial<HeartbeatEvent> = {}): HeartbeatEvent => ({
  kind: 'heartbeat',
  at,
  node,
  nodeType: 'child',
  pid: 1,
  startedAt: 0,
  claimed: 0,
  active: 0,
  running: [],
  leaving: false,
  concurrency: 5,
  ...rest,
})

const monitored = () => {
  const clock = { now: 1_000_000 }
  const monitor = new WorkloadMonitor(() => clock.now)
  const hear = (node: string, used: { ended: number; slotMs: number }, rest: Partial<HeartbeatEvent> = {}) =>
    monitor.apply(beat(node, clock.now, { used, ...rest }))
  return { clock, monitor, hear }
}

test('the time of a job is all the time of slots over the jobs that ended, of all workers', () => {
  const { clock, monitor, hear } = monitored()
  assert.is(monitor.workload(5).serviceMs, undefined)
  for (let second = 0; second <= 10; second++) {
    clock.now += 1_000
    hear('a', { ended: 50 * second, slotMs: 5_000 * second })
    hear('b', { ended: 10 * second, slotMs: 1_000 * second })
  }
  assert.is(monitor.workload(5).serviceMs, 100)
})

test('long jobs are seen before the first of them ends', () => {
  const { clock, monitor, hear } = monitored()
  for (let second = 0; second <= 60; second++) {
    clock.now += 1_000
    hear('a', { ended: 50 * second, slotMs: 5_000 * second })
  }
  for (let second = 1; second <= 120; second++) {
    clock.now += 1_000
    hear('a', { ended: 3_000, slotMs: 300_000 + 5_000 * second })
  }
  assert.ok((monitor.workload(5).serviceMs ?? 0) >= 10_000)
})

test('what was measured stands while nothing runs', () => {
  const { clock, monitor, hear } = monitored()
  for (let second = 0; second <= 60; second++) {
    clock.now += 1_000
    hear('a', { ended: 50 * second, slotMs: 5_000 * second })
  }
  for (let second = 1; second <= 3_600; second++) {
    clock.now += 1_000
    hear('a', { ended: 3_000, slotMs: 300_000 })
  }
  assert.is(monitor.workload(5).serviceMs, 100)
})

test('a worker that starts anew under its name does not count backwards', () => {
  const { clock, monitor, hear } = monitored()
  hear('a', { ended: 0, slotMs: 0 })
  clock.now += 1_000
  hear('a', { ended: 100, slotMs: 1_000 })
  clock.now += 1_000
  hear('a', { ended: 0, slotMs: 0 }, { startedAt: 5 })
  clock.now += 1_000
  hear('a', { ended: 100, slotMs: 1_000 }, { startedAt: 5 })
  assert.is(monitor.workload(5).serviceMs, 10)
})

test('workers count while their heartbeats come and they do not leave; masters never', () => {
  const { clock, monitor } = monitored()
  monitor.apply(beat('old', clock.now - 60_000))
  monitor.apply(beat('a', clock.now))
  monitor.apply(beat('b', clock.now, { leaving: true }))
  monitor.apply(beat('m', clock.now, { nodeType: 'master' }))
  assert.is(monitor.workers, 1)
  clock.now += 5_000
  assert.is(monitor.workers, 0)
})

test('partitions are told as the workers tell them', () => {
  const { clock, monitor } = monitored()
  monitor.apply(
    beat('a', clock.now, {
      concurrency: 7,
      partitions: [
        { topic: 'jobs', partition: 1, finished: 40 },
        { topic: 'jobs', partition: 2, finished: 0, parallel: 1 },
      ],
    }),
  )
  const { concurrency, partitions } = monitor.workload(5)
  assert.is(concurrency, 7)
  assert.equal(partitions, [
    { topic: 'jobs', partition: 1, finished: 40, parallel: Number.POSITIVE_INFINITY },
    { topic: 'jobs', partition: 2, finished: 0, parallel: 1 },
  ])
})

test('few jobs in the window are mixed with what was measured before', () => {
  assert.is(serviceMs([], undefined), undefined)
  assert.is(serviceMs([{ at: 0, ended: 2, slotMs: 100 }], undefined), 50)
  assert.is(serviceMs([{ at: 0, ended: 10, slotMs: 1_000 }], 50), (1_000 + 500) / 20)
  assert.is(serviceMs([{ at: 0, ended: 20, slotMs: 1_000 }], 7), 50)
})

test('thousands of workers are heard in the time of some tens', () => {
  const { clock, monitor, hear } = monitored()
  const before = process.cpuUsage()
  for (let second = 0; second <= 10; second++) {
    clock.now += 1_000
    for (let worker = 0; worker < 2_000; worker++)
      hear(`w${worker}`, { ended: 50 * second, slotMs: 5_000 * second })
  }
  assert.is(monitor.workload(5).serviceMs, 100)
  const { user } = process.cpuUsage(before)
  assert.ok(user < 2e6, `${user / 1e6} s`)
})

test.run()
