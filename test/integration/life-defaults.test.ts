/** What holds for a job that says nothing itself: what its type says, then what the product says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runJob } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess
const test = suite('defaults of a type')

setUp(test, async () => {
  platform = await startPlatform('defaults', { MAX_ATTEMPTS: '3', BACKOFF_MS: '1' })
  ;[master] = await Promise.all([platform.master(), platform.worker()])
})
test.after(() => platform?.stop())

const attemptsOf = async (json: object): Promise<(string | undefined)[]> => {
  const { status, attempts } = await runJob(master.url, json)
  assert.is(status, 'dead')
  return attempts.map(({ error }) => error?.message)
}
const late = (ms: number): string => `the attempt took longer than ${ms} ms`

test('those of the type hold', async () => {
  assert.equal(await attemptsOf({ type: 'test.defaults' }), [late(150), late(150)])
})

test('what the job says itself comes first', async () => {
  assert.equal(await attemptsOf({ type: 'test.defaults', maxAttempts: 1, timeoutMs: 80 }), [late(80)])
})

test('of a type that says nothing the product’s hold', async () => {
  const failing = { type: 'sleep', payload: { ms: 0, failures: 9 } }
  assert.is((await attemptsOf(failing)).length, 3)
})

test.run()
