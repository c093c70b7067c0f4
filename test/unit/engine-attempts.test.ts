/** One attempt of a handler: its payload, its time limit, its loss, its result. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { AttemptNotes } from '../../consumer/attempt-notes.ts'
import { Abort } from '../../consumer/engine/abort.ts'
import { MAX_RESULT_BYTES, resultJson } from '../../consumer/result-json.ts'
import { type Attempt, runHandler } from '../../consumer/run-handler.ts'
import { AppError, codeOf } from '../../core/errors.ts'
import { defineHandler, type HandlerContext } from '../../core/handler.ts'
import { settle } from '../fixtures/quiet.ts'
import { quietHost } from '../fixtures/quiet-host.ts'

const test = suite('runHandler')
const host = quietHost()

const attemptOf = (payload: unknown, more: Partial<Attempt> = {}): Attempt => ({
  job: {
    id: 'id',
    type: 't',
    key: 'k',
    payload,
    options: {},
    submittedAt: 0,
    traceparent: undefined,
  },
  attempt: 2,
  timeoutMs: 1_000,
  lost: new Abort(),
  notes: new AttemptNotes(),
  ...more,
})
const run = (
  handler: (payload: number, context: HandlerContext) => unknown,
  attempt: Attempt = attemptOf(1),
): Promise<string | undefined> =>
  runHandler(
    { handler: defineHandler({ type: 't', schema: z.number(), run: handler }), file: 'none' },
    host,
    attempt,
  )
const failure = async (running: Promise<unknown>): Promise<{ code: string; error: unknown }> => {
  try {
    await running
  } catch (error) {
    return { code: codeOf(error), error }
  }
  throw new Error('it succeeded')
}

test('gives the result as JSON, and the handler what it is told of the run', async () => {
  assert.is(
    await run((n, { id, type, key, attempt }) => ({ n, id, type, key, attempt })),
    '{"n":1,"id":"id","type":"t","key":"k","attempt":2}',
  )
  assert.is(await run(() => undefined), undefined)
  assert.is(await run(async () => null), 'null')
})

test('a tick of a schedule is told which one it is, any other job nothing', async () => {
  const { job, ...rest } = attemptOf(1)
  const schedule = { name: 's', at: '2026-01-02T03:04:05Z' }
  const scheduled = { ...rest, job: { ...job, options: { schedule } } }
  assert.is(await run((_n, { scheduledFor }) => scheduledFor, scheduled), JSON.stringify(schedule.at))
  assert.is(await run((_n, { scheduledFor }) => scheduledFor), undefined)
})

test('what a handler tells of itself is kept until its end, and nothing after', async () => {
  const attempt = attemptOf(1)
  let late = (): void => {}
  await run((_n, { progress, log }) => {
    late = () => {
      progress(0.9)
      log('too late')
    }
    progress(0.25, 'a quarter')
    log('one')
  }, attempt)
  late()
  const { progress, log } = attempt.notes.told()
  assert.equal([progress, log?.map(({ text }) => text)], [{ fraction: 0.25, text: 'a quarter' }, ['one']])
})

test('what an attempt told before it ran out of time is kept', async () => {
  const attempt = attemptOf(1, { timeoutMs: 20 })
  const told = ({ log }: HandlerContext): Promise<never> => {
    log('before')
    return new Promise(() => {})
  }
  assert.is((await failure(run((_n, context) => told(context), attempt))).code, 'TIMEOUT')
  assert.equal(
    attempt.notes.told().log?.map(({ text }) => text),
    ['before'],
  )
})

test('a payload that does not fit never reaches the handler, and is not tried again', async () => {
  let ran = false
  const { code, error } = await failure(
    run(() => {
      ran = true
    }, attemptOf('x')),
  )
  assert.is(code, 'REQUEST_INVALID')
  assert.ok(error instanceof AppError && !error.retryable)
  assert.not.ok(ran)
})

test('an attempt above its time limit ends, though the handler does not, and its signal says so', async () => {
  let reason: unknown
  const { code, error } = await failure(
    run(
      (_n, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason
        })
        return new Promise(() => {})
      },
      attemptOf(1, { timeoutMs: 20 }),
    ),
  )
  assert.is(code, 'TIMEOUT')
  assert.ok(error instanceof AppError && error.retryable)
  assert.is(reason, error)
})

test('an attempt of a job that is lost ends with the reason of the loss', async () => {
  const lost = new Abort()
  const running = failure(run(() => new Promise(() => {}), attemptOf(1, { lost })))
  lost.abort(new Error('somebody else’s'))
  assert.is(String((await running).error), 'Error: somebody else’s')
})

test('after the attempt its signal is aborted, so that what the handler left open ends', async () => {
  let signal: AbortSignal | undefined
  await run((_n, context) => {
    signal = context.signal
  })
  assert.ok(signal?.aborted)
})

test('nothing is rejected behind the back of the caller', async () => {
  const failures: unknown[] = []
  const note = (error: unknown): void => {
    failures.push(error)
  }
  process.on('unhandledRejection', note)
  const gone = new Abort()
  gone.abort(new Error('gone'))
  await failure(run(() => 1, attemptOf('x', { lost: gone })))
  await failure(
    run(
      () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 30)),
      attemptOf(1, { timeoutMs: 5 }),
    ),
  )
  await new Promise((resolve) => setTimeout(resolve, 60))
  await settle()
  process.off('unhandledRejection', note)
  assert.equal(failures, [])
})

test('a result that is no JSON, or too large, fails the attempt for good', async () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  for (const result of [cyclic, 1n, { n: 1n }, 'x'.repeat(MAX_RESULT_BYTES)]) {
    const { code, error } = await failure(run(() => result))
    assert.is(code, 'RESULT_INVALID')
    assert.ok(error instanceof AppError && !error.retryable)
  }
  assert.is(resultJson('x'.repeat(MAX_RESULT_BYTES - 2))?.length, MAX_RESULT_BYTES)
})

test.run()
