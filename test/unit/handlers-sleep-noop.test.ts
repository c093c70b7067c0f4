import { performance } from 'node:perf_hooks'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import noop from '../../consumer/handlers/noop.ts'
import sleep from '../../consumer/handlers/sleep.ts'
import { AppError } from '../../core/errors.ts'
import { z } from '../../core/handler.ts'
import { platformOf } from '../../core/handlers/platform.ts'

const test = suite('handlers noop and sleep')

const context = (signal: AbortSignal, attempt = 1) => ({
  id: '00000000-0000-8000-8000-000000000000',
  type: 'sleep',
  key: undefined,
  attempt,
  scheduledFor: undefined,
  signal,
  progress: () => {},
  log: () => {},
  platform: platformOf({}),
})

test('noop takes any payload, none included, and answers null', async () => {
  for (const payload of [undefined, null, 0, 'text', [], { a: { b: [1] } }]) {
    assert.ok(noop.schema.safeParse(payload).success)
    assert.is(await noop.run(payload, context(new AbortController().signal)), null)
  }
  assert.type(z.toJSONSchema(noop.schema, { io: 'input', unrepresentable: 'any' }), 'object')
})

test('neither runs in a thread', () => {
  assert.not(noop.thread)
  assert.not(sleep.thread)
})

test('sleep takes whole milliseconds from 0 to an hour and nothing else', () => {
  for (const ms of [0, 1, 3_600_000]) assert.ok(sleep.schema.safeParse({ ms }).success, `${ms}`)
  for (const payload of [
    {},
    null,
    { ms: -1 },
    { ms: 1.5 },
    { ms: 3_600_001 },
    { ms: '5' },
    { ms: 5, extra: 1 },
  ]) {
    assert.not(sleep.schema.safeParse(payload).success, JSON.stringify(payload))
  }
})

test('sleep fails as often as it is told, then succeeds', async () => {
  const { signal } = new AbortController()
  for (const [attempt, fails] of [
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    const ran = Promise.resolve(sleep.run({ ms: 0, failures: 2 }, context(signal, attempt)))
    assert.is(
      await ran.then(
        () => false,
        () => true,
      ),
      fails,
      `attempt ${attempt}`,
    )
  }
  for (const failures of [-1, 101, 1.5]) assert.not(sleep.schema.safeParse({ ms: 0, failures }).success)
})

test('sleep sleeps for as long as it is told and says so', async () => {
  const start = performance.now()
  assert.equal(await sleep.run({ ms: 30 }, context(new AbortController().signal)), { sleptMs: 30 })
  // Timers may fire up to a millisecond early.
  assert.ok(performance.now() - start >= 29)
})

test('an abort ends the sleep at once, with the signal’s own reason', async () => {
  const controller = new AbortController()
  const running = Promise.resolve(sleep.run({ ms: 3_600_000 }, context(controller.signal)))
  const reason = new AppError('CANCELLED', 'cancelled by the client')
  controller.abort(reason)
  const thrown = await running.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.is(thrown, reason)
})

test('a signal that was aborted before keeps the sleep from starting', async () => {
  const reason = new AppError('TIMEOUT', 'out of time')
  const thrown = await Promise.resolve(
    sleep.run({ ms: 3_600_000 }, context(AbortSignal.abort(reason))),
  ).catch((error: unknown) => error)
  assert.is(thrown, reason)
})

test.run()
