import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, call, expectJob, expectProblem } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess
let limited: RunningProcess

const test = suite('paths, methods and ids')

setUp(test, async () => {
  platform = await startPlatform('paths')
  const [one, two] = await Promise.all([platform.master(), platform.master({ QUEUE_LIMIT: '5' })])
  master = one
  limited = two
  // Something waits in every partition.
  await sendBatch(master.url, [
    ndjson(Array.from({ length: 20 }, (_, n) => ({ type: 'noop', key: `k${n}` }))),
  ])
})
test.after(() => platform?.stop())

const submit = (json: unknown): Promise<Answer> => call(`${master.url}/api/jobs`, { json })
const ask = (path: string, method = 'GET'): Promise<Answer> => call(`${master.url}${path}`, { method })

/** A job’s id with these parts: what the ids of the log look like. */
const idOf = (at: number, partition: number, tail = '000000000001'): string => {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-8${partition.toString(16).padStart(3, '0')}-8000-${tail}`
}

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

test('a waiting job is found by a master that did not accept it', async () => {
  const { id } = expectJob(await submit({ type: 'noop', key: 'elsewhere' }), 202)
  const job = expectJob(await call(`${limited.url}/api/jobs/${id}`), 200)
  assert.is(job.status, 'queued')
  assert.type(job.position, 'number')
})

test('a job that reached the log a minute after its id was made is found where it waits', async () => {
  // As after an outage: the id is reserved with the first try, and published with the repeat that succeeds.
  const now = Date.now()
  const late = idOf(now - 60_000, 2, '00000000aaaa')
  const producer = platform.kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  for (const [id, at] of [
    [idOf(now, 2, '00000000bbbb'), now],
    [late, now - 60_000],
  ] as const) {
    await producer.send({
      topic: platform.topic('jobs'),
      messages: [{ partition: 2, timestamp: `${at}`, value: '{}', headers: { id, type: 'noop' } }],
    })
  }
  await producer.disconnect()
  assert.is(expectJob(await ask(`/api/jobs/${late}`), 200).status, 'queued')
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

test.run()
