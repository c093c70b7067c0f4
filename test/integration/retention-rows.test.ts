import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { makeJobId } from '../../core/job-id.ts'
import { exclusively } from '../../core/store/exclusive.ts'
import { FIRST_ID, firstIdAt, timedTables } from '../../core/store/expire.ts'
import {
  type ExpiryOptions,
  expireOutcomesFrom,
  expireTable,
  keptMs,
} from '../../producer/retention/expiry.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'

const context: { own: RealStore | undefined } = { own: undefined }
const test = suite('retention of rows', context)

test.before.each(async (it) => {
  it.own = await openStore()
})
test.after.each(({ own }) => own?.close())
const opened = ({ own }: typeof context): RealStore => {
  if (!own) throw new Error('not open')
  return own
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const { retention } = readConfig({}, 'master')

/** What a run with these options has deleted, step by step. */
const expiring = (
  { db }: RealStore,
  step = 1_000,
): ExpiryOptions & { readonly steps: number[]; readonly stop: AbortController } => {
  const steps: number[] = []
  const stop = new AbortController()
  return {
    db,
    retention,
    step,
    steps,
    stop,
    signal: stop.signal,
    onStep: (_table, deleted) => steps.push(deleted),
  }
}

/** A job that was submitted and ended so long ago, ms; gives its id. */
const ended = async (
  { db }: RealStore,
  submittedAgo: number,
  endedAgo: number,
  status = 'succeeded',
): Promise<string> => {
  const now = Date.now()
  const id = makeJobId({ submittedAt: now - submittedAgo, partition: 0, epoch: 0 })
  await db.pool.query(
    `insert into outcomes (id, type, status, topic, partition, "offset", attempts, submitted_at, finished_at, worker)
     values ($1, 't', $2, 'jobs', 0, 0, '[]', $3, now() - $4 * interval '1 ms', 'w')`,
    [id, status, new Date(now - submittedAgo), endedAgo],
  )
  return id
}

const left = async ({ db }: RealStore, table = 'outcomes'): Promise<string[]> =>
  (await db.pool.query<{ id: string }>(`select id from ${table} order by id`)).rows.map(({ id }) => id)

test('outcomes go when they ended for long enough, however many steps it takes, and no others', async (it) => {
  const own = opened(it)
  const kept = [
    await ended(own, 100 * DAY, 29 * DAY), // Was delayed, and ended late.
    await ended(own, 31 * DAY, 30 * DAY - HOUR),
    await ended(own, 29 * DAY, 29 * DAY),
    await ended(own, 0, 0),
  ]
  for (let n = 0; n < 10; n++) await ended(own, (40 + n) * DAY, (31 + n) * DAY, n % 2 ? 'dead' : 'succeeded')
  const options = expiring(own, 4)
  await expireOutcomesFrom(options, FIRST_ID, true)
  assert.equal(await left(own), kept.sort())
  // Twelve lie before the id of the time: three whole steps, and one that finds nothing more.
  assert.is(options.steps.length, 4)
  assert.is(
    options.steps.reduce((sum, it) => sum + it, 0),
    10,
  )
})

test('a walk goes on where the last one ended; what ended late behind it goes with one from the beginning', async (it) => {
  const own = opened(it)
  await ended(own, 50 * DAY, 31 * DAY)
  const walked = await expireOutcomesFrom(expiring(own), FIRST_ID, true)
  assert.ok(walked > firstIdAt(Date.now() - 31 * DAY) && walked < firstIdAt(Date.now() - 30 * DAY))
  const late = await ended(own, 60 * DAY, 31 * DAY)
  const next = await ended(own, 30 * DAY + 300_000, 30 * DAY + 1_000)
  assert.ok((await expireOutcomesFrom(expiring(own), walked, true)) >= walked)
  assert.equal(await left(own), [late, next], 'one is behind, the other has not come into its range')
  await expireOutcomesFrom(expiring(own), FIRST_ID, true)
  assert.equal(await left(own), [next])
})

test('an outcome that keeps a cancelled job in the log from running stays', async (it) => {
  const own = opened(it)
  const cancelled = await ended(own, 50 * DAY, 50 * DAY, 'cancelled')
  await ended(own, 50 * DAY, 50 * DAY)
  await expireOutcomesFrom(expiring(own), FIRST_ID, false)
  assert.equal(await left(own), [cancelled])
  await expireOutcomesFrom(expiring(own), FIRST_ID, true)
  assert.equal(await left(own), [])
})

const rows = {
  dead_letters: `insert into dead_letters (id, replayable, topic, partition, code, message, attempts, died_at)
                 values ($1, true, 'jobs', 0, 'X', 'x', '[]', now() - $2 * interval '1 ms')`,
  reservations: `insert into reservations (tenant, key, body_hash, job_id, published, created_at)
                 values ('t', $1::uuid::text, '', $1, true, now() - $2 * interval '1 ms')`,
  delivery_attempts: `insert into delivery_attempts (id, attempts, running, alone, noted_at)
                      values ($1, 1, false, false, now() - $2 * interval '1 ms')`,
  data_sets: `insert into data_sets (id, name, expires_at) values ($1, 'd', now() - $2 * interval '1 ms')`,
  schedule_ticks: `insert into schedule_ticks (schedule, at, job_id) values ('s', now() - $2 * interval '1 ms', $1)`,
  series_alarms: `insert into series_alarms (series, at_row, id, alarm, raised_at)
                  values ('s', (random() * 1e15)::bigint, $1, '{}', now() - $2 * interval '1 ms')`,
  fleet_samples: `insert into fleet_samples (at, lag, parked_due, arrival_rate, drain_rate, desired, ready)
                  select now() - $2 * interval '1 ms', 1, 0, 0, 0, 1, 1 where $1::uuid is not null`,
  fleet_decisions: `insert into fleet_decisions (at, from_workers, to_workers, shadow, reason)
                    values (now() - $2 * interval '1 ms', 1, 2, false, $1::uuid::text)`,
} as const

for (const table of timedTables) {
  test(`${table}: rows go when they are old enough, in steps, and no others`, async (it) => {
    const own = opened(it)
    await own.db.pool.query(
      `insert into schedules (name, interval_ms, timezone, starts_at, job, missed, overlap) values ('s', 1, 'UTC', now(), '{}', 'skip', 'allow')`,
    )
    await own.db.pool.query(`insert into series (name) values ('s')`)
    const kept = keptMs(retention)[table]
    for (let n = 0; n < 7; n++) await own.db.pool.query(rows[table], [randomUUID(), kept + 60_000 + n])
    for (let n = 0; n < 5; n++) await own.db.pool.query(rows[table], [randomUUID(), kept - 60_000 - n])
    const options = expiring(own, 3)
    await expireTable(options, table)
    assert.equal(options.steps, [3, 3, 1])
    const { rows: counted } = await own.db.pool.query<{ count: bigint }>(`select count(*) from ${table}`)
    assert.is(counted[0]?.count, 5n)
  })
}

test('a row that somebody has locked is left for the next run, and not waited for', async (it) => {
  const own = opened(it)
  const held = randomUUID()
  for (const id of [held, randomUUID()]) await own.db.pool.query(rows.dead_letters, [id, 91 * DAY])
  await own.single.pool.query('begin')
  await own.single.pool.query('select from dead_letters where id = $1 for update', [held])
  await expireTable(expiring(own), 'dead_letters')
  assert.equal(await left(own, 'dead_letters'), [held])
  await own.single.pool.query('rollback')
  await expireTable(expiring(own), 'dead_letters')
  assert.equal(await left(own, 'dead_letters'), [])
})

test('it ends after the step under way when it is told to', async (it) => {
  const own = opened(it)
  for (let n = 0; n < 4; n++) await own.db.pool.query(rows.dead_letters, [randomUUID(), 91 * DAY])
  const options = expiring(own, 1)
  const onStep: ExpiryOptions['onStep'] = (table, deleted, seconds) => {
    options.onStep(table, deleted, seconds)
    options.stop.abort()
  }
  await expireTable({ ...options, onStep }, 'dead_letters')
  assert.equal(options.steps, [1])
})

test('of several only one works at a time, by name; the next one may when it has ended, also by failing', async (it) => {
  const { db } = opened(it)
  const { promise, resolve } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const first = exclusively(db, 'a', () => {
    begin()
    return promise
  })
  await begun
  assert.is(await exclusively(db, 'a', async () => assert.unreachable()), false)
  assert.is(await exclusively(db, 'b', async () => {}), true)
  resolve()
  assert.is(await first, true)
  const failure = new Error('no')
  const thrown = await exclusively(db, 'a', async () => {
    throw failure
  }).catch((error: unknown) => error)
  assert.is(thrown, failure)
  assert.is(await exclusively(db, 'a', async () => {}), true)
})

test.run()
