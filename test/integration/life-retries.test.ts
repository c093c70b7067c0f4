/** What fails comes again: in the store while it waits, in its key's order, with each attempt on record. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, type JobView } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { readRuns } from '../support/trace.ts'
import { until } from '../until.ts'

const test = suite('Retries')
let platform: Platform
let master: RunningProcess
let doomed: RunningProcess
setUp(test, async () => {
  platform = await startPlatform('retries')
  ;[master, doomed] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
})
test.after(() => platform.stop())

const post = async (body: object): Promise<string> => {
  const answer = await call(`${master.url}/api/jobs`, { json: { type: 'test.work', ...body } })
  assert.is(answer.status, 202, answer.text)
  return (answer.body as JobView).id
}

const get = async (id: string): Promise<JobView> =>
  (await call(`${master.url}/api/jobs/${id}`)).body as JobView

const ended = (id: string): Promise<JobView> =>
  until('it has ended', async () => {
    const job = await get(id)
    return ['succeeded', 'dead', 'cancelled'].includes(job.status) && job
  })

test('a job whose next attempt is far is parked, says so, and runs again; each attempt is on record', async () => {
  const id = await post({ payload: { failures: 2 }, backoffMs: 6_000, maxBackoffMs: 6_000 })
  const parked = await until('it is parked', async () => {
    const job = await get(id)
    return job.waitsFor === 'retry' ? job : false
  }).catch(() => undefined)
  if (parked) {
    assert.is(parked.status, 'failed')
    assert.ok(Date.parse(parked.runAt ?? '') > Date.now() - 1_000)
    assert.is(parked.attempts.at(-1)?.error?.code, 'AS_TOLD')
  }
  const job = await ended(id)
  assert.is(job.status, 'succeeded')
  assert.equal(
    job.attempts.map(({ attempt, error }) => [attempt, error?.code]),
    [
      [1, 'AS_TOLD'],
      [2, 'AS_TOLD'],
      [3, undefined],
    ],
  )
})

test('jobs of a key keep their order while the first of them waits, across a kill -9', async () => {
  const file = join(tmpdir(), `retries-${process.pid}.jsonl`)
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const ids: string[] = []
  for (let n = 0; n < 8; n++)
    for (const key of keys) {
      const failures = n % 3 === 0 ? 1 : 0
      const payload = { file, name: `${n}`, failures, ms: 5 }
      ids.push(await post({ key, payload, backoffMs: 8_000, maxBackoffMs: 8_000 }))
    }
  await until('some are parked', async () => (await platform.sql('select from parked')).length > 10)
  doomed.kill('SIGKILL')
  for (const id of ids) assert.is((await ended(id)).status, 'succeeded')
  const runs = readRuns(file).filter(({ end }) => end < Number.POSITIVE_INFINITY)
  for (const key of keys) {
    const names = runs.filter((run) => run.key === key).map(({ name }) => Number(name))
    assert.equal(
      names,
      names.toSorted((a, b) => a - b),
      `key ${key}`,
    )
  }
  assert.equal(await platform.sql('select from parked'), [])
})

test.run()
