/** Parked jobs on a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ParkedJob, Place } from '../../core/parking.ts'
import type { Database } from '../../core/store/database.ts'
import { recordOutcomes } from '../../core/store/outcomes.ts'
import {
  countParked,
  findBlocked,
  findParked,
  forgetParked,
  getParked,
  listParked,
  loadParked,
  parkJobs,
} from '../../core/store/parked.ts'
import { loadOf, parkedJob } from '../fixtures/parked-jobs.ts'
import { openStore, outcome, owners, type RealStore, take, takeOver } from '../fixtures/real-store.ts'

const test = suite<RealStore>('Parked jobs')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

interface Owned {
  readonly place: Place
  readonly token: number
}

/** Partitions of a topic of its own, owned. */
const own = async (db: Database, count = 1): Promise<Owned[]> => {
  const { topic, of } = owners(db, 1)
  const [rows] = of
  assert.ok(rows)
  const partitions = Array.from({ length: count }, (_, n) => n)
  return Promise.all(
    partitions.map(async (partition) => ({
      place: { topic, partition },
      token: await take(rows, partition),
    })),
  )
}

const ownOne = async (db: Database): Promise<Owned & { park: (...jobs: ParkedJob[]) => Promise<void> }> => {
  const [owned] = await own(db)
  assert.ok(owned)
  const { token } = owned
  return {
    ...owned,
    park: async (...jobs) => {
      assert.is(
        (
          await parkJobs(
            db,
            jobs.map((job) => ({ job, token })),
          )
        ).size,
        0,
      )
    },
  }
}

const ids = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id)

test('a parked job is read as it was written', async ({ db }) => {
  const { place, park } = await ownOne(db)
  const full = parkedJob(place, {
    key: 'ключ',
    value: Buffer.from([0, 1, 255]),
    traceparent: 'tp',
    reason: 'order',
    sequence: 2 ** 40,
    dueInMs: Number.POSITIVE_INFINITY,
    attempt: 3,
    attemptsBefore: 2,
    attempts: [{ attempt: 1, startedAt: '2026-01-01T00:00:00.000Z', worker: 'w' }],
  })
  const bare = parkedJob(place, { offset: undefined, reason: 'schedule', attempt: 0, dueInMs: 60_000 })
  const before = Date.now()
  await park(full, bare)
  const { parkedAt = 0, dueAt, ...read } = (await getParked(db, full.id)) ?? {}
  assert.equal(read, full)
  assert.is(dueAt, undefined)
  assert.ok(parkedAt >= before - 100 && parkedAt <= Date.now() + 100)
  const waits = await getParked(db, bare.id)
  assert.ok(waits && waits.dueInMs > 50_000 && waits.dueInMs <= 60_000)
  assert.ok(waits.dueAt && waits.dueAt >= before + 59_900 && waits.dueAt <= Date.now() + 60_100)
  assert.equal(
    { ...waits, dueInMs: 0, parkedAt: 0, dueAt: 0 },
    { ...bare, dueInMs: 0, parkedAt: 0, dueAt: 0 },
  )
  assert.is(await getParked(db, randomUUID()), undefined)
})

test('one that is parked again has one row, as the last says', async ({ db }) => {
  const { place, park } = await ownOne(db)
  const first = parkedJob(place, { attempt: 1, key: 'k', sequence: 5, reason: 'limit', heldBy: 'type:t' })
  await park(first)
  const again = parkedJob(place, { id: first.id, attempt: 3 })
  await park({ ...again, attempt: 2 }, again)
  const { jobs } = await loadParked(db, loadOf([place]))
  assert.equal(
    jobs.map(({ dueInMs, ...job }) => ({ ...job, dueInMs: 0, late: dueInMs <= 0 })),
    [{ ...again, late: true }],
  )
  assert.equal(await findBlocked(db, [place]), [], 'its place in the order has gone')
})

test('what a former owner parks is refused, beside what is written of other partitions and topics', async ({
  db,
}) => {
  const [a, b] = await own(db, 2)
  const [c] = await own(db, 1)
  assert.ok(a && b && c)
  await owners(db)
  const items = [a, b, c].map(({ place, token }) => ({ job: parkedJob(place), token }))
  const [first, second, third] = items
  assert.ok(first && second && third)
  const old = { ...second, token: second.token - 1 }
  assert.equal([...(await parkJobs(db, [first, old, third]))], [old])
  assert.is(await getParked(db, old.job.id), undefined)
  assert.equal(
    ids((await loadParked(db, loadOf([a.place, b.place, c.place]))).jobs).sort(),
    ids([first.job, third.job]).sort(),
  )
})

