import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { epochOf, makeJobId } from '../../core/job-id.ts'
import type { ParkedView } from '../../core/store/parked.ts'
import { parkedJob } from '../../producer/parked-job.ts'
import { attempts } from '../fixtures/park-rows.ts'

const test = suite('a parked job as it is shown')

const view = (parts: Partial<ParkedView> = {}): ParkedView => ({
  id: makeJobId({ submittedAt: 1_000, partition: 1, epoch: epochOf(1, 3) }),
  topic: 't',
  partition: 1,
  offset: 5,
  key: undefined,
  type: 'noop',
  value: Buffer.from('{"payload":1}'),
  traceparent: undefined,
  reason: 'retry',
  sequence: undefined,
  dueInMs: 5_000,
  dueAt: 60_000,
  heldBy: undefined,
  attempt: 2,
  attemptsBefore: 0,
  attempts: attempts(2),
  submittedAt: 1_000,
  parkedAt: 2_000,
  ...parts,
})

test('one between two attempts has failed, says of what, and when it runs again', () => {
  const one = view({ key: 'k' })
  assert.equal(parkedJob(one), {
    id: one.id,
    type: 'noop',
    key: 'k',
    status: 'failed',
    attempts: attempts(2),
    submittedAt: '1970-01-01T00:00:01.000Z',
    error: { code: 'AS_TOLD', message: 'failure 2' },
    runAt: '1970-01-01T00:01:00.000Z',
    waitsFor: 'retry',
  })
})

test('one that was replayed is queued, with its history', () => {
  const job = parkedJob(view({ reason: 'replay', attemptsBefore: 2 }))
  assert.is(job.status, 'queued')
  assert.is(job.error, undefined)
  assert.is(job.attempts.length, 2)
  assert.is(job.waitsFor, 'replay')
})

test('one without a time of its own says what it waits for', () => {
  const behind = parkedJob(view({ reason: 'order', dueAt: undefined, attempt: 0, attempts: [] }))
  assert.equal([behind.status, behind.waitsFor, 'runAt' in behind], ['queued', 'order', false])
  const held = parkedJob(view({ reason: 'limit', heldBy: 'type:noop', dueAt: undefined }))
  assert.equal([held.status, held.waitsFor], ['failed', 'type:noop'])
})

test('a tick of a schedule names it, where the value is at hand and can be read', () => {
  const schedule = { name: 'nightly', at: '2026-01-01T00:00:00Z' }
  const tick = view({ value: Buffer.from(JSON.stringify({ payload: 1, schedule })) })
  assert.equal(parkedJob(tick).schedule, schedule)
  const { value: _value, ...listed } = tick
  assert.is(parkedJob(listed).schedule, undefined)
  for (const value of ['null', '1', 'no', '{"schedule":1}', '[]'])
    assert.is(parkedJob(view({ value: Buffer.from(value) })).schedule, undefined, value)
})

test.run()
