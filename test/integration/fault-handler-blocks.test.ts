/**
 * A handler that computes in the main thread: nothing else of the worker runs meanwhile. For seconds it is said; for ever
 * it ends the process. In a thread it does no harm.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksOf, endings, logOf, metric, neighbours, said, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess
const folder = mkdtempSync(join(tmpdir(), 'fault-blocks-'))

const test = suite('a handler that blocks the event loop')

setUp(test, async () => {
  platform = await startPlatform('blocks', { MAX_ATTEMPTS: '1' })
  master = await platform.master()
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

interface Running {
  readonly job: string
  readonly type: string
}

test('for three seconds: the log names the jobs, the metric counts, /ready tells, the worker goes on', async () => {
  const worker = await platform.worker()
  const ids = await submit(master, [
    ...neighbours(10),
    { type: 'test.faulty', payload: { how: 'blocks', ms: 3_000 } },
    ...neighbours(10),
  ])
  assert.ok((await endings(platform, ids)).every(({ status }) => status === 'succeeded'))
  const line = await said(worker, /the event loop stood still/)
  assert.is(line.level, 'warn')
  const ms = line['ms'] as number
  assert.ok(ms > 2_000 && ms < 4_500, `${ms} ms`)
  assert.equal((line['running'] as Running[])[0], { job: ids[10], type: 'test.faulty' })
  assert.is(await metric(worker, 'anomgrd_event_loop_standstill_seconds_count'), 1)
  assert.match(
    (await checksOf(worker, '/ready')).checks['handlers'] ?? '',
    /stood still for \d+ ms, running .*test\.faulty/,
  )
  assert.is((await checksOf(worker, '/health')).status, 200)
  assert.equal(await worker.stop(), { code: 0, signal: null })
})

test('in a thread: nothing stands still', async () => {
  const worker = await platform.worker()
  const [id = ''] = await submit(master, [
    { type: 'test.faulty-thread', payload: { how: 'blocks', ms: 2_500 } },
  ])
  await workGoesOn(platform, master)
  assert.is((await endings(platform, [id]))[0]?.status, 'succeeded')
  assert.not.ok(logOf(worker).some(({ msg }) => msg.includes('stood still')))
  await worker.stop()
})

test('for ever: the process says what runs, and where, and ends by SIGKILL; another one does all of the work', async () => {
  const worker = await platform.worker({ NODE_ID: 'stuck' })
  // Only one: until crashes are counted a job that blocks each time would end each worker in turn.
  const once = join(folder, 'blocked')
  const blocking = { type: 'test.faulty', payload: { how: 'blocks', ms: 3_600_000, once } }
  const ids = await submit(master, [...neighbours(5), blocking, ...neighbours(20)])
  const since = performance.now()
  const next = await platform.worker({ NODE_ID: 'next' })
  assert.equal(await worker.ended, { code: null, signal: 'SIGKILL' })
  const took = performance.now() - since
  assert.ok(took > 10_000 && took < 30_000, `it took ${took} ms`)
  const line = logOf(worker).find(({ level }) => level === 'fatal')
  assert.is(line?.['node'], 'stuck')
  assert.ok((line?.['standstillMs'] as number) >= 15_000)
  assert.equal((line?.['running'] as Running[])[0], { job: ids[5], type: 'test.faulty' })
  assert.match((line?.['stack'] as string[]).join('\n'), /^(spin|blocks) \(file:.*_faults\.ts:\d+:\d+\)$/m)
  const ended = await endings(platform, ids, 30_000)
  assert.ok(ended.every(({ status }) => status === 'succeeded'))
  assert.is(ended[5]?.result, '"done before"')
  await workGoesOn(platform, master)
  assert.not.ok(next.hasEnded)
})

test.run()
