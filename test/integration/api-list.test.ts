import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, type JobView, runJob } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'

interface Page {
  readonly jobs: readonly JobView[]
  readonly next?: string
}

let platform: Platform
let first: RunningProcess
let second: RunningProcess

const test = suite('the list of jobs')

setUp(test, async () => {
  platform = await startPlatform('list')
  const [one, two] = await Promise.all([platform.master(), platform.master(), platform.worker()])
  first = one
  second = two
})
test.after(() => platform?.stop())

const page = async (query: string, { url } = first): Promise<Page> => {
  const answer = await call(`${url}/api/jobs?${query}`)
  assert.is(answer.status, 200, answer.text)
  return answer.body as Page
}

/** All pages from the newest on. */
const pages = async (query: string): Promise<JobView[]> => {
  const jobs: JobView[] = []
  for (let after = ''; ; ) {
    const { jobs: more, next } = await page(`${query}${after}`)
    jobs.push(...more)
    if (next === undefined) return jobs
    after = `&after=${next}`
  }
}

const idsOf = (jobs: readonly { readonly id?: string }[]): string[] => jobs.map(({ id = '' }) => id)
const newestFirst = (ids: readonly string[]): string[] => [...ids].sort().reverse()

const submitMany = async (count: number, submission: object): Promise<string[]> => {
  const { answers } = await sendBatch(first.url, [ndjson(Array.from({ length: count }, () => submission))])
  assert.is(answers.filter(({ id }) => id !== undefined).length, count)
  return idsOf(answers)
}

test('filters by status, type and key, alone and together, on any master', async () => {
  const made = [
    await runJob(first.url, { type: 'noop', key: 'a' }),
    await runJob(first.url, { type: 'test.echo', key: 'a', payload: 1 }),
    await runJob(first.url, { type: 'noop', key: 'b' }),
    await runJob(first.url, { type: 'test.work', key: 'b', payload: { failures: 9 }, maxAttempts: 1 }),
  ]
  for (const [query, expected] of [
    ['', [3, 2, 1, 0]],
    ['type=noop', [2, 0]],
    ['key=a', [1, 0]],
    ['key=a&type=noop', [0]],
    ['status=dead', [3]],
    ['status=succeeded', [2, 1, 0]],
    ['status=succeeded&key=b', [2]],
    ['status=queued', []],
    ['status=running', []],
    ['status=cancelled', []],
    ['type=none', []],
    ['key=A', []],
    ['limit=2', [3, 2]],
  ] as const) {
    for (const master of [first, second]) {
      const { jobs } = await page(query, master)
      assert.equal(
        idsOf(jobs),
        expected.map((index) => made[index]?.id),
        query,
      )
    }
  }
  const [dead] = (await page('status=dead')).jobs
  assert.is(dead?.attempts.length, 1)
  assert.is(dead?.error?.code, 'AS_TOLD')
})

test('waiting and running jobs are listed, too', async () => {
  const ids = await submitMany(30, { type: 'sleep', payload: { ms: 60 }, key: 'in-turn' })
  const { jobs } = await page('key=in-turn')
  assert.equal(idsOf(jobs), newestFirst(ids))
  const waiting = await page('key=in-turn&status=queued&limit=500')
  assert.ok(waiting.jobs.length > 10, `${waiting.jobs.length} wait`)
  assert.ok(
    waiting.jobs.every(({ status }) => status === 'queued'),
    'the filter holds',
  )
})

test('paging gives every job once, newest first, while jobs arrive, run and end', async () => {
  const type = 'sleep'
  const ids = await submitMany(300, { type, payload: { ms: 5 } })
  let over = false
  const arriving = (async () => {
    while (!over) await submitMany(10, { type, payload: { ms: 5 } })
  })()
  try {
    for (let round = 0; round < 3; round++) {
      const listed = idsOf(await pages(`type=${type}&limit=40`))
      assert.equal(listed, newestFirst(listed), 'newest first')
      assert.is(new Set(listed).size, listed.length, 'no repeats')
      const there = new Set(listed)
      assert.equal(
        ids.filter((id) => !there.has(id)),
        [],
        `round ${round}: no gaps`,
      )
    }
  } finally {
    over = true
    await arriving
  }
})

test('a page stays the same while its jobs go from waiting to ended', async () => {
  const ids = newestFirst(await submitMany(1_000, { type: 'test.work', payload: { ms: 3 } })).slice(0, 200)
  for (let ended = false; !ended; ) {
    const { jobs, next } = await page('type=test.work&limit=200')
    const listed = idsOf(jobs)
    assert.equal(
      { missing: ids.filter((id) => !listed.includes(id)).slice(0, 3), count: listed.length, next },
      { missing: [], count: 200, next: ids.at(-1) },
    )
    ended = jobs.every(({ status }) => status === 'succeeded')
  }
})

test('paging through waiting jobs misses none that waits on, however many end meanwhile', async () => {
  await submitMany(600, { type: 'test.echo', payload: 0 })
  for (;;) {
    const listed = idsOf(await pages('type=test.echo&status=queued&limit=20'))
    const still = idsOf((await page('type=test.echo&status=queued&limit=500')).jobs)
    assert.is(new Set(listed).size, listed.length, 'no repeats')
    assert.equal(still.filter((id) => !listed.includes(id)).slice(0, 3), [], 'no gaps')
    if (still.length === 0) return
  }
})

test('the last page has no next, and an empty one is no error', async () => {
  expectJob(await call(`${first.url}/api/jobs`, { json: { type: 'noop', key: 'last' } }), 202)
  const { jobs, next } = await page('key=last&limit=10')
  assert.is(jobs.length, 1)
  assert.is(next, undefined)
  assert.equal(await page(`key=last&after=${jobs[0]?.id}`), { jobs: [] })
})

test.run()
