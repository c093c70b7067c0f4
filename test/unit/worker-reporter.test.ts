/** When a worker tells of jobs. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Ended } from '../../consumer/engine/claim.ts'
import { Reporter } from '../../consumer/reporter.ts'
import type { Result, Task } from '../../consumer/task.ts'
import type { FleetEvent } from '../../core/events/event.ts'
import type { EventPublisher } from '../../core/events/publisher.ts'
import { createRegistry } from '../../core/telemetry/metrics.ts'
import { quiet } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Reporter')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

const job = (id: string) => ({
  id,
  type: 'noop',
  key: undefined,
  payload: null,
  options: {},
  submittedAt: 0,
  traceparent: undefined,
})
const ended = (id: string) =>
  ({ result: { outcome: { ...job(id), status: 'succeeded', finishedAt: 1 } } }) as unknown as Ended<
    Task,
    Result
  >

const begin = () => {
  const told: string[] = []
  const publish = (event: FleetEvent): void => {
    if (event.kind !== 'jobs') return
    told.push([...event.started.map((it) => `+${it.id}`), ...event.ended.map((it) => `-${it.id}`)].join(' '))
  }
  const events = { publish } as unknown as EventPublisher
  return { told, reporter: new Reporter(events, 'worker', createRegistry('worker'), quiet) }
}

test('an end is told at once, after its start', () => {
  const { told, reporter } = begin()
  reporter.started(job('a'), 1, 0)
  reporter.recorded([ended('a')])
  assert.equal(told, ['+a -a'])
})

test('ends that follow soon are told together, 25 ms after those before', async () => {
  const { told, reporter } = begin()
  for (const id of ['a', 'b', 'c']) {
    reporter.started(job(id), 1, 0)
    reporter.recorded([ended(id)])
    await pass(10)
  }
  await pass(10)
  assert.equal(told, ['+a -a', '+b +c -b -c'])
})

test('a start is told within 50 ms, also where an end was to be told before', async () => {
  const { told, reporter } = begin()
  reporter.started(job('a'), 1, 0)
  reporter.recorded([ended('a')])
  await pass(5)
  reporter.recorded([ended('b')])
  await pass(25)
  reporter.started(job('c'), 1, 0)
  await pass(51)
  assert.equal(told, ['+a -a', '-b', '+c'])
})

test.run()
