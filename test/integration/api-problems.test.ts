import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectJob, expectProblem, pointers } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('problems')

setUp(test, async () => {
  platform = await startPlatform('prob')
  master = await platform.master()
})
test.after(() => platform?.stop())

const send = (raw: string | Uint8Array, headers = {}): Promise<Answer> =>
  call(`${master.url}/api/jobs`, { raw, headers })
const submit = (json: unknown): Promise<Answer> => send(JSON.stringify(json))
const ask = (path: string, method = 'GET'): Promise<Answer> => call(`${master.url}${path}`, { method })

for (const [what, raw] of [
  ['that is cut short', '{"type":"noop"'],
  ['that is no JSON', 'type=noop'],
  ['with something after it', '{"type":"noop"} {}'],
] as const) {
  test(`a body ${what} is a 400`, async () => {
    assert.is(expectProblem(await send(raw), 400, 'REQUEST_INVALID').retryable, false)
  })
}

for (const [what, raw] of [
  ['null', 'null'],
  ['a list', '[{"type":"noop"}]'],
  ['a string', '"noop"'],
  ['a number', '1'],
  ['without a type', '{"payload":1}'],
] as const) {
  test(`a body that is JSON and no submission (${what}) is a 422`, async () => {
    expectProblem(await send(raw), 422, 'REQUEST_INVALID')
  })
}

test('an empty body is a client’s error', async () => {
  const answer = await send('')
  assert.ok([400, 415, 422].includes(answer.status), `${answer.status}`)
  expectProblem(answer, answer.status)
})

test('an unknown type is a 422 that names /type and the types there are', async () => {
  const problem = expectProblem(await submit({ type: 'no.such.type' }), 422)
  assert.equal(pointers(problem), ['/type'])
  assert.match(problem.detail, 'test.echo')
})

test('a payload that does not fit is a 422 that names every wrong place', async () => {
  const payload = { name: '', size: { width: 101, 'a/b~c': 1 }, tags: ['ok', 3] }
  const problem = expectProblem(await submit({ type: 'test.strict', payload }), 422, 'REQUEST_INVALID')
  assert.equal(pointers(problem).sort(), [
    '/payload/name',
    '/payload/size/a~1b~0c',
    '/payload/size/width',
    '/payload/tags/1',
  ])
  const none = expectProblem(await submit({ type: 'test.strict' }), 422)
  assert.equal(pointers(none), ['/payload'])
})

for (const [what, extra, pointer] of [
  ['an unknown field', { priority: 1 }, '/priority'],
  ['a type that is no name', { type: 'No Such' }, '/type'],
  ['a type that is a number', { type: 1 }, '/type'],
  ['an empty key', { key: '' }, '/key'],
  ['a key that is a number', { key: 7 }, '/key'],
  ['a key of 513 bytes', { key: `${'é'.repeat(256)}x` }, '/key'],
  ['a key with NUL', { key: 'a\0b' }, '/key'],
  ['a key with a lone surrogate', { key: 'a\ud800' }, '/key'],
  ['no attempts', { maxAttempts: 0 }, '/maxAttempts'],
  ['101 attempts', { maxAttempts: 101 }, '/maxAttempts'],
  ['half an attempt', { maxAttempts: 1.5 }, '/maxAttempts'],
  ['a negative time limit', { timeoutMs: -1 }, '/timeoutMs'],
  ['a time limit as text', { timeoutMs: '100' }, '/timeoutMs'],
] as const) {
  test(`${what} is a 422 that names ${pointer}`, async () => {
    const problem = expectProblem(await submit({ type: 'noop', ...extra }), 422, 'REQUEST_INVALID')
    assert.equal(pointers(problem), [pointer])
  })
}

test('a key of 512 bytes is none too many', async () => {
  expectJob(await submit({ type: 'noop', key: 'é'.repeat(256) }), 202)
})

test('a body over 900,000 bytes is a 413 that says the limit', async () => {
  const frame = JSON.stringify({ type: 'noop', payload: '' }).length
  const answer = await submit({ type: 'noop', payload: 'x'.repeat(900_001 - frame) })
  assert.match(expectProblem(answer, 413, 'PAYLOAD_TOO_LARGE').detail, /900/)
})

test('a body without a length that grows over 900,000 bytes is a 413', async () => {
  const piece = Buffer.alloc(100_000, 'x')
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 0) controller.enqueue(Buffer.from('{"type":"noop","payload":"'))
      if (sent++ > 20) controller.close()
      else controller.enqueue(piece)
    },
  })
  const response = await fetch(`${master.url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    duplex: 'half',
  })
  expectProblem(
    { status: response.status, headers: response.headers, text: '', body: await response.json() },
    413,
    'PAYLOAD_TOO_LARGE',
  )
})

test('a body that is small and a record that would be too large is a 413', async () => {
  // JSON writes 1e20 with 21 digits.
  const answer = await send(`{"type":"noop","payload":[${Array(170_000).fill('1e20').join(',')}]}`)
  expectProblem(answer, 413, 'PAYLOAD_TOO_LARGE')
})

test('a payload nested 200,000 deep is taken or refused as the client’s error', async () => {
  const deep = `{"type":"noop","payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  for (const headers of [{}, { 'idempotency-key': 'deep' }]) {
    const answer = await send(deep, headers)
    if (answer.status !== 202) {
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text)
      expectProblem(answer, answer.status)
    }
  }
})

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/x-ndjson', 'nonsense']) {
  test(`Content-Type ${type} is a 415`, async () => {
    const answer = await send('{"type":"noop"}', { 'content-type': type })
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE')
  })
}

test('a batch that is no NDJSON is a 415', async () => {
  const answer = await call(`${master.url}/api/jobs/batch`, { raw: '{"type":"noop"}' })
  expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE')
})

test('a Content-Encoding that is not known is a 415', async () => {
  expectProblem(await send('{"type":"noop"}', { 'content-encoding': 'x-none' }), 415)
})

test('JSON with a charset, and a type that is JSON by its suffix, are taken', async () => {
  for (const type of ['application/json; charset=utf-8', 'application/cloudevents+json']) {
    expectJob(await send('{"type":"noop"}', { 'content-type': type }), 202)
  }
})

test('what was refused is not in the log, and the server serves on', async () => {
  const before = (await readLog(platform, 'jobs')).length
  const said = master.output().length
  await Promise.all([
    send('{'),
    submit({ type: 'no.such.type' }),
    submit({ type: 'test.strict', payload: {} }),
    submit({ type: 'noop', payload: 'x'.repeat(900_000) }),
  ])
  const socket = connect(master.port, '127.0.0.1')
  await new Promise((resolve) => socket.end('nonsense\r\n\r\n').resume().once('close', resolve))
  const { id } = expectJob(await submit({ type: 'noop' }), 202)
  const log = await readLog(platform, 'jobs')
  assert.is(log.length, before + 1)
  assert.ok(log.some(({ headers }) => headers['id'] === id))
  await until('it is ready', async () => (await ask('/ready')).status === 200)
  assert.is(master.hasEnded, false)
  assert.not.match(master.output().slice(said), /"level":"(error|fatal)"/)
})

test.run()
