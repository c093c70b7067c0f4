/** What a handler loads for its thread: what of it arrives, and how its time, its failures and its end count. */
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AttemptNotes } from '../../consumer/attempt-notes.ts'
import { Abort } from '../../consumer/engine/abort.ts'
import { runHandler } from '../../consumer/run-handler.ts'
import { codeOf, toError } from '../../core/errors.ts'
import { loadHandler, type RegisteredHandler } from '../../core/handlers/registry.ts'
import { quietHost } from '../fixtures/quiet-host.ts'

const test = suite('loading for a thread')
const file = fileURLToPath(new URL('../fixtures/handlers/load-thread.ts', import.meta.url))
const host = quietHost(1, 64)
let registered: RegisteredHandler
test.before(async () => {
  registered = { handler: await loadHandler(file), file }
})
test.after(() => host.threads.close())

const run = (
  payload: object,
  { timeoutMs = 60_000, lost = new Abort(), notes = new AttemptNotes() } = {},
) => {
  const job = {
    id: 'id',
    type: 't',
    key: undefined,
    payload,
    submittedAt: 0,
    options: {},
    traceparent: undefined,
  }
  return runHandler(registered, host, { job, attempt: 1, timeoutMs, lost, notes }).then(
    (json) => json ?? 'nothing',
    (error: unknown) => `${codeOf(error)}: ${toError(error).message}`,
  )
}

test('it loads in the main thread and runs in its own, typed arrays are such there, and both are of one log', async () => {
  const notes = new AttemptNotes()
  // 1 + 2 + … + 1000
  assert.is(await run({ numbers: 1_000 }, { notes }), '{"kind":"Float64Array","sum":500500}')
  const { log = [] } = notes.told()
  assert.equal(
    log.map(({ text }) => text),
    ['loads in the main thread', 'runs in the thread'],
  )
})

test('a payload that does not fit loads nothing', async () => {
  const notes = new AttemptNotes()
  assert.match(await run({ numbers: 'many' }, { notes }), /^REQUEST_INVALID: /)
  assert.is(notes.told().log, undefined)
})

test('what loading throws fails the attempt with its own code', async () => {
  assert.is(await run({ fails: true }), 'EMPTY: nothing to load')
})

test('the time limit holds for loading and running together', async () => {
  const late = 'TIMEOUT: the attempt took longer than 300 ms'
  assert.is(await run({ loadMs: 5_000 }, { timeoutMs: 300 }), late)
  assert.is(await run({ loadMs: 200, runMs: 200 }, { timeoutMs: 300 }), late)
  assert.is(await run({ loadMs: 100, runMs: 50 }, { timeoutMs: 600 }), '{"kind":"Float64Array","sum":6}')
})

test('a job that is lost while it loads ends with the reason', async () => {
  const lost = new Abort()
  const running = run({ loadMs: 5_000 }, { lost })
  lost.abort(new Error('somebody else’s'))
  assert.is(await running, 'INTERNAL: somebody else’s')
})

test('in the thread there is no store', async () => {
  assert.match(
    await run({ asks: true }),
    /^HANDLER_INVALID: a handler that runs in a thread has no connection/,
  )
})

test('a handler that does not run in a thread can’t load', async () => {
  const wrong = fileURLToPath(new URL('../fixtures/_load-here.ts', import.meta.url))
  const error = await loadHandler(wrong).catch((it: unknown) => it)
  assert.is(codeOf(error), 'HANDLER_INVALID')
  assert.match(toError(error).message, /load: is for handlers with `thread: true`/)
})

test.run()
