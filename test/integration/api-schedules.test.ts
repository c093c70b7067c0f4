import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BEGINS_MS } from '../../core/store/schedules.ts'
import { type Answer, call, expectJob, expectProblem, pointers } from '../support/api.ts'
import { faultsOf, type Json } from '../support/json-schema.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const API_TOKENS = 'aaaaaaaa=submit,bbbbbbbb=read,cccccccc=submit+read+operate'

interface ScheduleView {
  readonly name: string
  readonly nextAt?: string
  readonly startAt: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly paused: boolean
  readonly next?: readonly string[]
  readonly recent?: readonly { readonly at: string; readonly jobId?: string; readonly skipped?: string }[]
}

let platform: Platform
let first: RunningProcess
let second: RunningProcess

const test = suite('schedules over the API')

setUp(test, async () => {
  platform = await startPlatform('schedules', { API_TOKENS })
  const [one, two] = await Promise.all([platform.master(), platform.master()])
  first = one
  second = two
})
test.after(() => platform?.stop())

const ask = (
  path: string,
  {
    json,
    method,
    master = first,
    token = 'cccccccc',
  }: { json?: unknown; method?: string; master?: RunningProcess; token?: string } = {},
): Promise<Answer> =>
  call(`${master.url}/api/schedules${path}`, {
    ...(json === undefined ? {} : { json }),
    ...(method === undefined ? {} : { method }),
    headers: { authorization: `Bearer ${token}` },
  })
const expectView = (answer: Answer, status = 200): ScheduleView => {
  assert.is(answer.status, status, answer.text)
  return answer.body as ScheduleView
}
const get = async (name: string, master = first): Promise<ScheduleView> =>
  expectView(await ask(`/${name}`, { master }))
const create = async (name: string, options: object = {}): Promise<ScheduleView> =>
  expectView(await ask('', { json: { name, intervalMs: 3_600_000, job: { type: 'noop' }, ...options } }), 201)
const parked = (name: string) =>
  platform.sql<{ id: string; due: Date; topic: string; key: string | null }>(
    `select parked.* from parked join schedule_ticks on job_id = id where schedule = $1 order by due`,
    [name],
  )

test('a schedule is created, and shown by every master with its next runs', async () => {
  const json = {
    name: 'nightly.scan-1',
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    startAt: '2031-03-29T00:00:00Z',
    job: {
      type: 'test.echo',
      payload: { a: [1, 'ü', null] },
      key: 'k',
      priority: 'low',
      maxAttempts: 3,
      backoffMs: 5,
    },
    missed: 'once',
    overlap: 'queue',
  }
  const answer = await ask('', { json })
  const created = expectView(answer, 201)
  assert.is(answer.headers.get('location'), '/api/schedules/nightly.scan-1')
  const { createdAt, updatedAt, ...rest } = created
  assert.is(createdAt, updatedAt)
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 5_000)
  assert.equal(rest, {
    ...json,
    startAt: '2031-03-29T00:00:00.000Z',
    paused: false,
    nextAt: '2031-03-29T01:30:00.000Z',
  })
  const { next, recent, ...shown } = await get('nightly.scan-1', second)
  assert.equal(shown, created)
  assert.equal(recent, [])
  // 2031-03-30 has no 02:30: it runs at 03:30.
  assert.equal(next, [
    '2031-03-29T01:30:00.000Z',
    '2031-03-30T01:30:00.000Z',
    '2031-03-31T00:30:00.000Z',
    '2031-04-01T00:30:00.000Z',
    '2031-04-02T00:30:00.000Z',
  ])
})

test('an interval begins with its creation, and its job and policies have defaults', async () => {
  const { createdAt, updatedAt: _updatedAt, ...rest } = await create('interval')
  assert.equal(rest, {
    name: 'interval',
    intervalMs: 3_600_000,
    timezone: 'UTC',
    startAt: createdAt,
    job: { type: 'noop' },
    missed: 'skip',
    overlap: 'allow',
    paused: false,
    nextAt: new Date(Date.parse(createdAt) + 3_600_000).toISOString(),
  })
})