test('a change of owner waits for what is being parked, and sees it', async ({ db, single }) => {
  const { topic, of } = owners(db)
  const [a, b] = of
  assert.ok(a && b)
  const token = await take(a, 0, { leaseMs: 0, takeOver: false })
  const job = parkedJob({ topic, partition: 0 })
  await single.pool.query('begin')
  assert.is((await parkJobs(single, [{ job, token }])).size, 0)
  let taken = false
  const taking = take(b, 0, takeOver).then(() => {
    taken = true
    return loadParked(db, loadOf([job]))
  })
  await single.pool.query('select pg_sleep(0.1)')
  assert.not.ok(taken, 'the row is locked')
  await single.pool.query('commit')
  assert.equal(ids((await taking).jobs), [job.id])
})

test('a job that has its outcome is not parked, and that is no refusal', async ({ db }) => {
  const { place, token } = await ownOne(db)
  const done = outcome(place.topic, place.partition)
  await recordOutcomes(db.pool, [{ outcome: done, token }])
  const job = parkedJob(place, { id: done.id })
  assert.is((await parkJobs(db, [{ job, token }])).size, 0)
  assert.is(await getParked(db, job.id), undefined)
})

test('no items are no question of ownership', async ({ db }) => {
  assert.is((await parkJobs(db, [])).size, 0)
  await forgetParked(db, [])
  assert.equal(await loadParked(db, loadOf([])), {
    jobs: [],
    cut: false,
    joining: [],
    nextInMs: undefined,
  })
})

const never = { dueInMs: Number.POSITIVE_INFINITY }

test('blocked keys are told with when their first job may run', async ({ db }) => {
  const { place, park } = await ownOne(db)
  await park(
    parkedJob(place, { key: 'retry', sequence: 3, dueInMs: 5_000 }),
    parkedJob(place, { key: 'retry', sequence: 4, reason: 'order', ...never }),
    parkedJob(place, { key: 'order', sequence: 9, reason: 'order', ...never }),
    parkedJob(place, { key: 'order', sequence: 12, reason: 'order', ...never }),
    parkedJob(place, { key: 'held', sequence: 1, reason: 'limit', heldBy: 'type:t', ...never }),
    parkedJob(place, { key: 'joins later', dueInMs: 1_000 }),
    parkedJob(place),
  )
  const found = new Map((await findBlocked(db, [place])).map(({ key, ...it }) => [key, it]))
  assert.equal([...found.keys()].sort(), ['held', 'order', 'retry'])
  assert.equal(found.get('order'), { ...place, dueInMs: 0, heldBy: undefined })
  assert.equal(found.get('held'), { ...place, heldBy: 'type:t', ...never })
  const { dueInMs = 0, ...retry } = found.get('retry') ?? {}
  assert.equal(retry, { ...place, heldBy: undefined })
  assert.ok(dueInMs > 3_000 && dueInMs <= 5_000)
  assert.equal(await findBlocked(db, [{ ...place, partition: 1 }]), [], 'partitions are apart')
})

test('a key is loaded in order, so many of each, the first of all before the second of any', async ({
  db,
}) => {
  const { place, park } = await ownOne(db)
  const of = (key: string) =>
    [10, 20, 30].map((sequence) => parkedJob(place, { key, sequence, reason: 'order', ...never }))
  const [a, b, c] = [of('a'), of('b'), of('c')]
  await park(...a.toReversed(), ...b, ...c)
  const keys = ['a', 'b'].map((key) => ({ ...place, key }))
  const two = await loadParked(db, loadOf([place], { keys, perKey: 2 }))
  assert.equal(ids(two.jobs), ids([a[0], b[0], a[1], b[1]].flatMap((it) => it ?? [])))
  const three = await loadParked(db, loadOf([place], { keys, limit: 3 }))
  assert.equal(ids(three.jobs), ids([a[0], b[0], a[1]].flatMap((it) => it ?? [])))
  const except = ids(a.slice(0, 2))
  const rest = await loadParked(db, loadOf([place], { keys: keys.slice(0, 1), perKey: 2, except }))
  assert.equal(ids(rest.jobs), ids(a.slice(2)))
  assert.equal(rest.joining, [])
  assert.is(rest.nextInMs, undefined, 'those in order are not asked for by time')
})

