import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectJob, expectProblem, runJob } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let first: RunningProcess
let second: RunningProcess
const folder = mkdtempSync(join(tmpdir(), 'idempotency-'))

const test = suite('Idempotency-Key')

setUp(test, async () => {
  platform = await startPlatform('idem')
  const [one, two] = await Promise.all([platform.master(), platform.master(), platform.worker()])
  first = one
  second = two
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

const submit = (key: string, json: unknown, headers = {}, { url } = first): Promise<Answer> =>
  call(`${url}/api/jobs`, { json, headers: { 'idempotency-key': key, ...headers } })

const idsInLog = async (): Promise<string[]> =>
  (await readLog(platform, 'jobs')).map(({ headers }) => headers['id'] ?? '')

test('the same key and body stand for the same job, which is in the log once and runs once', async () => {
  const json = { type: 'test.echo', payload: { a: 1 }, key: 'k' }
  const before = expectJob(await submit('again', json), 202)
  const repeats = [await submit('again', json), await submit('again', json, {}, second)]
  for (const answer of repeats) {
    assert.is(expectJob(answer, 202).id, before.id)
    assert.is(answer.headers.get('location'), `/api/jobs/${before.id}`)
    assert.is(answer.headers.get('idempotency-replayed'), 'true')
  }
  const waited = expectJob(await submit('again', json, { prefer: 'wait=20' }), 200)
  assert.is(waited.id, before.id)
  assert.is(waited.status, 'succeeded')
  assert.equal(waited.result, { a: 1 })
  const late = await submit('again', json)
  assert.is((late.body as { id: string }).id, before.id)
  assert.is((await idsInLog()).filter((id) => id === before.id).length, 1)
})

test('a repeat of a job that has ended gives its result to those who wait', async () => {
  const json = { type: 'test.echo', payload: 'done' }
  const ended = expectJob(await submit('ended', json, { prefer: 'wait=20' }), 200)
  assert.equal(expectJob(await submit('ended', json, { prefer: 'wait=20' }, second), 200), ended)
})

test('twenty at once are one job, which is in the log once and runs once', async () => {
  const file = join(folder, 'runs')
  for (let round = 0; round < 5; round++) {
    const json = { type: 'test.work', payload: { file, name: `${round}`, ms: 20 } }
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(`at-once-${round}`, json)))
    const ids = new Set(answers.map((answer) => expectJob(answer, 202).id))
    assert.is(ids.size, 1)
    assert.is(answers.filter(({ headers }) => !headers.has('idempotency-replayed')).length, 1)
    expectJob(await submit(`at-once-${round}`, json, { prefer: 'wait=20' }), 200)
  }
  // The last of the log: whatever lies before it in its partition has run by then.
  await Promise.all([1, 2, 3, 4].map((n) => runJob(first.url, { type: 'noop', key: `k${n}` })))
  const ids = await idsInLog()
  const starts = readFileSync(file, 'utf8').match(/"what":"start"/g)?.length
  assert.equal({ inLog: ids.length, starts }, { inLog: new Set(ids).size, starts: 5 })
})

test('twenty at once on two masters are one job with one outcome', async () => {
  const json = { type: 'test.echo', payload: 'two', key: 'k' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => submit('two', json, { prefer: 'wait=20' }, n % 2 ? first : second)),
  )
  const jobs = answers.map((answer) => expectJob(answer, 200))
  assert.is(new Set(jobs.map(({ id }) => id)).size, 1)
  for (const job of jobs) assert.equal(job, jobs[0])
})

test('the order of JSON’s keys does not matter, at any depth; that of lists does', async () => {
  const raw = (text: string) =>
    call(`${first.url}/api/jobs`, { raw: text, headers: { 'idempotency-key': 'order' } })
  const one = await raw('{"type":"noop","payload":{"a":{"x":1,"y":[1,2]},"b":2},"maxAttempts":2}')
  const same = await raw(' {"maxAttempts":2, "payload":{"b":2,"a":{"y":[1,2],"x":1}},"type":"noop"}')
  assert.is(expectJob(same, 202).id, expectJob(one, 202).id)
  const other = await raw('{"type":"noop","payload":{"a":{"x":1,"y":[2,1]},"b":2},"maxAttempts":2}')
  expectProblem(other, 422, 'IDEMPOTENCY_MISMATCH')
})

for (const [what, other] of [
  ['payload', { type: 'noop', payload: 2 }],
  ['type', { type: 'test.echo', payload: 1 }],
  ['key', { type: 'noop', payload: 1, key: 'k' }],
  ['priority', { type: 'noop', payload: 1, priority: 'low' }],
  ['maxAttempts', { type: 'noop', payload: 1, maxAttempts: 3 }],
] as const) {
  test(`another ${what} under the same key is a 422, and no job`, async () => {
    const before = expectJob(await submit(`other-${what}`, { type: 'noop', payload: 1 }), 202)
    const problem = expectProblem(await submit(`other-${what}`, other), 422, 'IDEMPOTENCY_MISMATCH')
    assert.is(problem.retryable, false)
    expectProblem(await submit(`other-${what}`, other, {}, second), 422, 'IDEMPOTENCY_MISMATCH')
    const after = expectJob(await submit(`other-${what}`, { type: 'noop', payload: 1 }), 202)
    assert.is(after.id, before.id)
  })
}

test('a submission that is refused does not use up its key', async () => {
  expectProblem(await submit('refused', { type: 'test.strict', payload: {} }), 422)
  const payload = { name: 'n', size: { width: 1 } }
  assert.not((await submit('refused', { type: 'test.strict', payload })).headers.has('idempotency-replayed'))
})

test('without a key the same body is another job each time', async () => {
  const jobs = await Promise.all([1, 2].map(() => runJob(first.url, { type: 'noop', payload: 1 })))
  assert.is(new Set(jobs.map(({ id }) => id)).size, 2)
})

test('a key that is empty or longer than 255 characters is refused', async () => {
  for (const key of ['', 'x'.repeat(256)]) expectProblem(await submit(key, { type: 'noop' }), 422)
  expectJob(await submit('x'.repeat(255), { type: 'noop' }), 202)
})

test.run()
