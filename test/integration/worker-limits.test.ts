/** What workers make of limits that the API was told. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, expectJob, getJob, type JobView } from '../support/api.ts'
import { type Platform, setUp, startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

let platform: Platform
let master: RunningProcess

const test = suite('limits, as workers keep them')

setUp(test, async () => {
  platform = await startPlatform('worklimits')
  const [one] = await Promise.all([platform.master(), platform.worker(), platform.worker()])
  master = one
})
test.after(() => platform?.stop())

const submit = async (ms: number, key?: string): Promise<string> => {
  const json = { type: 'sleep', payload: { ms }, ...(key === undefined ? {} : { key }) }
  return expectJob(await call(`${master.url}/api/jobs`, { json }), 202).id
}
const change = async (method: string, path: string, json?: object): Promise<void> => {
  const answer = await call(`${master.url}/api${path}`, { method, ...(json ? { json } : {}) })
  assert.ok(answer.status === 200 || answer.status === 204, answer.text)
}
const jobs = (ids: readonly string[]): Promise<JobView[]> =>
  Promise.all(ids.map((id) => getJob(master.url, id)))
const allEnded = async (ids: readonly string[]): Promise<JobView[]> => {
  await until(
    'they have ended',
    async () => (await jobs(ids)).every(({ status }) => status === 'succeeded'),
    30_000,
  )
  return jobs(ids)
}
/** Runs in the order of their starts. */
const spans = (all: readonly JobView[]): { start: number; end: number }[] =>
  all
    .map((it) => ({ start: Date.parse(it.startedAt ?? ''), end: Date.parse(it.finishedAt ?? '') }))
    .sort((a, b) => a.start - b.start)

test('jobs of a paused type wait, those of another run, and both go on when it is resumed, a key in its order', async () => {
  await change('POST', '/types/sleep/pause')
  // Told within a second, whatever becomes of the notice.
  await until('workers know of it', async () => {
    const [job] = await jobs([await submit(0)])
    await until('it has ended or waits', async () => {
      const found = await getJob(master.url, job?.id ?? '')
      return found.status === 'succeeded' || found.waitsFor !== undefined
    })
    return (await getJob(master.url, job?.id ?? '')).waitsFor === 'type:sleep'
  })
  const keyed = [await submit(5, 'k'), await submit(5, 'k')]
  await until(
    'the first of the key waits for it',
    async () => (await jobs(keyed))[0]?.waitsFor === 'type:sleep',
  )
  const other = await call(`${master.url}/api/jobs`, {
    json: { type: 'noop' },
    headers: { prefer: 'wait=10' },
  })
  assert.is(expectJob(other, 200).status, 'succeeded')
  const { limits } = (await call(`${master.url}/api/limits`)).body as { limits: { held: number }[] }
  assert.ok((limits[0]?.held ?? 0) >= 2, JSON.stringify(limits))
  await until(
    'nothing of it is lag of the log',
    async () => ((await call(`${master.url}/api/scaling`)).body as { lag: number }).lag === 0,
  )
  assert.ok((await jobs(keyed)).every(({ status }) => status === 'queued'))
  await change('POST', '/types/sleep/resume')
  const [first, second] = await allEnded(keyed)
  assert.ok((first?.finishedAt ?? 'z') <= (second?.startedAt ?? ''), 'the order of its key')
})

test('a limit of concurrency holds over all workers', async () => {
  await change('PUT', '/limits/types/sleep', { concurrency: 2 })
  await until(
    'it holds',
    async () => {
      const ids = await Promise.all([1, 2, 3, 4].map(() => submit(150)))
      const all = spans(await allEnded(ids))
      return all.every(({ start }, n) => all.slice(0, n).filter(({ end }) => end > start).length < 2)
    },
    60_000,
  )
  const ids = await Promise.all(Array.from({ length: 12 }, () => submit(100)))
  const all = spans(await allEnded(ids))
  for (const [n, { start }] of all.entries()) {
    const beside = all.slice(0, n).filter(({ end }) => end > start).length
    assert.ok(beside < 2, `${beside} beside one`)
  }
  await change('DELETE', '/limits/types/sleep')
})

test.run()
