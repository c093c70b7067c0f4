import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import type { OutcomeStatus } from '../../core/job.ts'
import { makeJobId, readJobId } from '../../core/job-id.ts'
import type { Client } from '../../producer/load/client.ts'
import { askForMissing, sweep } from '../../producer/load/follow.ts'
import { Pending } from '../../producer/load/pending.ts'

const test = suite('load follow')

const start = Date.UTC(2025, 0, 1)
const newId = (offsetMs: number): string =>
  makeJobId({ submittedAt: start + offsetMs, partition: 3, epoch: 0 })
const finishedAt = new Date(start + 1e7).toISOString()

/** A master that knows the given outcomes, and of other jobs what `alive` says. */
const master = (outcomes: ReadonlyMap<string, OutcomeStatus>, alive: ReadonlySet<string> = new Set()) => {
  const requests: string[] = []
  const client: Client = {
    post: () => Promise.reject(new Error('nothing is submitted here')),
    async get(path) {
      requests.push(path)
      const url = new URL(path, 'http://master')
      const id = url.pathname.slice('/jobs/'.length)
      if (id !== '') {
        const status = outcomes.get(id)
        if (status) return { id, status, finishedAt, attempts: [] }
        if (alive.has(id)) return { id, status: 'queued', attempts: [] }
        throw new AppError('NOT_FOUND', 'no such job')
      }
      const after = url.searchParams.get('after') ?? 'g'
      const jobs = [...outcomes]
        .filter(([it, status]) => status === url.searchParams.get('status') && it < after)
        .map(([it, status]) => ({ id: it, status, finishedAt, attempts: [] }))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, Number(url.searchParams.get('limit')))
      return { jobs }
    },
    close: () => {},
  }
  return { client, requests }
}

test('a sweep finds every awaited job that has ended, whatever its time and status, and no other', async () => {
  const status = fc.constantFrom<(OutcomeStatus | undefined)[]>('succeeded', 'dead', 'cancelled', undefined)
  const jobs = fc.array(fc.record({ offsetMs: fc.nat(20_000), status, awaited: fc.boolean() }), {
    maxLength: 1_500,
  })
  await fc.assert(
    fc.asyncProperty(jobs, async (list) => {
      const known = list.map((it) => ({ ...it, id: newId(it.offsetMs) }))
      const pending = new Pending()
      for (const { id, offsetMs, awaited } of known) if (awaited) pending.add(id, offsetMs)
      const outcomes = new Map(known.flatMap(({ id, status: it }) => (it ? [[id, it] as const] : [])))
      const told: { id: string; status: string; dueAt: number }[] = []
      await sweep(master(outcomes).client, pending, ({ id, status: it, dueAt }) => {
        told.push({ id, status: it, dueAt })
      })
      const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
      const expected = known
        .filter(({ awaited, status: it }) => awaited && it)
        .map(({ id, status: it, offsetMs }) => ({ id, status: it ?? '', dueAt: offsetMs }))
      assert.equal(told.sort(byId), expected.sort(byId))
      assert.is(pending.size, known.filter(({ awaited }) => awaited).length - expected.length)
    }),
    { numRuns: 20 },
  )
})

test('seconds in which nothing is awaited are not read', async () => {
  const outcomes = new Map<string, OutcomeStatus>()
  for (let at = 0; at < 10_000; at++) outcomes.set(newId(at), 'succeeded')
  const pending = new Pending()
  for (const id of outcomes.keys()) {
    const offset = (readJobId(id)?.submittedAt ?? 0) - start
    if (offset === 1_500 || offset === 8_500) pending.add(id, 0)
  }
  const { client, requests } = master(outcomes)
  await sweep(client, pending, () => {})
  assert.is(pending.size, 0)
  // A second has 1,000 jobs, two pages; each of the two other statuses takes none, since nothing is left.
  assert.ok(requests.length <= 4, requests.join('\n'))
})

test('nothing awaited, nothing asked', async () => {
  const { client, requests } = master(new Map())
  assert.is(await sweep(client, new Pending(), () => {}), 0)
  assert.equal(requests, [])
})

test('a job that is told twice is awaited once', () => {
  const pending = new Pending()
  const id = newId(5)
  pending.add(id, 1)
  pending.add(id, 1)
  assert.is(pending.size, 1)
  assert.equal([pending.take(id), pending.take(id), pending.size], [1, undefined, 0])
})

test('the missing are told apart: ended after all, known and not ended, unknown', async () => {
  const [ended, waiting, gone] = [newId(1), newId(2), newId(3)]
  const pending = new Pending()
  for (const id of [ended, waiting, gone]) pending.add(id, 7)
  const told: string[] = []
  const { client } = master(new Map([[ended, 'dead']]), new Set([waiting]))
  const missing = await askForMissing(client, pending, ({ id }) => told.push(id))
  assert.equal(told, [ended])
  assert.equal(missing, { unfinished: 1, unknown: 1, unknownIds: [gone] })
})

test.run()
