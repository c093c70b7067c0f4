import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newId, park } from '../fixtures/park-rows.ts'
import {
  type Answer,
  call,
  expectJob,
  expectProblem,
  getJob,
  type JobView,
  pointers,
} from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let first: RunningProcess
let second: RunningProcess

const test = suite('cancelling jobs, and parked jobs in the list')

setUp(test, async () => {
  platform = await startPlatform('cancel')
  const [one, two] = await Promise.all([platform.master(), platform.master()])
  first = one
  second = two
})
test.before.each(() => platform.sql('truncate outcomes, parked').then(() => undefined))
test.after(() => platform?.stop())

interface Cancelled {
  readonly cancelled: number
  readonly tooLate: number
  readonly notFound: number
  readonly ids: readonly string[]
}

const submit = async (json: unknown): Promise<string> =>
  expectJob(await call(`${first.url}/api/jobs`, { json }), 202).id
const remove = (id: string, { url } = first): Promise<Answer> =>
  call(`${url}/api/jobs/${id}`, { method: 'DELETE' })
const cancelBy = (json: unknown): Promise<Answer> => call(`${first.url}/api/jobs/cancel`, { json })
const cancelled = async (json: unknown): Promise<Cancelled> => {
  const answer = await cancelBy(json)
  assert.is(answer.status, 200, answer.text)
  return answer.body as Cancelled
}
const list = async (query: string, { url } = first): Promise<JobView[]> => {
  const answer = await call(`${url}/api/jobs?${query}`)
  assert.is(answer.status, 200, answer.text)
  return (answer.body as { jobs: JobView[] }).jobs
}
const idsOf = (jobs: readonly { readonly id: string }[]): string[] => jobs.map(({ id }) => id)
const shown = async (id: string, { url } = first): Promise<JobView> => getJob(url, id)

test('a job that waits in the log is cancelled by the master that accepted it, once', async () => {
  const id = await submit({ type: 'noop', key: 'k' })
  const job = expectJob(await remove(id), 200)
  assert.equal(
    [job.id, job.status, job.type, job.key, job.error?.code, job.attempts],
    [id, 'cancelled', 'noop', 'k', 'CANCELLED', []],
  )
  assert.equal(await shown(id), job)
  assert.equal(expectJob(await remove(id), 200), job, 'again is no error')
  assert.equal(idsOf(await list('status=cancelled')), [id])
  assert.equal(idsOf(await list('status=queued&key=k')), [])
})

test('a job that waits in the log is cancelled by another master, which does not know its type', async () => {
  const id = await submit({ type: 'noop' })
  const job = expectJob(await remove(id, second), 200)
  assert.equal([job.status, job.type], ['cancelled', undefined])
  assert.is((await shown(id)).status, 'cancelled')
  // The master that accepted it does not take it for a waiting one either.
  assert.equal(
    (await list('limit=500')).filter((it) => it.id === id).map(({ status }) => status),
    ['cancelled'],
  )
})

test('a parked job is cancelled by any master, with its history', async () => {
  const id = await park(platform, { type: 'sleep', key: 'k', attempt: 2 })
  const job = expectJob(await remove(id, second), 200)
  assert.equal([job.status, job.type, job.key, job.attempts.length], ['cancelled', 'sleep', 'k', 2])
  assert.equal(await platform.sql('select id from parked'), [])
})

for (const status of ['succeeded', 'dead'] as const) {
  test(`a job that is ${status} is told so`, async () => {
    const id = newId()
    await platform.sql(
      `insert into outcomes (id, status, topic, partition, attempts, submitted_at, finished_at)
       values ($1, $2, 'x', 0, '[]', now(), now())`,
      [id, status],
    )
    const problem = expectProblem(await remove(id), 409, 'JOB_ENDED')
    assert.match(problem.detail, status)
    assert.is((await shown(id)).status, status)
  })
}

test('a job that never was can’t be cancelled', async () => {
  for (const id of ['nonsense', newId(0, Date.now() - 3_600_000), '%00'])
    expectProblem(await remove(id), 404, 'NOT_FOUND')
  assert.equal(await platform.sql('select id from outcomes'), [])
})

test('whoever waits for a job, or follows it, learns that it is cancelled', async () => {
  const events = await submit({ type: 'noop' })
  const followed = call(`${first.url}/api/jobs/${events}/events`, { limitMs: 20_000 })
  const waiting = call(`${first.url}/api/jobs`, {
    json: { type: 'noop', key: 'awaited' },
    headers: { prefer: 'wait=15' },
  })
  const awaited = await until('it waits', async () => (await list('key=awaited'))[0]?.id)
  const since = performance.now()
  await remove(awaited)
  assert.is(expectJob(await waiting, 200).status, 'cancelled')
  await remove(events)
  assert.match((await followed).text, '"status":"cancelled"')
  assert.ok(performance.now() - since < 5_000)
})

test('a filter cancels what fits all of it: parked jobs and those that wait here', async () => {
  const type = 'sleep'
  const waits = await submit({ type, payload: { ms: 1 }, key: 'a' })
  const other = await submit({ type, payload: { ms: 1 }, key: 'b' })
  const retry = await park(platform, { type, key: 'a', attempt: 1 })
  const delayed = await park(platform, { type, key: 'a', reason: 'delay' })
  assert.equal(await cancelled({ type, key: 'a', status: ['failed'] }), {
    cancelled: 1,
    tooLate: 0,
    notFound: 0,
    ids: [retry],
  })
  const { ids } = await cancelled({ type, key: 'a' })
  assert.equal(ids, [waits, delayed])
  assert.is((await shown(other)).status, 'queued')
  await cancelled({ key: 'b' })
})

