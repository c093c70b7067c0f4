/** Attempts in threads: the line before them, their time limits, and what becomes of a thread that dies. */
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AttemptNotes } from '../../consumer/attempt-notes.ts'
import { Abort } from '../../consumer/engine/abort.ts'
import { type Attempt, runHandler } from '../../consumer/run-handler.ts'
import { Semaphore } from '../../consumer/semaphore.ts'
import { threadHeapMb } from '../../consumer/threads.ts'
import { codeOf, toError } from '../../core/errors.ts'
import type { Handler } from '../../core/handler.ts'
import { loadHandler } from '../../core/handlers/registry.ts'
import { settle } from '../fixtures/quiet.ts'
import { quietHost } from '../fixtures/quiet-host.ts'

const test = suite('threads')
const file = fileURLToPath(new URL('../fixtures/handlers/faulty-thread.ts', import.meta.url))
/** One slot: one thread, whatever the machine has. */
const host = quietHost(1, 64)
let handler: Handler
test.before(async () => {
  handler = await loadHandler(file)
})
test.after(() => host.threads.close())

const run = (
  payload: object,
  { timeoutMs = 60_000, lost = new Abort(), notes = new AttemptNotes() }: Partial<Attempt> = {},
): Promise<string> => {
  const more = { options: {}, traceparent: undefined }
  const job = { id: 'id', type: 't', key: undefined, payload, submittedAt: 0, ...more }
  return runHandler({ handler, file }, host, { job, attempt: 1, timeoutMs, lost, notes }).then(
    (json) => json ?? 'nothing',
    (error: unknown) => `${codeOf(error)}: ${toError(error).message}`,
  )
}

test('the time limit begins with the handler: neither the start of a thread nor the line before it counts', async () => {
  const first = run({ how: 'hangs for a while', ms: 600 }, { timeoutMs: 5_000 })
  const behind = [1, 2, 3].map(() => run({ how: 'hangs for a while', ms: 50 }, { timeoutMs: 400 }))
  assert.is(await first, 'nothing')
  assert.equal(await Promise.all(behind), ['nothing', 'nothing', 'nothing'])
  assert.is(
    await run({ how: 'hangs for a while', ms: 5_000 }, { timeoutMs: 200 }),
    'TIMEOUT: the attempt took longer than 200 ms',
  )
})

test('a job that is lost while it waits in line leaves it at once; the thread it waited for works on', async () => {
  const first = run({ how: 'hangs for a while', ms: 500 })
  const lost = new Abort()
  const waiting = run({ how: 'hangs' }, { lost })
  const last = run({ how: 'gives nothing' })
  await settle()
  lost.abort(new Error('somebody else’s'))
  assert.is(await waiting, 'INTERNAL: somebody else’s')
  assert.equal(await Promise.all([first, last]), ['nothing', 'nothing'])
})

test('a job that is lost before it begins never does', async () => {
  const lost = new Abort()
  lost.abort(new Error('gone'))
  assert.is(await run({ how: 'exits' }, { lost }), 'INTERNAL: gone')
})

test('those in line behind a thread that dies get another', async () => {
  const all = ['exits', 'gives nothing', 'throws in a timer', 'gives nothing', 'blocks', 'gives nothing'].map(
    (how) => run({ how, ms: 3_600_000 }, { timeoutMs: 300 }),
  )
  assert.equal(await Promise.all(all), [
    'HANDLER_FAILED: the handler’s thread ended: the handler ended it (exit code 3)',
    'nothing',
    'HANDLER_FAILED: in a timer',
    'nothing',
    'TIMEOUT: the attempt took longer than 300 ms',
    'nothing',
  ])
  assert.is(host.threads.unended, 0)
})

test('what a handler tells in its thread arrives whole with its result, however much it was, and whatever the result', async () => {
  const path = fileURLToPath(new URL('../fixtures/handlers/notes-thread.ts', import.meta.url))
  const telling = { handler: await loadHandler(path), file: path }
  for (const failures of [0, 1]) {
    const notes = new AttemptNotes()
    const payload = { steps: 300_000, lines: 150, failures }
    const more = { options: {}, traceparent: undefined, key: undefined, submittedAt: 0 }
    const job = { id: 'id', type: 't', payload, ...more }
    const about = { job, attempt: 1, timeoutMs: 60_000, lost: new Abort(), notes }
    const ended = await runHandler(telling, host, about).then(
      String,
      (error: unknown) => toError(error).message,
    )
    assert.is(ended, failures ? 'attempt 1 fails' : 'null')
    const { progress, log = [], logDropped } = notes.told()
    assert.equal([log.length, logDropped, log.at(-1)?.text], [100, 51, 'the last of attempt 1'])
    assert.equal(log[0]?.text, 'line 52 of attempt 1')
    assert.equal(progress, { fraction: 1, text: 'done 1' })
  }
})

test('a thread whose memory is used up ends, and the process does not', async () => {
  const why = 'HANDLER_FAILED: the handler’s thread ended: it ran out of memory'
  assert.equal(await Promise.all([run({ how: 'leaks' }), run({ how: 'leaks text' })]), [why, why])
  assert.is(await run({ how: 'gives nothing' }), 'nothing')
})

test('the semaphore: never more than there are slots, in order, and none is lost to those who leave the line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('take', 'give', 'leave'), { maxLength: 60 }),
      async (count, steps) => {
        const slots = new Semaphore(count)
        const line: { number: number; gone: AbortController }[] = []
        const got: number[] = []
        const expected: number[] = []
        let [number, held] = [0, 0]
        for (const step of steps) {
          if (step === 'take') {
            const gone = new AbortController()
            const own = ++number
            slots.take(gone.signal).then(
              () => got.push(own),
              () => {},
            )
            if (held < count) {
              held++
              expected.push(own)
            } else line.push({ number: own, gone })
          } else if (step === 'leave') line.splice(line.length >> 1, 1)[0]?.gone.abort()
          else if (held > 0) {
            slots.give()
            const next = line.shift()
            if (next) expected.push(next.number)
            else held--
          }
          await settle()
          assert.equal(got, expected)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('all threads together may have half of the main thread’s heap, none less than 64 MB', () => {
  assert.is(threadHeapMb(272 * 2 ** 20, 1), 136)
  assert.is(threadHeapMb(4_288 * 2 ** 20, 4), 536)
  assert.is(threadHeapMb(272 * 2 ** 20, 5), 64)
})

test.run()
