/** A handler that fills the memory: its thread ends for it, or its worker leaves while it still can. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endings, logOf, metric, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess

const test = suite('a handler that leaks')

setUp(test, async () => {
  platform = await startPlatform('leaks', { MAX_ATTEMPTS: '2' })
  master = await platform.master()
})
test.after(() => platform?.stop())

test('in a thread: the thread ends, the attempt fails and says why; the worker lives on', async () => {
  const worker = await platform.worker({ NODE_OPTIONS: '--max-old-space-size=128' })
  const jobs = [1, 2].map(() => ({ type: 'test.faulty-thread', payload: { how: 'leaks' } }))
  const ids = await submit(master, jobs)
  await workGoesOn(platform, master)
  for (const { status, attempts, error } of await endings(platform, ids, 60_000)) {
    assert.equal([status, attempts, error?.code], ['dead', 2, 'HANDLER_FAILED'])
    assert.is(error?.message, 'the handler’s thread ended: it ran out of memory')
  }
  await workGoesOn(platform, master)
  assert.equal(await worker.stop(), { code: 0, signal: null })
})

test('in the main thread, with every job a little: the worker says so, leaves in order, and the next one catches up', async () => {
  const worker = await platform.worker({
    NODE_ID: 'full',
    NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=4',
    MAX_PARALLEL_JOBS: '1',
  })
  const keeping = { type: 'test.faulty', payload: { how: 'keeps 1 MB', ms: 80 } }
  const jobs = Array.from({ length: 100 }, () => keeping)
  const ids = await submit(master, jobs)
  assert.equal(await worker.ended, { code: 1, signal: null })
  const lines = logOf(worker)
  const line = lines.find(({ msg }) => msg.includes('the heap is nearly full'))
  assert.is(line?.level, 'error')
  assert.ok((line?.['used'] as number) > 0.8)
  assert.is(lines.find(({ msg }) => msg === 'stopping')?.['reason'], 'the heap is nearly full')
  assert.is(lines.at(-1)?.msg, 'stopped')
  const next = await platform.worker({ NODE_ID: 'next' })
  const ended = await endings(platform, ids)
  assert.ok(ended.every(({ status, attempts }) => status === 'succeeded' && attempts === 1))
  assert.ok(ended.some(({ worker: by }) => by === 'full') && ended.some(({ worker: by }) => by === 'next'))
  assert.ok((await metric(next, 'anomgrd_heap_used_ratio')) < 0.8)
  await workGoesOn(platform, master)
})

test.run()