test('a filter by time, and a limit: the newest first', async () => {
  const ids: string[] = []
  for (let n = 0; n < 4; n++) ids.push(await park(platform, { id: newId(0, 1_700_000_000_000 + n * 60_000) }))
  const before = new Date(1_700_000_000_000 + 2 * 60_000).toISOString()
  assert.equal((await cancelled({ before, limit: 1 })).ids, [ids[1]])
  assert.equal((await cancelled({ before, type: 'noop' })).ids, [ids[0]])
  assert.equal(
    idsOf(await list('type=noop&status=queued')).filter((id) => ids.includes(id)),
    [ids[3], ids[2]],
  )
})

test('by ids: what fits is cancelled, what has ended is too late, the rest is not found', async () => {
  const [mine, elsewhere, parked, ended] = [
    await submit({ type: 'noop' }),
    expectJob(await call(`${second.url}/api/jobs`, { json: { type: 'noop' } }), 202).id,
    await park(platform),
    await submit({ type: 'noop' }),
  ]
  await remove(ended)
  const never = newId(0, 1_600_000_000_000)
  const ids = [mine, elsewhere, parked, ended, never, mine]
  const { ids: gone, ...counts } = await cancelled({ ids })
  assert.equal(counts, { cancelled: 3, tooLate: 1, notFound: 1 })
  assert.equal([...gone].sort(), [mine, elsewhere, parked].sort())
  assert.equal(await cancelled({ ids: [mine], type: 'sleep' }), {
    cancelled: 0,
    tooLate: 0,
    notFound: 1,
    ids: [],
  })
})

test('thousands at once are cancelled, of which a hundred are named', async () => {
  await platform.sql(
    `insert into parked (id, topic, partition, type, value, reason, due, attempt, attempts_before, attempts, submitted_at)
     select (substr(lpad(to_hex(1700000000000 + n), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(1700000000000 + n), 12, '0'), 9)
             || '-8000-8000-000000000000')::uuid,
            $1, 0, 'bulk', '{}', 'delay', 'infinity', 0, 0, '[]', now()
       from generate_series(1, 3000) as n`,
    [platform.topic('jobs')],
  )
  const answer = await cancelled({ type: 'bulk', limit: 2_500 })
  assert.equal([answer.cancelled, answer.ids.length], [2_500, 100])
  assert.is((await cancelled({ type: 'bulk' })).cancelled, 500)
  assert.equal(await platform.sql('select id from parked'), [])
})

for (const [body, at] of [
  [{}, ''],
  [{ limit: 5 }, ''],
  [{ ids: [] }, '/ids'],
  [{ ids: ['x'] }, '/ids/0'],
  [{ status: ['dead'] }, '/status/0'],
  [{ type: 'noop', limit: 10_001 }, '/limit'],
  [{ type: 'noop', typ: 1 }, '/typ'],
  [{ before: 'now' }, '/before'],
] as const) {
  test(`a cancellation of ${JSON.stringify(body)} is refused`, async () => {
    assert.equal(pointers(expectProblem(await cancelBy(body), 422, 'REQUEST_INVALID')), [at])
  })
}

test('a parked job is shown by every master: why it waits, until when, with its attempts', async () => {
  const schedule = { name: 'nightly', at: '2026-01-01T00:00:00Z' }
  const id = await park(platform, {
    key: 'k',
    attempt: 2,
    due: '2099-01-01T00:00:00Z',
    value: JSON.stringify({ payload: 1, schedule }),
  })
  for (const master of [first, second]) {
    const job = await shown(id, master)
    assert.equal(
      [
        job.status,
        job.type,
        job.key,
        job.waitsFor,
        job.runAt,
        job.priority,
        job.schedule,
        job.attempts.length,
      ],
      ['failed', 'noop', 'k', 'retry', '2099-01-01T00:00:00.000Z', 'normal', schedule, 2],
    )
    assert.is(job.error?.message, 'failure 2')
    assert.equal(idsOf(await list('key=k&status=failed', master)), [id])
  }
  const held = await park(platform, { key: 'k', reason: 'limit', heldBy: 'type:noop', due: 'infinity' })
  const { status, waitsFor, runAt } = await shown(held)
  assert.equal([status, waitsFor, runAt], ['queued', 'type:noop', undefined])
  assert.equal(idsOf(await list('key=k&status=queued')), [held])
  assert.equal(idsOf(await list('key=k')), [held, id])
})

test('a job that this master accepted and that was parked since is listed once, as it is parked', async () => {
  const id = await submit({ type: 'noop', key: 'moved' })
  await park(platform, { id, key: 'moved', attempt: 1 })
  assert.equal(
    (await list('key=moved')).map((job) => [job.id, job.status, job.waitsFor]),
    [[id, 'failed', 'retry']],
  )
  assert.equal(await list('key=moved&status=queued'), [])
})

test('pages go through parked, waiting and ended jobs alike, each once', async () => {
  const made: string[] = []
  for (let n = 0; n < 12; n++) {
    const at = Date.now()
    if (n % 3 === 0) made.push(await park(platform, { key: 'pages', id: newId(0, at) }))
    else made.push(await submit({ type: 'noop', key: 'pages' }))
    if (n % 3 === 2) await remove(made.at(-1) ?? '')
  }
  const listed: string[] = []
  for (let after = ''; ; ) {
    const answer = await call(`${first.url}/api/jobs?key=pages&limit=5${after}`)
    const { jobs, next } = answer.body as { jobs: JobView[]; next?: string }
    listed.push(...idsOf(jobs))
    if (next === undefined) break
    after = `&after=${next}`
  }
  assert.equal(listed, made.toSorted().reverse())
})

test.run()