test('keyless jobs come when due, the longest overdue first, and the next one is told', async ({ db }) => {
  const [a, b] = await own(db, 2)
  assert.ok(a && b)
  const late = parkedJob(a.place, { dueInMs: -2_000 })
  const later = parkedJob(b.place, { dueInMs: -1_000 })
  const soon = parkedJob(a.place, { dueInMs: 400 })
  const far = parkedJob(b.place, { dueInMs: 60_000 })
  await parkJobs(
    db,
    [soon, later, late].map((job) => ({ job, token: job.partition === 0 ? a.token : b.token })),
  )
  await parkJobs(db, [{ job: far, token: b.token }])
  const places = [a.place, b.place]
  const now = await loadParked(db, loadOf(places))
  assert.equal(ids(now.jobs), ids([late, later]))
  assert.ok(now.nextInMs !== undefined && now.nextInMs <= 400, `${now.nextInMs}`)
  const all = await loadParked(db, loadOf(places, { withinMs: 1_000 }))
  assert.equal(ids(all.jobs), ids([late, later, soon]))
  assert.ok(all.nextInMs !== undefined && all.nextInMs > 50_000 && all.nextInMs <= 60_000)
  const one = await loadParked(db, loadOf(places, { limit: 1 }))
  assert.equal(ids(one.jobs), ids([late]))
  assert.is(one.nextInMs, 0, 'what did not fit is due')
  const others = await loadParked(db, loadOf(places, { except: ids([late, far]), withinMs: 1_000 }))
  assert.equal(ids(others.jobs), ids([later, soon]))
  assert.is(others.nextInMs, undefined, 'what is here already is not waited for')
  assert.equal(ids((await loadParked(db, loadOf([b.place]))).jobs), ids([later]), 'of these partitions only')
})

test('a keyed job joins its key when all that the log held at its time was claimed, and not before', async ({
  db,
}) => {
  const { place, park } = await ownOne(db)
  const due = parkedJob(place, { key: 'k', reason: 'delay', dueInMs: -5_000 })
  const next = parkedJob(place, { key: 'k', reason: 'delay', dueInMs: 300 })
  await park(due, next)
  const load = (joinedMsAgo: number | undefined) =>
    loadParked(db, loadOf([], { places: [{ ...place, joinedMsAgo }], withinMs: 1_000 }))
  for (const joinedMsAgo of [undefined, 60_000]) {
    const waiting = await load(joinedMsAgo)
    assert.equal(waiting.jobs, [])
    assert.equal(waiting.joining, [place])
    assert.ok(waiting.nextInMs !== undefined && waiting.nextInMs > 0 && waiting.nextInMs <= 300)
  }
  const joined = await load(1_000)
  assert.equal(ids(joined.jobs), [due.id], 'a keyed one is never early')
  assert.equal(joined.joining, [])
  const here = await loadParked(
    db,
    loadOf([], { places: [{ ...place, joinedMsAgo: undefined }], except: [due.id] }),
  )
  assert.equal(here.joining, [], 'what is here already does not wait to join')
})

test('what a limit held comes as far as there is room, the oldest first, whatever the partition', async ({
  db,
}) => {
  const [a, b] = await own(db, 2)
  assert.ok(a && b)
  const held = Array.from({ length: 6 }, (_, n) =>
    parkedJob((n % 2 === 0 ? a : b).place, {
      id: `00000000-0000-8000-8000-${String(n).padStart(6, '0')}${String(Date.now()).slice(-6)}`,
      reason: 'limit',
      heldBy: n < 4 ? 'type:x' : 'type:y',
      ...never,
    }),
  )
  const keyed = parkedJob(a.place, { key: 'k', sequence: 1, reason: 'limit', heldBy: 'type:x', ...never })
  await parkJobs(
    db,
    [...held, keyed].map((job) => ({ job, token: job.partition === 0 ? a.token : b.token })),
  )
  const places = [a.place, b.place]
  const load = async (rooms: [string, number][], except: string[] = []) =>
    ids((await loadParked(db, loadOf(places, { rooms: new Map(rooms), except }))).jobs)
  assert.equal(await load([]), [])
  assert.equal(await load([['type:x', 3]]), ids(held.slice(0, 3)))
  assert.equal(await load([['type:x', 3]], ids(held.slice(0, 2))), ids(held.slice(2, 4)))
  const both = await load([
    ['type:x', 100],
    ['type:y', 1],
    ['type:z', 1],
  ])
  assert.equal(both.toSorted(), ids(held.slice(0, 5)))
  assert.is((await loadParked(db, loadOf(places, { rooms: new Map([['type:x', 9]]) }))).nextInMs, undefined)
})

