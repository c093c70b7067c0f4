/** A handler that never ends: its attempts do; what runs on is counted, said, and in the end reason to be replaced. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call } from '../support/api.ts'
import { checksOf, endings, logOf, metric, said, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('a handler that hangs')

setUp(test, async () => {
  platform = await startPlatform('hangs', { MAX_ATTEMPTS: '1' })
  master = await platform.master()
})
test.after(() => platform?.stop())

const hanging = (type: string, count: number, timeoutMs = 100): object[] =>
  Array.from({ length: count }, () => ({ type, payload: { how: 'hangs' }, timeoutMs }))
const isTimeout = ({ status, error }: { status: string; error: { code: string } | null }): boolean =>
  status === 'dead' && error?.code === 'TIMEOUT'

test('its attempt ends at the time limit, and what runs on is counted and named in the log', async () => {
  const worker = await platform.worker()
  const ids = await submit(master, hanging('test.faulty', 3))
  assert.ok((await endings(platform, ids)).every(isTimeout))
  assert.is(await metric(worker, 'anomgrd_abandoned_attempts'), 3)
  const lines = await until('all are named', () => {
    const found = logOf(worker).filter(({ msg }) => msg.includes('its function still runs'))
    return found.length === 3 && found
  })
  assert.equal(lines.map(({ job }) => job).sort(), [...ids].sort())
  assert.ok(lines.every(({ type, level }) => type === 'test.faulty' && level === 'warn'))
  await workGoesOn(platform, master)
  assert.is((await checksOf(worker, '/health')).status, 200, 'three are few')
  assert.equal(await worker.stop(), { code: 0, signal: null })
})

test('one that ends late is no more counted', async () => {
  const worker = await platform.worker()
  const job = { type: 'test.faulty', payload: { how: 'hangs for a while', ms: 5_500 }, timeoutMs: 100 }
  assert.ok((await endings(platform, await submit(master, [job]))).every(isTimeout))
  assert.is(await metric(worker, 'anomgrd_abandoned_attempts'), 1)
  assert.is((await said(worker, /has ended at last/))['type'], 'test.faulty')
  assert.is(await metric(worker, 'anomgrd_abandoned_attempts'), 0)
  await worker.stop()
})

test('a worker with too many of them says so and leaves; the next one catches up', async () => {
  const worker = await platform.worker({ MAX_PARALLEL_JOBS: '1' })
  // One slot may leave four behind.
  const ids = await submit(master, hanging('test.faulty', 5))
  const failing = await until(
    '/health fails',
    async () => {
      const { body, status } = await call(`${worker.url}/health`)
      return status === 503 && (body as { checks: { handlers: string } }).checks.handlers
    },
    30_000,
  )
  assert.match(failing, /5 attempts were given up and still run; 4 may/)
  const more = await submit(
    master,
    Array.from({ length: 30 }, (_, n) => ({ type: 'test.echo', payload: n })),
  )
  assert.equal(await worker.ended, { code: 1, signal: null })
  const reason = logOf(worker).find(({ msg }) => msg === 'stopping')?.['reason']
  assert.is(reason, 'too many attempts were given up and still run')
  const next = await platform.worker()
  assert.ok((await endings(platform, ids)).every(isTimeout))
  assert.ok((await endings(platform, more)).every(({ status }) => status === 'succeeded'))
  await next.stop()
})

test('in a thread: the thread is ended with it, and nothing is left', async () => {
  const worker = await platform.worker()
  const ids = await submit(master, [
    ...hanging('test.faulty-thread', 3),
    { type: 'test.faulty-thread', payload: { how: 'blocks', ms: 3_600_000 }, timeoutMs: 100 },
  ])
  assert.ok((await endings(platform, ids)).every(isTimeout))
  await until('nothing is left', async () => (await metric(worker, 'anomgrd_abandoned_attempts')) === 0)
  await workGoesOn(platform, master)
  await worker.stop()
})

test('in a thread that can’t be ended: it is counted, and the worker still leaves when told', async () => {
  const worker = await platform.worker()
  const job = {
    type: 'test.faulty-thread',
    payload: { how: 'waits for a child process', ms: 20_000 },
    timeoutMs: 100,
  }
  assert.ok((await endings(platform, await submit(master, [job]))).every(isTimeout))
  assert.is((await said(worker, /its function still runs/))['type'], 'test.faulty-thread')
  assert.is(await metric(worker, 'anomgrd_abandoned_attempts'), 1)
  await workGoesOn(platform, master)
  const since = performance.now()
  // Node waits for its threads: only force ends this one.
  assert.equal(await worker.stop(), { code: null, signal: 'SIGKILL' })
  assert.ok(performance.now() - since < 10_000)
  const lines = logOf(worker)
  assert.ok(lines.some(({ msg }) => msg.includes('can’t be ended')))
  assert.is(lines.at(-1)?.msg, 'stopped', 'everything else was done before')
})

test.run()