test('what is wrong is told with its place', async () => {
  const good = { name: 'wrong', intervalMs: 1_000, job: { type: 'noop' } }
  const { intervalMs: _intervalMs, ...untimed } = good
  for (const [json, status, code, places] of [
    [untimed, 422, 'REQUEST_INVALID', ['/cron']],
    [{ ...good, cron: '* * * * *' }, 422, 'REQUEST_INVALID', ['/cron']],
    [{ ...good, intervalMs: 999 }, 422, 'REQUEST_INVALID', ['/intervalMs']],
    [{ ...untimed, cron: '61 * * * *' }, 422, 'REQUEST_INVALID', ['/cron']],
    [{ ...untimed, cron: '0 0 30 2 *' }, 422, 'REQUEST_INVALID', ['/cron']],
    [{ ...untimed, cron: 'x', timezone: 'Mars/Olympus' }, 422, 'REQUEST_INVALID', ['/cron', '/timezone']],
    [{ ...good, startAt: '2126-01-01T00:00:00Z' }, 422, 'REQUEST_INVALID', ['/startAt']],
    [{ ...good, startAt: 'soon' }, 422, 'REQUEST_INVALID', ['/startAt']],
    [{ ...good, name: 'a b' }, 422, 'REQUEST_INVALID', ['/name']],
    [{ ...good, name: '..' }, 422, 'REQUEST_INVALID', ['/name']],
    [{ ...good, missed: 'maybe', overlap: 1 }, 422, 'REQUEST_INVALID', ['/missed', '/overlap']],
    [{ ...good, job: { type: 'no.such' } }, 422, 'TYPE_UNKNOWN', ['/job/type']],
    [
      { ...good, job: { type: 'noop', runAt: '2027-01-01T00:00:00Z' } },
      422,
      'REQUEST_INVALID',
      ['/job/runAt'],
    ],
    [
      { ...good, job: { type: 'test.strict', payload: { name: 'x', size: { width: 101 } } } },
      422,
      'REQUEST_INVALID',
      ['/job/payload/size/width'],
    ],
    [{ ...good, job: { type: 'test.echo', payload: 'x'.repeat(64_000) } }, 413, 'PAYLOAD_TOO_LARGE', []],
  ] as const) {
    const problem = expectProblem(await ask('', { json }), status, code)
    assert.equal(pointers(problem).sort(), places, JSON.stringify(problem))
  }
  assert.is((await ask('/wrong')).status, 404)
})

test('a name is taken once, also by several at once', async () => {
  const json = { name: 'taken', intervalMs: 3_600_000, job: { type: 'noop' } }
  const answers = await Promise.all([first, second, first, second].map((master) => ask('', { json, master })))
  assert.equal(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  const refused = answers.find(({ status }) => status === 409)
  assert.ok(refused)
  assert.equal(pointers(expectProblem(refused, 409, 'SCHEDULE_EXISTS')), ['/name'])
})

test('PUT makes a schedule or replaces all of it, and keeps what it is counted from', async () => {
  const json = { intervalMs: 1_800_000, job: { type: 'noop', priority: 'high' }, overlap: 'skip' }
  const made = await ask('/put', { method: 'PUT', json })
  assert.is(made.headers.get('location'), '/api/schedules/put')
  const { createdAt } = expectView(made, 201)
  const replaced = expectView(
    await ask('/put', {
      method: 'PUT',
      json: { name: 'put', intervalMs: 3_600_000, job: { type: 'noop' }, paused: true },
    }),
  )
  const { updatedAt, ...rest } = replaced
  assert.ok(updatedAt > createdAt)
  assert.equal(rest, {
    name: 'put',
    intervalMs: 3_600_000,
    timezone: 'UTC',
    startAt: createdAt,
    job: { type: 'noop' },
    missed: 'skip',
    overlap: 'allow',
    paused: true,
    createdAt,
  })
  assert.equal(
    pointers(expectProblem(await ask('/put', { method: 'PUT', json: { ...json, name: 'other' } }), 422)),
    ['/name'],
  )
})

test('ticks become parked jobs, on one of the masters, and are shown', async () => {
  await create('ticking', { intervalMs: 1_000, job: { type: 'test.echo', payload: 1 } })
  const recent = await until('three ticks', async () => {
    const view = await get('ticking', second)
    return (view.recent?.length ?? 0) >= 3 && view.recent
  })
  const rows = await parked('ticking')
  assert.equal(
    recent.map(({ at, jobId }) => [at, jobId]).reverse(),
    rows.slice(0, recent.length).map(({ due, id }) => [due.toISOString(), id]),
  )
  assert.ok(rows.every(({ topic }) => topic === platform.topic('jobs')))
  const { text } = await call(`${first.url}/metrics`)
  const other = await call(`${second.url}/metrics`)
  const made = [text, other.text].map((it) =>
    Number(/anomgrd_schedule_ticks_total\{outcome="run"[^}]*\} (\d+)/.exec(it)?.[1] ?? 0),
  )
  assert.ok(made.reduce((a, b) => a + b) >= recent.length)
})

test('control jobs go to the master’s own topic', async () => {
  await create('control', { intervalMs: 1_000, job: { type: 'test.control' } })
  const [row] = await until('a tick', async () => {
    const rows = await parked('control')
    return rows.length > 0 && rows
  })
  assert.is(row?.topic, platform.topic('control'))
  assert.is((await ask('/control', { method: 'DELETE' })).status, 204)
})

