import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Job } from '../../core/job.ts'
import { makeJobId, readJobId } from '../../core/job-id.ts'
import { firstIdAt, fitsCancel } from '../../producer/cancel.ts'

const test = suite('which jobs a cancellation is for')

test('the first id of a time is above all ids before it, and below all from it on', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  const partition = fc.integer({ min: 0, max: 4_095 })
  fc.assert(
    fc.property(time, time, partition, (at, submittedAt, partition) => {
      const id = makeJobId({ submittedAt, partition, epoch: 0 })
      assert.is(id < firstIdAt(at), submittedAt < at)
    }),
  )
  // A time that no id has.
  assert.ok(firstIdAt(-1) < makeJobId({ submittedAt: 0, partition: 0, epoch: 0 }))
  assert.ok(firstIdAt(8.64e15) > makeJobId({ submittedAt: Date.now(), partition: 0, epoch: 0 }))
  assert.is(readJobId(firstIdAt(1)), undefined)
})

test('a job fits what all that is given fits; what has ended fits any status', () => {
  const job: Job = {
    id: makeJobId({ submittedAt: 5_000, partition: 0, epoch: 0 }),
    type: 'a',
    key: 'k',
    status: 'running',
    attempts: [],
    submittedAt: new Date(5_000).toISOString(),
  }
  for (const [filter, fits] of [
    [{}, true],
    [{ type: 'a', key: 'k', status: ['failed', 'running'], before: 5_001 }, true],
    [{ type: 'b' }, false],
    [{ key: 'K' }, false],
    [{ status: ['queued'] }, false],
    [{ before: 5_000 }, false],
  ] as const)
    assert.is(fitsCancel(job, filter), fits, JSON.stringify(filter))
  assert.ok(fitsCancel({ ...job, status: 'dead' }, { status: ['queued'] }))
  const { type: _type, ...unknown } = job
  assert.not.ok(fitsCancel(unknown, { type: 'a' }), 'of which the type is not known')
})

test.run()
