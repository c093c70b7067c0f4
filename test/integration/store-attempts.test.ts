/** Noted attempts on a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { findKnown, forgetAttempts, noteAttempts } from '../../core/store/attempts.ts'
import { cancelledAmong, getOutcome, nameOutcomes, recordOutcomes } from '../../core/store/outcomes.ts'
import { parkJobs } from '../../core/store/parked.ts'
import { parkedJob } from '../fixtures/parked-jobs.ts'
import { openStore, outcome, owned, owners, type RealStore, take } from '../fixtures/real-store.ts'
import { openWork } from '../fixtures/real-work.ts'

const test = suite<RealStore>('Noted attempts')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

test('attempts that were noted are found until they are forgotten, and an outcome has the last word', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const ended = owned(topic, 0, token)
  const ids = [randomUUID(), randomUUID(), ended.outcome.id] as const
  const notes = ids.map((id, n) => ({ id, attempts: n + 1, running: n === 1, alone: n === 1, history: [] }))
  assert.is((await findKnown(db, ids)).size, 0)
  await noteAttempts(db, notes)
  assert.equal([...(await findKnown(db, ids))].sort(), notes.map((it) => [it.id, it]).sort())
  await recordOutcomes(db.pool, [ended])
  assert.is((await findKnown(db, ids)).get(ended.outcome.id), 'settled')
  const [first] = notes
  assert.ok(first)
  const past = { attempt: 1, startedAt: '2026-01-01T00:00:00.000Z', worker: 'a' }
  const later = { ...first, attempts: 7, history: [past] }
  await noteAttempts(db, [later])
  const again = (await findKnown(db, [first.id])).get(first.id)
  assert.equal(again, later)
  await forgetAttempts(db, [first.id, ended.outcome.id])
  const left = await findKnown(db, ids)
  assert.equal([...left.keys()].sort(), [ids[1], ended.outcome.id].sort())
  assert.is(left.get(ended.outcome.id), 'settled')
})

test('a job that is in the log twice can be handed over twice at once', async ({ db }) => {
  const id = randomUUID()
  await noteAttempts(db, [
    { id, attempts: 1, running: false, alone: false, history: [] },
    { id, attempts: 3, running: false, alone: false, history: [] },
  ])
  const known = (await findKnown(db, [id])).get(id)
  assert.equal(
    known,
    { id, attempts: 3, running: false, alone: false, history: [] },
    'the larger count holds',
  )
})

test('a parked job is known as parked, with the attempts noted of it; an outcome has the last word', async ({
  db,
}) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const jobs = [parkedJob({ topic, partition: 0 }), parkedJob({ topic, partition: 0 })] as const
  const [bare, noted] = jobs
  await parkJobs(
    db,
    jobs.map((job) => ({ job, token })),
  )
  const note = { id: noted.id, attempts: 2, running: false, alone: false, history: [] }
  await noteAttempts(db, [note])
  const ids = jobs.map(({ id }) => id)
  const known = await findKnown(db, ids)
  assert.equal(known.get(bare.id), { parked: true, noted: undefined })
  assert.equal(known.get(noted.id), { parked: true, noted: note })
  await recordOutcomes(db.pool, [{ outcome: outcome(topic, 0, noted.id), token }])
  assert.is((await findKnown(db, ids)).get(noted.id), 'settled')
})

test('a job that was cancelled in the log is unnamed until its record was read', async ({ db }) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const done = owned(topic, 0, await take(a, 0))
  await recordOutcomes(db.pool, [done])
  const id = randomUUID()
  await db.pool.query(
    `insert into outcomes (id, status, topic, partition, attempts, submitted_at, finished_at)
     values ($1, 'cancelled', $2, 0, '[]', now(), now())`,
    [id, topic],
  )
  const ids = [id, done.outcome.id, randomUUID()]
  const known = await findKnown(db, ids)
  assert.is(known.get(id), 'unnamed')
  assert.equal([...(await cancelledAmong(db, ids))], [id])
  const name = { type: 'mail', key: 'k', offset: 12 }
  await nameOutcomes(db, [
    { id, ...name },
    { id: done.outcome.id, ...name },
  ])
  assert.is((await findKnown(db, ids)).get(id), 'settled')
  const { rows } = await db.pool.query(
    'select type, key, "offset" from outcomes where id = any($1) order by type',
    [ids],
  )
  assert.equal(rows, [
    { type: 'mail', key: 'k', offset: 12n },
    { type: 't', key: null, offset: 0n },
  ])
  const named = await getOutcome(db, id)
  assert.is(named?.status, 'cancelled')
  assert.is(named?.type, 'mail')
})

test('a result that is refused forgets nothing of what the next owner has noted', async () => {
  const it = await openWork()
  try {
    const id = makeJobId({ submittedAt: Date.now(), partition: 0, epoch: 0 })
    const record = { key: null, value: Buffer.from('{"payload":1}'), headers: { id, type: 'echo' } }
    const message: KafkaMessage = { ...record, offset: '0', timestamp: '0', attributes: 0 }
    const { claim, result } = await it.finish(message, 0)
    // A former owner that had noted it, too.
    claim.task.noted = true
    const noted = { id, attempts: 2, running: true, alone: true, history: [] }
    await noteAttempts(it.db, [noted])
    const late = { claim: { ...claim, token: claim.token + 1 }, result }
    assert.is((await it.work.record([late])).size, 1)
    assert.equal((await findKnown(it.db, [id])).get(id), noted)
  } finally {
    await it.close()
  }
})

test.run()
