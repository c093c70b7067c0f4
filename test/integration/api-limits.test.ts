/** Limits as the API takes and shows them; what workers make of them is another test's. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import { type Answer, call, expectJob, expectProblem, pointers } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

const API_TOKENS = 'rrrrrrrr=read+submit,oooooooo=submit+read+operate'

interface LimitView {
  readonly subject: string
  readonly type?: string
  readonly keyPrefix?: string
  readonly paused: boolean
  readonly concurrency?: number
  readonly rate?: number
  readonly running?: number
  readonly held: number
}

let platform: Platform
let master: RunningProcess

const test = suite('limits')

setUp(test, async () => {
  platform = await startPlatform('limits', { PARTITIONS: '1' })
  master = await platform.master({ API_TOKENS })
})
test.after(() => platform?.stop())
test.before.each(async () => {
  await platform.sql('delete from parked')
  await platform.sql('delete from limits')
})

const operate = { authorization: 'Bearer oooooooo' }
const ask = (method: string, path: string, json?: unknown, headers = operate): Promise<Answer> =>
  call(`${master.url}/api${path}`, { method, headers, ...(json === undefined ? {} : { json }) })
const changed = async (method: string, path: string, json?: unknown): Promise<LimitView> => {
  const answer = await ask(method, path, json)
  assert.is(answer.status, 200, answer.text)
  return answer.body as LimitView
}
const listed = async (): Promise<LimitView[]> =>
  ((await ask('GET', '/limits')).body as { limits: LimitView[] }).limits
const typeOf = async (type: string): Promise<{ limit?: object } | undefined> =>
  ((await ask('GET', '/types')).body as { types: { type: string; limit?: object }[] }).types.find(
    (it) => it.type === type,
  )

const park = (type: string, heldBy: string | null): Promise<unknown> =>
  platform.sql(
    `insert into parked (id, topic, partition, type, value, reason, due, held_by, attempt, attempts_before, attempts, submitted_at)
     values ($1, $2, 0, $3, '{}', $4, 'infinity', $5, 0, 0, '[]', now())`,
    [
      makeJobId({ submittedAt: Date.now(), partition: 0, epoch: 0 }),
      platform.topic('jobs'),
      type,
      heldBy === null ? 'order' : 'limit',
      heldBy,
    ],
  )

test('what is put is what is told, of a type and of keys, and a put replaces all of it', async () => {
  const one = { subject: 'type:noop', type: 'noop', held: 0 }
  const all = { paused: false, concurrency: 3, rate: 0.5 }
  assert.equal(await changed('PUT', '/limits/types/noop', all), { ...one, ...all, running: 0 })
  assert.equal((await typeOf('noop'))?.limit, all)
  assert.equal(await changed('PUT', '/limits/types/noop', { rate: 7, concurrency: null }), {
    ...one,
    paused: false,
    rate: 7,
  })
  const prefix = 'customer/ü 7%'
  const keys = await changed('PUT', `/limits/keys/${encodeURIComponent(prefix)}`, { paused: true })
  assert.equal(keys, { subject: `key:${prefix}`, keyPrefix: prefix, paused: true, held: 0 })
  assert.equal(await listed(), [keys, { ...one, paused: false, rate: 7 }])
  assert.is((await typeOf('sleep'))?.limit, undefined)
})

test('a limit that is removed, or limits nothing, is there only while it holds jobs', async () => {
  await changed('PUT', '/limits/types/noop', { concurrency: 1 })
  await park('noop', 'type:noop')
  assert.is((await listed())[0]?.held, 1)
  assert.is((await ask('DELETE', '/limits/types/noop')).status, 204)
  assert.equal(await listed(), [{ subject: 'type:noop', type: 'noop', paused: false, held: 1 }])
  assert.is((await typeOf('noop'))?.limit, undefined)
  await platform.sql('delete from parked')
  assert.equal(await listed(), [])
  assert.is((await ask('DELETE', '/limits/types/noop')).status, 204, 'again')
  assert.is((await ask('DELETE', '/limits/keys/never')).status, 204)
  await changed('PUT', '/limits/keys/k', { concurrency: 2 })
  await changed('PUT', '/limits/keys/k', {})
  assert.equal(await listed(), [])
})

test('pausing and resuming leaves the other limits as they are', async () => {
  await changed('PUT', '/limits/types/sleep', { concurrency: 4, rate: 2 })
  assert.is((await changed('POST', '/types/sleep/pause')).paused, true)
  const { paused, concurrency, rate } = await changed('POST', '/types/sleep/resume')
  assert.equal({ paused, concurrency, rate }, { paused: false, concurrency: 4, rate: 2 })
  assert.is((await changed('POST', '/types/noop/pause')).paused, true)
  assert.equal((await typeOf('noop'))?.limit, { paused: true })
  assert.is((await changed('POST', '/types/noop/resume')).paused, false)
  assert.equal(
    (await listed()).map(({ subject }) => subject),
    ['type:sleep'],
  )
})

test('permits that have not expired are what runs', async () => {
  await changed('PUT', '/limits/types/noop', { concurrency: 5 })
  for (const expires of ['10 s', '10 s', '-1 s'])
    await platform.sql(
      `insert into permits (subject, job_id, owner, expires_at) values ('type:noop', gen_random_uuid(), 'w', now() + $1::interval)`,
      [expires],
    )
  assert.is((await listed())[0]?.running, 2)
})

test('a type that no handler has is refused, unless jobs of it wait', async () => {
  for (const [method, path, json] of [
    ['PUT', '/limits/types/gone', { concurrency: 1 }],
    ['POST', '/types/gone/pause', undefined],
  ] as const) {
    expectProblem(await ask(method, path, json), 422, 'TYPE_UNKNOWN')
  }
  await park('gone', null)
  assert.is((await changed('PUT', '/limits/types/gone', { paused: true })).paused, true)
})

test('what is out of bounds is named, and changes nothing', async () => {
  for (const [body, where] of [
    [{ concurrency: 0 }, ['/concurrency']],
    [{ concurrency: 1.5, rate: 0 }, ['/concurrency', '/rate']],
    [{ concurrency: 100_001, rate: 1_000_001 }, ['/concurrency', '/rate']],
    [{ paused: 'yes' }, ['/paused']],
    [{ burst: 5 }, ['/burst']],
  ] as const) {
    assert.equal(pointers(expectProblem(await ask('PUT', '/limits/types/noop', body), 422)), [...where])
  }
  expectProblem(await ask('PUT', '/limits/types/NOOP', { paused: true }), 422, 'REQUEST_INVALID')
  expectProblem(await ask('PUT', `/limits/keys/${'k'.repeat(513)}`, { paused: true }), 422)
  expectProblem(await ask('PUT', '/limits/keys/%00', { paused: true }), 422)
  assert.is(
    (await ask('PUT', `/limits/keys/${'k'.repeat(512)}`, { concurrency: 100_000, rate: 0.01 })).status,
    200,
  )
  assert.is((await listed()).length, 1)
})

test('changes need the role operate', async () => {
  const reader = { authorization: 'Bearer rrrrrrrr' }
  for (const [method, path, json] of [
    ['PUT', '/limits/types/noop', { paused: true }],
    ['PUT', '/limits/keys/k', { paused: true }],
    ['DELETE', '/limits/types/noop', undefined],
    ['DELETE', '/limits/keys/k', undefined],
    ['POST', '/types/noop/pause', undefined],
    ['POST', '/types/noop/resume', undefined],
  ] as const) {
    expectProblem(await ask(method, path, json, reader), 403, 'FORBIDDEN')
  }
  assert.is((await ask('GET', '/limits', undefined, reader)).status, 200)
  assert.equal(await listed(), [])
})

test('jobs of a paused type are accepted as before', async () => {
  await changed('POST', '/types/noop/pause')
  expectJob(await ask('POST', '/jobs', { type: 'noop' }), 202)
})

test.run()
