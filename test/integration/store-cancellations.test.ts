/** Cancellations on a real PostgreSQL: an outcome that comes first stays, whatever else happens at that moment. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cancellation, cancelJobs } from '../../core/store/cancellations.ts'
import { buryLetters } from '../../core/store/dead-letters.ts'
import { findOutcomes, getOutcome, recordOutcomes } from '../../core/store/outcomes.ts'
import { findParked, parkJobs } from '../../core/store/parked.ts'
import { replayLetters } from '../../core/store/replay.ts'
import { attempt, letter, newId } from '../fixtures/letters.ts'
import { parkedJob } from '../fixtures/parked-jobs.ts'
import { newTopic, openStore, outcome, owned, owners, type RealStore, take } from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const SCHEMA = 'told'
const test = suite<RealStore>('Cancellations')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

const waiting = (more: Partial<Cancellation> = {}): Cancellation => ({
  id: newId(),
  topic: newTopic(),
  partition: 0,
  submittedAt: 1_000,
  ...more,
})

test('a job of which nothing is known but its place is cancelled', async ({ db }) => {
  const one = waiting()
  assert.equal([...(await cancelJobs(db, SCHEMA, [one]))], [one.id])
  const job = await getOutcome(db, one.id)
  assert.ok(job?.finishedAt)
  assert.equal(
    { ...job, finishedAt: '' },
    {
      id: one.id,
      status: 'cancelled',
      attempts: [],
      submittedAt: '1970-01-01T00:00:01.000Z',
      finishedAt: '',
      error: { code: 'CANCELLED', message: 'cancelled by request' },
    },
  )
})

test('whoever comes second is too late: a result after a cancellation, a cancellation after a result, another one', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const done = owned(topic, 0, token)
  const gone = waiting({ topic })
  await recordOutcomes(db.pool, [done])
  const cancelled = await cancelJobs(db, SCHEMA, [gone, waiting({ id: done.outcome.id, topic }), gone])
  assert.equal([...cancelled], [gone.id])
  await recordOutcomes(db.pool, [{ outcome: outcome(topic, 0, gone.id), token }])
  const statuses = await findOutcomes(db, [gone.id, done.outcome.id])
  assert.equal([statuses.get(gone.id), statuses.get(done.outcome.id)], ['cancelled', 'succeeded'])
  assert.is((await cancelJobs(db, SCHEMA, [gone])).size, 0)
})

test('a result that comes too late tells what its record says: the job keeps its end, and gets its name', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const [nameless, named] = [waiting({ topic }), waiting({ topic, type: 'told', key: 'own' })]
  await cancelJobs(db, SCHEMA, [nameless, named])
  const results = [nameless, named].map(({ id }) => ({
    outcome: { ...outcome(topic, 0, id), type: 'test.late', key: 'k' },
    token,
  }))
  await recordOutcomes(db.pool, results)
  const [one, other] = await Promise.all([getOutcome(db, nameless.id), getOutcome(db, named.id)])
  assert.equal([one?.status, one?.type, one?.key, one?.result], ['cancelled', 'test.late', 'k', undefined])
  assert.equal([other?.status, other?.type, other?.key], ['cancelled', 'told', 'own'])
})

test('a job that is to be parked and was cancelled meanwhile is not, and its outcome gets its name', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const gone = waiting({ topic })
  await cancelJobs(db, SCHEMA, [gone])
  const job = parkedJob({ topic, partition: 0 }, { id: gone.id, type: 'test.late', key: 'k' })
  assert.is((await parkJobs(db, [{ job, token }])).size, 0)
  assert.equal((await findParked(db, [gone.id])).size, 0)
  const outcomeOf = await getOutcome(db, gone.id)
  assert.equal([outcomeOf?.status, outcomeOf?.type, outcomeOf?.key], ['cancelled', 'test.late', 'k'])
})

test('a parked job leaves its row, and its outcome has what the row knew', async ({ db }) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 3)
  const job = parkedJob(
    { topic, partition: 3 },
    { id: newId(3), key: 'k', type: 'sleep', offset: 12, attempt: 2, attempts: [attempt(1), attempt(2)] },
  )
  await parkJobs(db, [{ job, token }])
  // The caller knows neither type nor topic.
  const known = { id: job.id, topic: undefined, partition: 3, submittedAt: 5 }
  assert.is((await cancelJobs(db, SCHEMA, [known, waiting({ topic: undefined })])).size, 1)
  assert.is((await findParked(db, [job.id])).size, 0)
  const { rows } = await db.pool.query('select topic, partition, "offset" from outcomes where id = $1', [
    job.id,
  ])
  assert.equal(rows, [{ topic, partition: 3, offset: 12n }])
  const shown = await getOutcome(db, job.id)
  assert.equal(
    [shown?.type, shown?.key, shown?.attempts, shown?.startedAt, shown?.worker, shown?.submittedAt],
    [
      'sleep',
      'k',
      [attempt(1), attempt(2)],
      '2026-01-01T00:00:01.000Z',
      'w',
      new Date(job.submittedAt).toISOString(),
    ],
  )
})

test('one that runs while its row is there keeps the attempt that runs', async ({ db }) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const job = parkedJob({ topic, partition: 0 }, { id: newId(), attempts: [attempt(1)] })
  await parkJobs(db, [{ job, token: await take(a, 0) }])
  const attempts = [attempt(1), attempt(2, 'CANCELLED')]
  await cancelJobs(db, SCHEMA, [waiting({ id: job.id, topic, attempts, worker: 'w2' })])
  const shown = await getOutcome(db, job.id)
  assert.equal([shown?.attempts, shown?.worker], [attempts, 'w2'])
})

test('a cancellation that meets a replay under way takes the job that it parks', async ({ db, single }) => {
  const one = letter({ topic: newTopic() })
  await buryLetters(db.pool, [one])
  await db.pool.query(
    `insert into outcomes (id, status, topic, partition, attempts, submitted_at, finished_at)
     values ($1, 'dead', $2, 0, '[]', now(), now())`,
    [one.id, one.topic],
  )
  // One connection: this is the beginning of the replay's transaction, which ends it.
  await single.pool.query('begin')
  await single.pool.query('delete from outcomes where id = $1', [one.id])
  const cancelling = cancelJobs(db, SCHEMA, [waiting({ id: one.id, topic: one.topic })])
  const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into outcomes%'`
  await until('the cancellation waits', async () => (await db.pool.query(waits)).rowCount === 1, 5_000)
  assert.equal((await replayLetters(single, SCHEMA, { ids: [one.id] }, 1)).replayed, [one.id])
  assert.is((await cancelling).size, 1)
  assert.is((await findParked(db, [one.id])).size, 0)
})

test('workers are told which, in notices that fit', async ({ db }) => {
  const client = await db.pool.connect()
  try {
    const told: string[] = []
    client.on('notification', ({ payload = '' }) => told.push(payload))
    await client.query(`listen anomgrd_${SCHEMA}`)
    const jobs = Array.from({ length: 1_000 }, () => waiting())
    assert.is((await cancelJobs(db, SCHEMA, jobs)).size, 1_000)
    await cancelJobs(db, SCHEMA, jobs)
    await client.query('select 1')
    const notices = told.map((text) => JSON.parse(text) as { kind: string; ids: string[] })
    assert.ok(notices.every(({ kind }) => kind === 'cancelled'))
    assert.equal(notices.flatMap(({ ids }) => ids).sort(), jobs.map(({ id }) => id).sort())
  } finally {
    client.release(true)
  }
})

test('many cancellations beside results of the same jobs: each job has one outcome, and nobody fails', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const ids = Array.from({ length: 600 }, () => newId())
  const jobs = ids.map((id) => parkedJob({ topic, partition: 0 }, { id }))
  await parkJobs(
    db,
    jobs.map((job) => ({ job, token })),
  )
  const shuffled = (): string[] => ids.toSorted(() => Math.random() - 0.5)
  const groups = (size: number): string[][] => {
    const all = shuffled()
    return Array.from({ length: all.length / size }, (_, n) => all.slice(n * size, (n + 1) * size))
  }
  const cancelled = groups(50).map((some) =>
    cancelJobs(
      db,
      SCHEMA,
      some.map((id) => waiting({ id, topic })),
    ),
  )
  const recorded = groups(50).map((some) =>
    recordOutcomes(
      db.pool,
      // Sorted, as cancellations are: else two groups may wait for each other.
      some.sort().map((id) => ({ outcome: outcome(topic, 0, id), token })),
    ),
  )
  await Promise.all(recorded)
  const sets = await Promise.all(cancelled)
  const statuses = await findOutcomes(db, ids)
  assert.is(statuses.size, ids.length)
  const told = sets.flatMap((set) => [...set]).sort()
  assert.equal(
    told,
    ids.filter((id) => statuses.get(id) === 'cancelled'),
  )
})

test.run()
