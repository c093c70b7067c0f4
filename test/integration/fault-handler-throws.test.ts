/** A handler that throws: whatever it throws, and also beside its promise, the jobs beside it and the worker go on. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checksOf, endings, logOf, metric, submit, workGoesOn } from '../support/faults.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let worker: RunningProcess

const test = suite('a handler that throws')

setUp(test, async () => {
  platform = await startPlatform('throws', { MAX_ATTEMPTS: '1' })
  master = await platform.master()
  worker = await platform.worker()
})
test.after(() => platform?.stop())

const types = ['test.faulty', 'test.faulty-thread']
const run = async (type: string, ...faults: string[]) =>
  endings(
    platform,
    await submit(
      master,
      faults.map((how) => ({ type, payload: { how } })),
    ),
  )

const isWell = async (): Promise<void> => {
  await workGoesOn(platform, master)
  assert.not.ok(worker.hasEnded)
  for (const path of ['/health', '/ready'] as const) {
    const { checks } = await checksOf(worker, path)
    // A machine that is busy with other things may take the processor away for a second.
    const faults = Object.values(checks).filter((it) => it !== 'ok' && !it.includes('stood still'))
    assert.equal(faults, [], path)
  }
}

for (const type of types) {
  test(`${type}: anything thrown fails the attempt and is told as it was`, async () => {
    const before = await metric(worker, 'anomgrd_jobs_finished_total', `type="${type}",status="dead"`)
    const ended = await run(
      type,
      'throws text',
      'throws nothing',
      'throws an error of its own',
      'throws traps',
      'throws a proxy',
      'throws 20 MB',
      'throws NUL',
    )
    assert.ok(ended.every(({ status }) => status === 'dead'))
    assert.equal(
      ended.map(({ error }) => [error?.code, error?.message.slice(0, 50)]),
      [
        ['HANDLER_FAILED', 'as text'],
        ['HANDLER_FAILED', 'undefined'],
        ['E_MINE', 'mine'],
        ['HANDLER_FAILED', 'an error that says nothing'],
        ['HANDLER_FAILED', 'something that can’t be told was thrown'],
        ['HANDLER_FAILED', 'x'.repeat(50)],
        ['HANDLER_FAILED', 'before\ufffdafter \ufffd'],
      ],
    )
    assert.is(ended[5]?.error?.message.length, 10_000)
    await isWell()
    assert.is(await metric(worker, 'anomgrd_jobs_finished_total', `type="${type}",status="dead"`), before + 7)
  })

  test(`${type}: what is thrown beside its promise fails the attempt at once`, async () => {
    const since = performance.now()
    const ended = await run(type, 'throws in a timer', 'throws in a listener', 'forgets a rejection')
    assert.ok(performance.now() - since < 10_000, 'nothing waited for its time limit, 5 minutes')
    assert.equal(
      ended.map(({ status, error }) => [status, error?.code, error?.message]),
      [
        ['dead', 'HANDLER_FAILED', 'in a timer'],
        ['dead', 'HANDLER_FAILED', 'in a listener'],
        ['dead', 'HANDLER_FAILED', 'forgotten'],
      ],
    )
    for (const { id, error } of ended) {
      const line = await until('it is told', () =>
        logOf(worker).find(({ job, msg }) => job === id && msg.includes('outside of its promise')),
      )
      assert.is(line['type'], type)
      assert.is(line.level, 'error')
      const err = line['err'] as { message: string; stack: string }
      assert.is(err.message, error?.message)
      assert.match(err.stack, /_faults\.ts:\d+/, 'where it was thrown')
    }
    await isWell()
    assert.is(await metric(worker, 'anomgrd_handler_strays_total', `type="${type}"`), 3)
  })

  test(`${type}: what is thrown after its end changes no result and ends nothing`, async () => {
    const before = await metric(worker, 'anomgrd_handler_strays_total', `type="${type}"`)
    const ended = await run(type, 'throws after its end', 'rejects after its end')
    assert.equal(
      ended.map(({ status, result }) => [status, result]),
      [
        ['succeeded', '"ended"'],
        ['succeeded', '"ended"'],
      ],
    )
    await until(
      'both are counted',
      async () => (await metric(worker, 'anomgrd_handler_strays_total', `type="${type}"`)) === before + 2,
    )
    const lines = await until('both are told', () => {
      const found = logOf(worker).filter(({ job }) => ended.some(({ id }) => id === job))
      return found.length === 2 && found
    })
    assert.ok(lines.every(({ late }) => late === true))
    await isWell()
  })
}

test('what is thrown by its listeners for the abort is its own, on time limit and after its end', async () => {
  const before = await metric(worker, 'anomgrd_handler_strays_total', 'type="test.faulty"')
  const payload = (ms: number): object => ({ how: 'throws when it is aborted', ms })
  const ids = await submit(master, [
    { type: 'test.faulty', payload: payload(0) },
    { type: 'test.faulty', payload: payload(400), timeoutMs: 100 },
  ])
  const ended = await endings(platform, ids)
  assert.equal(
    ended.map(({ status, error }) => [status, error?.code]),
    [
      ['succeeded', undefined],
      ['dead', 'TIMEOUT'],
    ],
  )
  await isWell()
  assert.is(await metric(worker, 'anomgrd_handler_strays_total', 'type="test.faulty"'), before + 4)
})

test.run()