test('a paused schedule has no next run and makes none, and goes on when it is resumed', async () => {
  await create('pausing', { intervalMs: 1_000 })
  await until('it ticks', async () => (await parked('pausing')).length > 0)
  const paused = expectView(await ask('/pausing/pause', { method: 'POST', master: second }))
  assert.equal([paused.paused, paused.nextAt], [true, undefined])
  const last = Date.parse(paused.updatedAt) + BEGINS_MS
  const before = await parked('pausing')
  assert.ok(
    before.every(({ due }) => due.getTime() <= last),
    'what was prepared is taken back',
  )
  const shown = await get('pausing')
  assert.equal([shown.paused, shown.nextAt, shown.next], [true, undefined, []])
  expectView(await ask('/pausing/pause', { method: 'POST' }))
  const resumed = expectView(await ask('/pausing/resume', { method: 'POST' }))
  assert.is(resumed.paused, false)
  await until('it ticks again', async () => (await parked('pausing')).length > before.length)
  const all = await parked('pausing')
  const meanwhile = all.filter(({ due }) => due.getTime() > last && due.toISOString() <= resumed.updatedAt)
  assert.equal(meanwhile, [])
  assert.is((await ask('/pausing', { method: 'DELETE' })).status, 204)
})

test('a run now is a job beside the ticks, also while it is paused', async () => {
  await create('now', { paused: true, overlap: 'queue' })
  const answer = await ask('/now/run', { method: 'POST' })
  const job = expectJob(answer, 202)
  assert.equal([job.type, job.key, job.status], ['noop', 'schedule:now', 'queued'])
  assert.is(answer.headers.get('location'), `/api/jobs/${job.id}`)
  const found = await call(`${first.url}/api/jobs/${job.id}`, {
    headers: { authorization: 'Bearer bbbbbbbb' },
  })
  assert.is(found.status, 200)
  assert.equal((await get('now')).recent, [])
})

test('a deleted schedule is gone, and so are its runs to come', async () => {
  await create('deleted', { intervalMs: 1_000 })
  await until('it ticks', async () => (await parked('deleted')).length > 0)
  assert.is((await ask('/deleted', { method: 'DELETE', master: second })).status, 204)
  for (const [path, method] of [
    ['/deleted', 'GET'],
    ['/deleted', 'DELETE'],
    ['/deleted/pause', 'POST'],
    ['/deleted/resume', 'POST'],
    ['/deleted/run', 'POST'],
  ] as const)
    expectProblem(await ask(path, { method }), 404, 'NOT_FOUND')
  const rows = await platform.sql(
    `select from parked where due > now() + interval '250 ms' and convert_from(value, 'UTF8')::json #>> '{schedule,name}' = 'deleted'`,
  )
  assert.is(rows.length, 0)
})

test('the list pages by name, and filters what is paused', async () => {
  const names = ['list-a', 'list-b', 'list-c', 'list-d', 'list-e']
  await Promise.all(names.map((name, n) => create(name, { paused: n % 2 === 1 })))
  const pages = async (query: string): Promise<ScheduleView[]> => {
    const all: ScheduleView[] = []
    for (let after = ''; ; ) {
      const answer = await ask(`?limit=2${query}${after}`, { master: second })
      const { schedules, next } = answer.body as { schedules: ScheduleView[]; next?: string }
      assert.is(answer.status, 200, answer.text)
      assert.ok(schedules.length <= 2)
      all.push(...schedules)
      if (next === undefined) return all
      after = `&after=${next}`
    }
  }
  const inList = (schedules: readonly ScheduleView[]): string[] =>
    schedules.map(({ name }) => name).filter((name) => name.startsWith('list-'))
  assert.equal(inList(await pages('')), names)
  assert.equal(inList(await pages('&paused=true')), ['list-b', 'list-d'])
  assert.equal(inList(await pages('&paused=false')), ['list-a', 'list-c', 'list-e'])
  assert.equal(pointers(expectProblem(await ask('?paused=maybe'), 422)), ['/paused'])
})

test('reading needs the role read, changing the role operate', async () => {
  for (const path of ['', '/list-a']) {
    assert.is((await ask(path, { token: 'bbbbbbbb' })).status, 200)
    expectProblem(await ask(path, { token: 'aaaaaaaa' }), 403, 'FORBIDDEN')
  }
  const json = { name: 'denied', intervalMs: 1_000, job: { type: 'noop' } }
  for (const [path, method, body] of [
    ['', 'POST', json],
    ['/denied', 'PUT', json],
    ['/list-a', 'DELETE', undefined],
    ['/list-a/pause', 'POST', undefined],
    ['/list-a/resume', 'POST', undefined],
    ['/list-a/run', 'POST', undefined],
  ] as const)
    expectProblem(await ask(path, { method, json: body, token: 'bbbbbbbb' }), 403, 'FORBIDDEN')
})

test('answers are as the OpenAPI document says', async () => {
  const document = (await call(`${first.url}/api/openapi.json`)).body as Json
  const check = (schema: string, value: unknown): void =>
    assert.equal(faultsOf(document, { $ref: `#/components/schemas/${schema}` }, value as Json), [])
  check('Schedule', await create('documented'))
  check('ScheduleDetails', await get('ticking'))
  check('SchedulePage', (await ask('?limit=3')).body)
})

test.run()
