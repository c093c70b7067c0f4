/** A handler that calls `process.exit`: it ends itself, or its thread, and nothing beside it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { endings, metric, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess
let worker: RunningProcess

const test = suite('a handler that exits')

setUp(test, async () => {
  platform = await startPlatform('exits', { MAX_ATTEMPTS: '2' })
  master = await platform.master()
  worker = await platform.worker()
})
test.after(() => platform?.stop())

const run = async (type: string, how: string, count: number) =>
  endings(
    platform,
    await submit(
      master,
      Array.from({ length: count }, () => ({ type, payload: { how } })),
    ),
  )

test('in the main thread: the call throws, at once and in a timer; the worker lives on', async () => {
  for (const how of ['exits', 'exits later']) {
    const ended = await run('test.faulty', how, 3)
    assert.equal(
      ended.map(({ status, attempts, error }) => [status, attempts, error?.code, error?.message]),
      Array.from({ length: 3 }, () => ['dead', 2, 'HANDLER_FAILED', 'the handler called process.exit(3)']),
    )
  }
  await workGoesOn(platform, master)
  assert.not.ok(worker.hasEnded)
})

test('in a thread: the thread ends, the attempt fails, also of those that wait behind; a new one does the rest', async () => {
  for (const how of ['exits', 'exits later']) {
    // More than there are threads: those that wait must not wait for a thread that died.
    const ended = await run('test.faulty-thread', how, 6)
    assert.equal(
      ended.map(({ status, attempts, error }) => [status, attempts, error?.code, error?.message]),
      Array.from({ length: 6 }, () => [
        'dead',
        2,
        'HANDLER_FAILED',
        'the handler’s thread ended: the handler ended it (exit code 3)',
      ]),
    )
  }
  await workGoesOn(platform, master)
  const [fine] = await run('test.faulty-thread', 'gives nothing', 1)
  assert.is(fine?.status, 'succeeded')
  assert.not.ok(worker.hasEnded)
  assert.is(
    await metric(worker, 'anomgrd_abandoned_attempts'),
    6,
    'of the main thread’s handlers that wait for ever',
  )
})

test('the worker itself still ends when told', async () => {
  assert.equal(await worker.stop(), { code: 0, signal: null })
})

test.run()
