import { mock } from 'node:test'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobEnded } from '../../core/events/event.ts'
import type { Database } from '../../core/store/database.ts'
import { Fleet } from '../../producer/fleet/fleet.ts'
import { Waiting } from '../../producer/fleet/waiting.ts'
import { quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Waiting')
test.before.each(() => mock.timers.enable({ apis: ['setInterval'] }))
test.after.each(() => mock.timers.reset())

const row = (id: string) => ({
  id,
  type: 'noop',
  key: null,
  status: 'succeeded',
  attempts: '[]',
  submitted_at: new Date(0),
  started_at: null,
  finished_at: new Date(1),
  worker: 'w',
  result: '7',
  error: null,
  schedule: null,
})

/** A store that holds the outcomes of these jobs. */
const setUp = () => {
  const stored = new Set<string>()
  const asked: string[][] = []
  let down = false
  const db = {
    pool: {
      query: async ({ name, values: [ids] }: { name: string; values: string[][] }) => {
        if (name === 'get-outcomes') return { rows: (ids ?? []).filter((id) => stored.has(id)).map(row) }
        if (down) throw new Error('down')
        asked.push(ids ?? [])
        return { rows: (ids ?? []).filter((id) => stored.has(id)).map((id) => ({ id, status: 'succeeded' })) }
      },
    },
  }
  const fleet = new Fleet()
  const waiting = new Waiting(fleet, db as unknown as Database, quiet)
  const end = (id: string, status: JobEnded['status'] = 'succeeded'): void =>
    fleet.apply({
      ...{ kind: 'jobs', at: 0, node: 'w', started: [], progress: [] },
      ended: [{ id, type: 'noop', status, at: 0 }],
    })
  return { stored, asked, waiting, end, goDown: () => (down = true), goUp: () => (down = false) }
}

test('wakes at the event', async () => {
  const { stored, waiting, end } = setUp()
  const job = waiting.outcome('1', new AbortController().signal)
  stored.add('1')
  end('1', 'failed')
  end('1')
  assert.is((await job)?.result, 7)
  waiting.stop()
})

test('without an event it finds the outcome in the store, asking once for all who wait', async () => {
  const { stored, asked, waiting, goDown, goUp } = setUp()
  const { signal } = new AbortController()
  const jobs = ['1', '2', '2'].map((id) => waiting.outcome(id, signal))
  goDown()
  mock.timers.tick(1_000)
  await settle()
  goUp()
  mock.timers.tick(1_000)
  await settle()
  stored.add('1').add('2')
  mock.timers.tick(1_000)
  assert.equal(
    (await Promise.all(jobs)).map((job) => job?.id),
    ['1', '2', '2'],
  )
  assert.equal(asked, [
    ['1', '2'],
    ['1', '2'],
  ])
  mock.timers.tick(1_000)
  await settle()
  assert.is(asked.length, 2, 'nobody waits, nothing is asked')
  waiting.stop()
})

test('who stops waiting gets nothing, leaves nothing behind, and takes nothing from the others', async () => {
  const { stored, asked, waiting, end } = setUp()
  const giveUp = new AbortController()
  const first = waiting.outcome('1', giveUp.signal)
  const second = waiting.outcome('1', new AbortController().signal)
  giveUp.abort()
  assert.is(await first, undefined)
  assert.is(await waiting.outcome('3', AbortSignal.abort()), undefined)
  stored.add('1')
  end('1')
  assert.is((await second)?.id, '1')
  mock.timers.tick(1_000)
  await settle()
  assert.equal(asked, [])
  waiting.stop()
})

test('a job that ended just before is answered at once', async () => {
  const { stored, waiting, end } = setUp()
  stored.add('1')
  end('1')
  assert.is((await waiting.outcome('1', new AbortController().signal))?.id, '1')
  waiting.stop()
})

test.run()
