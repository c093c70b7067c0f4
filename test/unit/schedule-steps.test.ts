import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readJobId } from '../../core/job-id.ts'
import type { Schedule, ScheduleBody } from '../../core/schedule.ts'
import { replaced, withPause } from '../../producer/schedules/change.ts'
import { materialize, type Taken } from '../../producer/schedules/materialize.ts'
import { createPlace } from '../../producer/schedules/place.ts'

const NOW = 1_000_000_000

const schedule = (options: Partial<Schedule> = {}): Schedule => ({
  name: 's',
  cron: undefined,
  intervalMs: 1_000,
  timezone: 'UTC',
  startAt: 0,
  job: { type: 'noop' },
  missed: 'skip',
  overlap: 'allow',
  paused: false,
  nextAt: NOW,
  createdAt: 0,
  updatedAt: 0,
  ...options,
})

const body = (options: Partial<ScheduleBody> = {}): ScheduleBody => ({
  intervalMs: 1_000,
  timezone: 'UTC',
  job: { type: 'noop' },
  missed: 'skip',
  overlap: 'allow',
  paused: false,
  ...options,
})

const queue = (topic: string, epoch: number) => ({ topic, epoch, publisher: { partitions: 8 } })
const place = createPlace({
  handlers: new Map(),
  jobs: (priority) => queue(priority, 1),
  control: queue('control', 255),
})
const taken = (it: Schedule, busy = false): Taken => ({ name: it.name, busy, read: () => it })

const test = suite('steps of the clock, and changes of schedules')

test('a job’s id, place and value say which tick it is', () => {
  const { ticks, moves } = materialize([taken(schedule({ job: { type: 'noop', key: 'k' } }))], NOW, 0, place)
  assert.is(ticks.length, 1)
  const job = ticks[0]?.job
  assert.ok(job)
  assert.equal(readJobId(job.id), { submittedAt: NOW, partition: job.partition, epoch: 1 })
  assert.equal([job.topic, job.key, job.type], ['normal', 'k', 'noop'])
  assert.equal(JSON.parse(job.value), { schedule: { name: 's', at: new Date(NOW).toISOString() } })
  assert.equal(moves, [{ name: 's', nextAt: NOW + 1_000, lastJobId: job.id }])
})

test('keyless jobs are spread over all partitions', () => {
  const many = Array.from({ length: 16 }, (_, n) => taken(schedule({ name: `s${n}` })))
  const partitions = materialize(many, NOW, 0, place).ticks.map(({ job }) => job?.partition)
  assert.equal([...new Set(partitions)].sort(), [0, 1, 2, 3, 4, 5, 6, 7])
})

test('what does not fit a step stays due, and steps together leave nothing out', () => {
  const minutes = {
    intervalMs: 60_000,
    missed: 'all',
    startAt: NOW % 60_000,
    nextAt: NOW - 60_000 * 900,
  } as const
  let rest = ['a', 'b', 'c', 'd'].map((name) => schedule({ name, ...minutes }))
  const seen = new Map<string, number[]>()
  for (let step = 0; rest.length > 0; step++) {
    assert.ok(step < 4, 'few steps')
    const { ticks, moves } = materialize(
      rest.map((it) => taken(it)),
      NOW,
      0,
      place,
    )
    assert.ok(ticks.length <= 2_000)
    for (const { schedule: name, at, leftOut } of ticks) {
      assert.is(leftOut, undefined)
      seen.set(name, [...(seen.get(name) ?? []), at])
    }
    const next = new Map(moves.map((it) => [it.name, it.nextAt]))
    rest = rest
      .map((it) => (next.has(it.name) ? { ...it, nextAt: next.get(it.name) } : it))
      .filter(({ nextAt }) => nextAt !== undefined && nextAt <= NOW)
  }
  const expected = Array.from({ length: 901 }, (_, n) => NOW - (900 - n) * 60_000)
  for (const name of ['a', 'b', 'c', 'd']) assert.equal(seen.get(name), expected, name)
})

test('large jobs make small steps', () => {
  const job = { type: 'noop', payload: 'x'.repeat(60_000) }
  const many = Array.from({ length: 500 }, (_, n) => taken(schedule({ name: `s${n}`, job })))
  const { ticks, moves } = materialize(many, NOW, 0, place)
  assert.ok(ticks.length > 200 && ticks.length < 300, `${ticks.length}`)
  assert.is(moves.length, ticks.length)
})

test('one that can’t be reckoned is named, and the others go on', () => {
  const broken = { name: 'broken', busy: false, read: () => schedule({ cron: 'x', intervalMs: undefined }) }
  const { ticks, moves, faulty } = materialize([broken, taken(schedule())], NOW, 0, place)
  assert.equal([...faulty.keys()], ['broken'])
  assert.equal([ticks.length, moves.length], [1, 1])
})

test('a replacement with the same times keeps what is due, one with others begins anew', () => {
  const present = schedule({ nextAt: NOW - 5_000, createdAt: 0 })
  const next = (options: Partial<ScheduleBody>, was = present): number | undefined => {
    const changed = replaced('s', body(options), was, NOW + 500)
    return changed === 'removed' ? undefined : changed.nextAt
  }
  assert.is(next({ job: { type: 'other' } }), NOW - 5_000)
  assert.is(next({ intervalMs: 7_000 }), (Math.floor(NOW / 7_000) + 1) * 7_000)
  assert.is(next({ paused: true }), NOW + 1_000)
  assert.is(next({}, { ...present, paused: true }), NOW + 1_000)
  // What was prepared for later is made again.
  assert.is(next({}, { ...present, nextAt: NOW + 4_000 }), NOW + 1_000)
})

test('ticks while it was paused are past', () => {
  const paused = schedule({ paused: true, nextAt: NOW - 3_600_000 })
  const resumed = withPause(paused, false, NOW + 1)
  assert.equal(resumed, { ...paused, paused: false, nextAt: NOW + 1_000 })
  assert.is(withPause(paused, true, NOW), undefined)
})

test.run()
