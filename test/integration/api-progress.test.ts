/** What attempts tell of themselves: seen on every master while they run, and after. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AttemptView, call, expectJob, getJob, type JobView } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { type EventReader, openEvents } from '../support/sse.ts'
import { until } from '../until.ts'

const test = suite('progress and logs')
const folder = mkdtempSync(join(tmpdir(), 'progress-'))
let platform: Platform
let first: RunningProcess
let second: RunningProcess

setUp(test, async () => {
  platform = await startPlatform('progress', { PARTITIONS: '1' })
  const [one, two] = await Promise.all([platform.master(), platform.master(), platform.worker()])
  first = one
  second = two
})
test.after(async () => {
  rmSync(folder, { recursive: true })
  await platform?.stop()
})

/** Lets an attempt go on. */
const go = (name: string, attempt: number): void => writeFileSync(join(folder, `${name}-${attempt}`), '')

const submit = async (type: string, name: string, payload: object): Promise<string> => {
  const json = { type, payload: { until: join(folder, `${name}-`), ...payload }, maxAttempts: 5 }
  return expectJob(await call(`${first.url}/api/jobs`, { json }), 202).id
}

/** The events of a stream up to the first that fits, that one last. */
const upTo = async (reader: EventReader, fits: (job: JobView) => boolean): Promise<JobView[]> => {
  const seen: JobView[] = []
  for (let event = await reader.next(); event; event = await reader.next()) {
    seen.push(event.data as JobView)
    if (fits(event.data as JobView)) return seen
  }
  throw new Error(`the stream ended: ${JSON.stringify(seen.at(-1))}`)
}

const texts = (attempt: AttemptView | undefined): string[] => attempt?.log?.map(({ text }) => text) ?? []

for (const type of ['test.notes', 'test.notes-thread']) {
  test(`${type}: progress and log are told while it runs, by a master that starts meanwhile, and when it has ended`, async () => {
    const name = `${type}-runs`
    const id = await submit(type, name, { steps: 100_000, lines: 3 })
    const stream = await openEvents(`${second.url}/api/jobs/${id}/events`)
    const lines = [1, 2, 3].map((n) => `line ${n} of attempt 1`)
    const running = await upTo(stream, (job) => texts(job.attempts.at(-1)).length === 3)
    const half = { fraction: 0.5, text: 'step 100000' }
    assert.equal([running.at(-1)?.status, running.at(-1)?.progress], ['running', half])

    const late = await platform.master()
    for (const { url } of [first, second, late]) {
      await until('the master knows that it runs', async () => (await getJob(url, id)).status === 'running')
      const job = await getJob(url, id)
      assert.equal([job.progress, texts(job.attempts[0])], [half, lines])
      const listed = (await call(`${url}/api/jobs?status=running`)).body as { jobs: JobView[] }
      assert.equal(
        listed.jobs.map((it) => [it.id, it.progress, it.attempts[0]?.log]),
        [[id, half, undefined]],
      )
    }
    go(name, 1)
    const ended = (await upTo(stream, ({ status }) => status === 'succeeded')).at(-1)
    assert.equal(texts(ended?.attempts[0]), [...lines, 'the last of attempt 1'])
    assert.equal([ended?.attempts.length, ended?.progress], [1, { fraction: 1, text: 'done 1' }])
    assert.equal(await getJob(late.url, id), ended)
    const [listed] = ((await call(`${first.url}/api/jobs?limit=1`)).body as { jobs: JobView[] }).jobs
    assert.equal([listed?.id, listed?.attempts[0]?.log], [id, undefined])
    await late.stop()
  })

  test(`${type}: a job shows the attempts that failed, with their logs, while it is tried again`, async () => {
    const name = `${type}-fails`
    const id = await submit(type, name, { lines: 1, failures: 2 })
    const stream = await openEvents(`${second.url}/api/jobs/${id}/events`)
    const log = (attempt: number): string[] => [
      `line 1 of attempt ${attempt}`,
      `the last of attempt ${attempt}`,
    ]
    for (const attempt of [1, 2]) {
      const seen = await upTo(stream, (job) => texts(job.attempts.at(-1))[0] === log(attempt)[0])
      for (const { status, attempts } of seen.slice(1)) {
        if (status === 'failed') assert.is(attempts.length, attempt - 1, 'also between two attempts')
      }
      go(name, attempt)
    }
    const running = (await upTo(stream, ({ attempts }) => texts(attempts[2]).length === 1)).at(-1)
    for (const job of [running, await getJob(first.url, id)]) {
      assert.equal(job?.status, 'running')
      assert.equal(
        job?.attempts.map((it) => [it.attempt, it.error?.message, texts(it)]),
        [
          [1, 'attempt 1 fails', log(1)],
          [2, 'attempt 2 fails', log(2)],
          [3, undefined, log(3).slice(0, 1)],
        ],
      )
      assert.is(job?.startedAt, job?.attempts[0]?.startedAt)
    }
    const late = await platform.master()
    await until(
      'a late master knows the attempts',
      async () => (await getJob(late.url, id)).attempts.length === 3,
    )
    await late.stop()
    go(name, 3)
    const ended = (await upTo(stream, ({ status }) => status === 'succeeded')).at(-1)
    assert.equal(ended?.attempts.map(texts), [log(1), log(2), log(3)])
    assert.equal(ended?.attempts.slice(0, 2), running?.attempts.slice(0, 2), 'as they were shown before')
  })
}

test('an ordinary job’s row holds nothing of it', async () => {
  const json = { type: 'noop' }
  const { id } = expectJob(await call(`${first.url}/api/jobs`, { json, headers: { prefer: 'wait=20' } }), 200)
  const [row] = await platform.sql<{ attempts: object[] }>('select attempts from outcomes where id = $1', [
    id,
  ])
  assert.equal(Object.keys(row?.attempts[0] ?? {}).sort(), ['attempt', 'finishedAt', 'startedAt', 'worker'])
})

test.run()