test('keys go first, then what is due, then what was held; and no more bytes than asked for', async ({
  db,
}) => {
  const { place, park } = await ownOne(db)
  const held = parkedJob(place, { reason: 'limit', heldBy: 'type:t', value: Buffer.alloc(10), ...never })
  const free = parkedJob(place, { value: Buffer.alloc(50) })
  const keyed = parkedJob(place, { key: 'k', sequence: 1, value: Buffer.alloc(100) })
  await park(held, free, keyed)
  const request = { keys: [{ ...place, key: 'k' }], rooms: new Map([['type:t', 1]]) }
  const load = (parts: object) => loadParked(db, loadOf([place], { ...request, ...parts }))
  assert.equal(ids((await load({})).jobs), ids([keyed, free, held]))
  assert.equal(ids((await load({ limit: 2 })).jobs), ids([keyed, free]))
  const some = await load({ bytes: 150 })
  assert.equal(ids(some.jobs), ids([keyed, free]))
  assert.ok(some.cut, 'it says that there are more')
  const least = await load({ bytes: 1 })
  assert.equal(ids(least.jobs), ids([keyed]), 'one always fits')
  assert.is(least.nextInMs, 0)
})

test('forgotten jobs are gone', async ({ db }) => {
  const { place, park } = await ownOne(db)
  const jobs = [parkedJob(place), parkedJob(place)] as const
  await park(...jobs)
  await forgetParked(db, [jobs[0].id, randomUUID()])
  assert.equal(
    ids((await loadParked(db, loadOf([place]))).jobs).sort(),
    ids(jobs).sort(),
    'not before its outcome',
  )
  await db.pool.query(
    `insert into outcomes (id, status, topic, partition, attempts, submitted_at, finished_at)
     values ($1, 'succeeded', $2, $3, '[]', now(), now())`,
    [jobs[0].id, place.topic, place.partition],
  )
  await forgetParked(db, [jobs[0].id, randomUUID()])
  assert.equal(ids((await loadParked(db, loadOf([place]))).jobs), [jobs[1].id])
})

test('parked and due jobs are counted by topic; of a blocked key one is due at most', async ({ db }) => {
  const { place, park } = await ownOne(db)
  await park(
    parkedJob(place, { key: 'k', sequence: 1, dueInMs: -1 }),
    ...[2, 3, 4].map((sequence) => parkedJob(place, { key: 'k', sequence, reason: 'order', ...never })),
    parkedJob(place, { reason: 'delay', dueInMs: 60_000 }),
    parkedJob(place, { reason: 'limit', heldBy: 'type:t', ...never }),
    parkedJob(place, { reason: 'replay' }),
  )
  assert.equal(await countParked(db, [place.topic]), {
    parked: 7,
    due: 2,
    byReason: { retry: 1, delay: 1, schedule: 0, replay: 1, order: 3, limit: 1 },
  })
  const none = { retry: 0, delay: 0, schedule: 0, replay: 0, order: 0, limit: 0 }
  assert.equal(await countParked(db, ['another']), { parked: 0, due: 0, byReason: none })
})

test('parked jobs are listed by type, key and reason, page by page, the newest first', async ({ db }) => {
  const { place, park } = await ownOne(db)
  const type = `t-${randomUUID().slice(0, 8)}`
  const jobs = Array.from({ length: 5 }, (_, n) =>
    parkedJob(place, { type, ...(n < 2 ? { key: 'k' } : {}), reason: n === 4 ? 'delay' : 'retry' }),
  ).sort((x, y) => (x.id < y.id ? 1 : -1))
  await park(...jobs)
  const first = await listParked(db, { type, limit: 3 })
  assert.equal(ids(first), ids(jobs.slice(0, 3)))
  const rest = await listParked(db, { type, limit: 3, after: first[2]?.id })
  assert.equal(ids(rest), ids(jobs.slice(3)))
  assert.is((await listParked(db, { type, key: 'k', limit: 10 })).length, 2)
  assert.equal(
    ids(await listParked(db, { type, reasons: ['delay', 'order'], limit: 10 })),
    ids(jobs.filter(({ reason }) => reason === 'delay')),
  )
  assert.not.ok(first[0] && 'value' in first[0])
  for (const attempted of [true, false]) {
    assert.equal(
      ids(await listParked(db, { type, attempted, limit: 10 })),
      ids(jobs.filter(({ attempt, attemptsBefore }) => attempt > attemptsBefore === attempted)),
    )
  }
  assert.equal([...(await findParked(db, [...ids(jobs.slice(0, 1)), randomUUID()]))], ids(jobs.slice(0, 1)))
})

test.run()
