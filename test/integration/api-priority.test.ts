import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, expectProblem } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { type Platform, setUp, startPlatform, type TopicName } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

let platform: Platform
let master: RunningProcess
/** One that takes three jobs, whatever their priority. */
let narrow: RunningProcess

const test = suite('priority')

// Without a worker: what is submitted waits.
setUp(test, async () => {
  platform = await startPlatform('prio')
  ;[master, narrow] = await Promise.all([platform.master(), platform.master({ QUEUE_LIMIT: '3' })])
})
test.after(() => platform?.stop())

const idsIn = async (topic: TopicName): Promise<Set<string>> =>
  new Set((await readLog(platform, topic)).map(({ headers }) => headers['id'] ?? ''))

/** Of the fields between an id's variant and its random bits. */
const epochOf = (id: string): number => (Number.parseInt(id.slice(19, 23), 16) >> 6) & 0xff

test('counts for the limit of the queue together', async () => {
  const answers = []
  for (const priority of ['high', 'low', 'normal'])
    answers.push(await call(`${narrow.url}/api/jobs`, { json: { type: 'noop', priority } }))
  for (const answer of answers) expectJob(answer, 202)
  const deadline = Date.now() + 10_000
  for (;;) {
    // Its lag is read once a second.
    const answer = await call(`${narrow.url}/api/jobs`, { json: { type: 'noop', priority: 'high' } })
    if (answer.status === 429) {
      assert.match(expectProblem(answer, 429, 'QUEUE_FULL').detail ?? '', /\d+ jobs wait; the limit is 3/)
      break
    }
    assert.ok(Date.now() < deadline, 'it refuses')
  }
})

for (const [priority, topic, epoch] of [
  ['normal', 'jobs', 0],
  [undefined, 'jobs', 0],
  ['high', 'jobs.high', 64],
  ['low', 'jobs.low', 128],
] as const) {
  test(`${priority ?? 'none'}: the job is in its topic and nowhere else, and is found there by its id`, async () => {
    const submitted = expectJob(
      await call(`${master.url}/api/jobs`, { json: { type: 'noop', priority, key: 'k' } }),
      202,
    )
    assert.is(epochOf(submitted.id), epoch)
    for (const it of ['jobs', 'jobs.high', 'jobs.low'] as const)
      assert.is((await idsIn(it)).has(submitted.id), it === topic, it)
    // By one that has not accepted it.
    const found = expectJob(await call(`${narrow.url}/api/jobs/${submitted.id}`), 200)
    assert.is(found.status, 'queued')
    assert.is(found.priority, priority ?? 'normal')
    assert.ok((found.position ?? -1) >= 0)
    const { jobs } = (await call(`${master.url}/api/jobs?status=queued&limit=100`)).body as {
      jobs: { id: string; priority: string }[]
    }
    assert.is(jobs.find(({ id }) => id === submitted.id)?.priority, priority ?? 'normal')
  })
}

test('a batch is dealt out line by line', async () => {
  const priorities = ['low', 'high', 'normal', 'high'] as const
  const raw = priorities.map((priority) => JSON.stringify({ type: 'noop', priority })).join('\n')
  const answer = await call(`${master.url}/api/jobs/batch`, {
    raw,
    headers: { 'content-type': 'application/x-ndjson' },
  })
  const ids = answer.text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id)
  assert.equal(ids.map(epochOf), [128, 64, 0, 64])
})

test('of a control job it is ignored', async () => {
  const job = expectJob(
    await call(`${master.url}/api/jobs`, {
      json: { type: 'test.control', priority: 'high' },
      headers: { prefer: 'wait=20' },
    }),
    200,
  )
  assert.is(epochOf(job.id), 255)
  assert.is(job.priority, undefined)
  assert.ok((await idsIn('control')).has(job.id))
})

test('one that is none is refused, naming the field', async () => {
  const answer = await call(`${master.url}/api/jobs`, { json: { type: 'noop', priority: 'urgent' } })
  const problem = expectProblem(answer, 422, 'REQUEST_INVALID')
  assert.match(JSON.stringify(problem), '/priority')
})

test.run()
