import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectJob, expectProblem, pointers } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let limited: RunningProcess

const test = suite('problems')

setUp(test, async () => {
  platform = await startPlatform('prob')
  const [one, two] = await Promise.all([platform.master(), platform.master({ QUEUE_LIMIT: '5' })])
  master = one
  limited = two
})
test.after(() => platform?.stop())

const send = (raw: string | Uint8Array, headers = {}): Promise<Answer> =>
  call(`${master.url}/api/jobs`, { raw, headers })
const submit = (json: unknown): Promise<Answer> => send(JSON.stringify(json))
const ask = (path: string, method = 'GET'): Promise<Answer> => call(`${master.url}${path}`, { method })

/** A job’s id with these parts: what the ids of the log look like. */
const idOf = (at: number, partition: number, tail = '000000000001'): string => {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-8${partition.toString(16).padStart(3, '0')}-8000-${tail}`
}

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

const hour = 3_600_000
for (const [what, id] of [
  ['a random UUID', randomUUID()],
  ['nonsense', 'nonsense'],
  ['a number', '1'],
  ['an id of a year ago', idOf(Date.now() - 365 * 24 * hour, 1)],
  ['an id of an hour ago', idOf(Date.now() - hour, 1)],
  ['an id of tomorrow', idOf(Date.now() + 24 * hour, 1)],
  ['an id of year 10889', idOf(2 ** 48 - 1, 1)],
  ['an id of 1970', idOf(0, 1)],
  ['an id of a partition that is not there', idOf(Date.now(), 4095)],
  ['an id with a quote', '%27;drop table outcomes;--'],
] as const) {
  test(`a job that never was (${what}) is a 404`, async () => {
    expectProblem(await ask(`/api/jobs/${id}`), 404, 'NOT_FOUND')
    expectProblem(await ask(`/api/jobs/${id}/events`), 404, 'NOT_FOUND')
  })
}

// A waiting job is known by its place in the log, and what lies there is not read: an id made up for the time and the
// partition of jobs that wait is told to wait, too, until they have run.
test('an id that never was is told to wait at most, and only among jobs that wait', async () => {
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.push(expectJob(await submit({ type: 'noop', key: 'waits' }), 202).id)
  await until('the three wait', async () => {
    const jobs = await Promise.all(ids.map((id) => ask(`/api/jobs/${id}`)))
    return jobs.every((answer) => expectJob(answer, 200).status === 'queued')
  })
  const [, middle = ''] = ids
  const never = `${middle.slice(0, -12)}${middle.endsWith('0') ? '1' : '0'}${middle.slice(-11)}`
  const answer = await ask(`/api/jobs/${never}`)
  if (answer.status === 200) assert.is(expectJob(answer, 200).status, 'queued')
  else expectProblem(answer, 404, 'NOT_FOUND')
})

for (const [method, path, allowed] of [
  ['PUT', '/api/jobs', ['GET', 'POST']],
  ['PATCH', '/api/jobs', ['GET', 'POST']],
  ['GET', '/api/jobs/batch', ['POST']],
  ['PUT', '/api/jobs/batch', ['POST']],
  ['PUT', `/api/jobs/${randomUUID()}`, ['GET']],
  ['POST', `/api/jobs/${randomUUID()}/events`, ['GET']],
  ['POST', '/api/events', ['GET']],
  ['DELETE', '/api/types', ['GET']],
  ['POST', '/api/scaling', ['GET']],
  ['POST', '/api/openapi.json', ['GET']],
  ['POST', '/health', ['GET']],
  ['DELETE', '/metrics', ['GET']],
] as const) {
  test(`${method} ${path.replace(/[0-9a-f-]{36}/, ':id')} is a 405 with Allow`, async () => {
    const answer = await ask(path, method)
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
    const allow = (answer.headers.get('allow') ?? '').split(/, */)
    assert.ok(
      allowed.every((it) => allow.includes(it)),
      `Allow: ${allow}`,
    )
    assert.not(allow.includes(method))
  })
}

for (const path of [
  '/nothing',
  '/api',
  '/api/',
  '/api/nothing',
  '/api/jobs/a/b/c',
  '/api/docs/nothing.js',
  '//',
]) {
  test(`the unknown path ${path} is a 404`, async () => {
    expectProblem(await ask(path), 404, 'NOT_FOUND')
    expectProblem(await ask(path, 'POST'), 404, 'NOT_FOUND')
  })
}

test('a path that can’t be decoded is a 400 or a 404', async () => {
  const answer = await ask('/api/jobs/%E0%A4%A')
  assert.ok([400, 404].includes(answer.status), `${answer.status}`)
  expectProblem(answer, answer.status)
})

for (const query of [
  'status=no',
  'limit=0',
  'limit=501',
  'limit=x',
  'after=x',
  'type=No%20Such',
  'key=a&key=b',
]) {
  test(`GET /api/jobs?${query} is the client’s error`, async () => {
    const answer = await ask(`/api/jobs?${query}`)
    assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text}`)
    expectProblem(answer, answer.status)
  })
}

test('a query with NUL does no harm', async () => {
  const answer = await ask('/api/jobs?key=%00')
  if (answer.status !== 200) {
    assert.ok(answer.status < 500, answer.text)
    expectProblem(answer, answer.status)
  }
})

test('over QUEUE_LIMIT submissions are 429 with Retry-After, lines of a batch too', async () => {
  await sendBatch(master.url, [ndjson(Array.from({ length: 6 }, () => ({ type: 'noop' })))])
  const answer = await until('the limit holds', async () => {
    const found = await call(`${limited.url}/api/jobs`, { json: { type: 'noop' } })
    return found.status !== 202 && found
  })
  const problem = expectProblem(answer, 429)
  assert.is(problem.retryable, true)
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  const { answers } = await sendBatch(limited.url, [ndjson([{ type: 'noop' }, { type: 'no' }])])
  assert.equal(
    answers.map(({ status }) => status),
    [429, 422],
  )
  expectJob(await submit({ type: 'noop' }), 202)
})

test('HEAD answers as GET without a body, and an event stream’s HEAD does not hold up its connection', async () => {
  const answer = await ask('/api/types', 'HEAD')
  assert.is(answer.status, 200)
  assert.is(answer.text, '')
  const socket = connect(master.port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write('HEAD /api/events HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('both are answered', () => text.match(/HTTP\/1\.1 200/g)?.length === 2, 4_000).finally(() =>
    socket.destroy(),
  )
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
