/** Dead letters on a real PostgreSQL: written, listed, counted, replayed, dropped, also by many at once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Database } from '../../core/store/database.ts'
import { buryLetters, type DeadLetter } from '../../core/store/dead-letters.ts'
import {
  countLetters,
  dropLetters,
  getLetter,
  type LetterFilter,
  type LetterView,
  listLetters,
} from '../../core/store/find-letters.ts'
import { forgetParked, parkJobs } from '../../core/store/parked.ts'
import { replayLetters } from '../../core/store/replay.ts'
import { attempt, letter, newId, poison } from '../fixtures/letters.ts'
import { parkedJob } from '../fixtures/parked-jobs.ts'
import { openStore, owners, type RealStore, take } from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const SCHEMA = 'told'
const test = suite<RealStore>('Dead letters')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.before.each(({ db }) => db.pool.query('truncate dead_letters, outcomes, parked').then(() => undefined))
test.after((it) => it.close())

const idsOf = (letters: readonly { id: string }[]): string[] => letters.map(({ id }) => id)

const addOutcome = async (db: Database, id: string, status = 'dead'): Promise<void> => {
  await db.pool.query(
    `insert into outcomes (id, status, topic, partition, attempts, submitted_at, finished_at)
     values ($1, $2, 't.jobs', 0, '[]', now(), now())`,
    [id, status],
  )
}

const parkedIds = async (db: Database): Promise<string[]> =>
  idsOf((await db.pool.query<{ id: string }>('select id from parked order by due, id')).rows)

test('a letter is read as it was written', async ({ db }) => {
  const one = letter({ key: 'k', traceparent: '00-a-b-01', value: Buffer.from([0, 255, 1]) })
  await buryLetters(db.pool, [one])
  const { value, ...rest } = one
  const view = { ...rest, size: 3 }
  assert.equal(await listLetters(db, { limit: 10 }), [view])
  assert.equal(await getLetter(db, one.id), { ...view, value })
  assert.is(await getLetter(db, newId()), undefined)
})

test('a job has one letter: what it died of last', async ({ db }) => {
  const id = newId()
  const first = letter({ id })
  const again = letter({ id, error: { code: 'TIMEOUT', message: 'late' }, value: Buffer.from('{}') })
  await buryLetters(db.pool, [first])
  await buryLetters(db.pool, [again])
  // Twice in one group, as a record that is in the log twice.
  await buryLetters(db.pool, [letter(), again, again])
  assert.equal((await getLetter(db, id))?.error, again.error)
  assert.equal((await getLetter(db, id))?.value, again.value)
  assert.is((await countLetters(db, {})).total, 2)
})

test('a record that is no job is written once, however often it is read, and two jobs of one place are two', async ({
  db,
}) => {
  const none = poison({ offset: 7 })
  await buryLetters(db.pool, [none, none])
  await buryLetters(db.pool, [none])
  assert.is((await countLetters(db, {})).total, 1)
  // A topic that was made anew counts its offsets from zero again.
  await buryLetters(db.pool, [letter({ offset: 7 }), letter({ offset: 7 })])
  await buryLetters(db.pool, [letter({ offset: undefined }), letter({ offset: undefined })])
  assert.is((await countLetters(db, {})).total, 5)
})

test('whatever a record that is no job holds, its letter is written, and those beside it', async ({ db }) => {
  const odd = (more: Partial<DeadLetter>): DeadLetter => poison(more)
  const all = [
    odd({ key: 'a\0b', type: '\0' }),
    odd({ key: 'a\ud800', type: '\udfff', traceparent: '\0\ud800' }),
    odd({ key: '\ud83d\ude00'.repeat(10_000), type: 'x'.repeat(100_000) }),
    odd({ value: null }),
    odd({ submittedAt: 9e18 }),
    odd({ submittedAt: -1, diedAt: Number.NaN }),
    odd({ error: { code: 'A\0', message: '\ud800'.repeat(20_000) } }),
    letter({ attempts: [attempt(1, 'A\0\ud800')] }),
  ]
  await buryLetters(db.pool, all)
  const letters = await listLetters(db, { limit: 100 })
  assert.is(letters.length, all.length)
  assert.ok(letters.some(({ key }) => key === 'a\ufffdb'))
  assert.ok(letters.some(({ submittedAt }) => submittedAt === undefined))
})

test('a job that has ended otherwise gets no letter', async ({ db }) => {
  const [cancelled, dead] = [letter(), letter()]
  await addOutcome(db, cancelled.id, 'cancelled')
  await addOutcome(db, dead.id)
  await buryLetters(db.pool, [cancelled, dead])
  assert.equal(idsOf(await listLetters(db, { limit: 10 })), [dead.id])
})

test('filters by type, code, key and time, alone and together; counts fit the lists', async ({ db }) => {
  const made = [
    letter({ type: 'a', key: 'x', diedAt: 1_000 }),
    letter({ type: 'a', error: { code: 'TIMEOUT', message: '' }, diedAt: 2_000 }),
    letter({ type: 'b', key: 'x', error: { code: 'TIMEOUT', message: '' }, diedAt: 3_000 }),
  ]
  await buryLetters(db.pool, [...made, poison({ diedAt: 4_000 })])
  const [a, b, c] = idsOf(made)
  assert.ok(a && b && c)
  for (const [filter, expected] of [
    [{ type: 'a' }, [b, a]],
    [{ code: 'TIMEOUT' }, [c, b]],
    [{ key: 'x' }, [c, a]],
    [{ from: 2_000, to: 3_000 }, [b]],
    [{ to: 3_001, key: 'x', type: 'b' }, [c]],
    [{ ids: [a, c, newId()] }, [c, a]],
    [{ ids: [] }, []],
    [{ type: 'none' }, []],
  ] satisfies [LetterFilter, string[]][]) {
    const text = JSON.stringify(filter)
    assert.equal(idsOf(await listLetters(db, { ...filter, limit: 10 })), expected, text)
    assert.is((await countLetters(db, filter)).total, expected.length, text)
  }
  const { total, byType, byCode } = await countLetters(db, {})
  assert.is(total, 4)
  assert.equal(
    [...byType],
    [
      ['a', 2],
      ['b', 1],
      ['', 1],
    ],
  )
  assert.equal(Object.fromEntries(byCode), { TIMEOUT: 2, HANDLER_FAILED: 1, RECORD_INVALID: 1 })
})

test('pages hold every letter once, the newest first, while letters come and go', async ({ db }) => {
  // Many of one millisecond.
  const made = Array.from({ length: 50 }, (_, n) => letter({ diedAt: 5_000 + (n % 3) }))
  await buryLetters(db.pool, made)
  const listed: LetterView[] = []
  for (let after: LetterView | undefined; ; ) {
    const page = await listLetters(db, { limit: 7, after })
    listed.push(...page)
    after = page.at(-1)
    if (!after) break
    await buryLetters(db.pool, [letter({ diedAt: 9_000 })])
    await dropLetters(db, { ids: [after.id] })
  }
  assert.is(listed.length, 50)
  assert.equal(idsOf(listed).sort(), idsOf(made).sort())
  const keys = listed.map(({ diedAt, id }) => `${diedAt} ${id}`)
  assert.equal(keys, keys.toSorted().reverse())
})

test('a replay takes letter and outcome away and parks the job, due now, with its history', async ({
  db,
}) => {
  const one = letter({ key: 'k', traceparent: '00-a-b-01', partition: 3 })
  await buryLetters(db.pool, [one])
  await addOutcome(db, one.id)
  assert.equal(await replayLetters(db, SCHEMA, { ids: [one.id] }, 10), {
    replayed: [one.id],
    skipped: 0,
    next: undefined,
  })
  assert.is(await getLetter(db, one.id), undefined)
  assert.is((await db.pool.query('select from outcomes')).rowCount, 0)
  const { rows } = await db.pool.query(
    `select id, topic, partition, "offset", key, type, value, traceparent, reason, sequence, held_by, attempt, attempts_before,
            attempts, submitted_at, due <= now() and due > now() - interval '1 minute' as is_due from parked`,
  )
  assert.equal(rows, [
    {
      id: one.id,
      topic: one.topic,
      partition: 3,
      offset: BigInt(one.offset ?? 0),
      key: 'k',
      type: one.type,
      value: one.value,
      traceparent: one.traceparent,
      reason: 'replay',
      sequence: null,
      held_by: null,
      attempt: 2,
      attempts_before: 2,
      attempts: JSON.stringify(one.attempts),
      submitted_at: new Date(one.submittedAt ?? 0),
      is_due: true,
    },
  ])
})

test('what is no job, and a job that has ended otherwise since, is left and counted', async ({ db }) => {
  const [fits, cancelled, kept] = [letter(), letter(), letter()]
  await buryLetters(db.pool, [fits, cancelled, kept, poison(), letter({ value: null })])
  await addOutcome(db, cancelled.id, 'cancelled')
  // The outcome of `kept` was deleted after its time: its letter alone is enough.
  await addOutcome(db, fits.id)
  assert.equal(await replayLetters(db, SCHEMA, {}, 10), {
    replayed: [fits.id, kept.id],
    skipped: 3,
    next: undefined,
  })
  assert.equal(await parkedIds(db), [fits.id, kept.id])
  assert.is((await countLetters(db, {})).total, 3)
})

test('a replay of many goes in steps, in the order of submission, up to its limit', async ({ db }) => {
  const made = Array.from({ length: 1_203 }, () => letter())
  await buryLetters(db.pool, [...made, letter({ type: 'other' })])
  const all = idsOf(made)
  const first = await replayLetters(db, SCHEMA, { type: 'noop' }, 700)
  assert.equal(first.replayed, all.slice(0, 700))
  assert.is(first.next, all[699])
  const rest = await replayLetters(db, SCHEMA, { type: 'noop' }, 10_000)
  assert.equal(rest.replayed, all.slice(700))
  assert.is(rest.next, undefined)
  assert.equal(await parkedIds(db), all)
})

test('a replay that fails in its transaction changes nothing', async ({ db }) => {
  const one = letter({ type: 'refused' })
  await buryLetters(db.pool, [one])
  await addOutcome(db, one.id)
  await db.pool.query(`alter table parked add constraint refusal check (type <> 'refused')`)
  const failure = await replayLetters(db, SCHEMA, {}, 10).catch((error: unknown) => error)
  await db.pool.query('alter table parked drop constraint refusal')
  assert.instance(failure, Error)
  assert.ok(await getLetter(db, one.id))
  assert.is((await db.pool.query('select from outcomes')).rowCount, 1)
  assert.equal(await parkedIds(db), [])
})

test('many who replay, drop and bury at once: each job is either a letter, parked or dropped', async ({
  db,
}) => {
  const made = Array.from({ length: 2_000 }, () => letter())
  await buryLetters(db.pool, made)
  for (const { id } of made.slice(0, 100)) await addOutcome(db, id)
  const results = await Promise.all([
    replayLetters(db, SCHEMA, {}, 10_000),
    replayLetters(db, SCHEMA, {}, 10_000),
    replayLetters(db, SCHEMA, { ids: idsOf(made.slice(500, 1_500)) }, 10_000),
    dropLetters(db, { ids: idsOf(made.slice(1_000)) }),
    // They are read once more, in another order.
    buryLetters(db.pool, made.slice(0, 10).toReversed()),
  ])
  const replayed = results.slice(0, 3).flatMap((it) => (it instanceof Object ? it.replayed : []))
  assert.is(new Set(replayed).size, replayed.length, 'each is replayed once')
  assert.equal((await parkedIds(db)).sort(), replayed.toSorted())
  const dropped = results[3]
  const left = (await countLetters(db, {})).total
  assert.ok(replayed.length + dropped + left >= 2_000 && left <= 10, `${replayed.length} ${dropped} ${left}`)
})

/** A parked job that died: its row is still there, since whoever recorded its end removes it afterwards. */
const dieParked = async (db: Database): Promise<string> => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const job = parkedJob({ topic, partition: 0 }, { id: newId(), reason: 'retry', dueInMs: 60_000 })
  await parkJobs(db, [{ job, token: await take(a, 0) }])
  await addOutcome(db, job.id)
  await buryLetters(db.pool, [letter({ id: job.id, topic })])
  return job.id
}

const reasons = async (db: Database): Promise<string[]> =>
  (await db.pool.query<{ reason: string }>('select reason from parked')).rows.map(({ reason }) => reason)

test('a replay that comes before the row of the job’s last life is removed is not removed with it', async ({
  db,
}) => {
  const id = await dieParked(db)
  assert.equal((await replayLetters(db, SCHEMA, {}, 10)).replayed, [id])
  assert.equal(await reasons(db), ['replay'])
  await forgetParked(db, [id])
  assert.equal(await reasons(db), ['replay'])
})

test('a replay at the moment of that removal is not removed either, whoever comes first', async ({
  db,
  single,
}) => {
  const waiting = async (count: number): Promise<void> => {
    const text = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%from parked%for update%'`
    await until(`${count} wait`, async () => (await db.pool.query(text)).rowCount === count, 5_000)
  }
  for (const replayFirst of [true, false]) {
    const id = await dieParked(db)
    await single.pool.query('begin')
    await single.pool.query('select from parked for update')
    const replay = () => replayLetters(db, SCHEMA, {}, 10)
    const remove = () => forgetParked(db, [id])
    const one = replayFirst ? replay() : remove()
    await waiting(1)
    const two = replayFirst ? remove() : replay()
    await waiting(2)
    await single.pool.query('commit')
    await Promise.all([one, two])
    assert.equal(await reasons(db), ['replay'], replayFirst ? 'replay first' : 'removal first')
    await db.pool.query('truncate parked')
  }
})

test('workers are told of a replay when it is done', async ({ db }) => {
  const client = await db.pool.connect()
  try {
    const told: (string | undefined)[] = []
    client.on('notification', ({ payload }) => told.push(payload))
    await client.query(`listen anomgrd_${SCHEMA}`)
    await replayLetters(db, SCHEMA, {}, 10)
    await buryLetters(db.pool, [letter()])
    await replayLetters(db, SCHEMA, {}, 10)
    await client.query('select 1')
    assert.equal(told, ['{"kind":"parked"}'])
  } finally {
    client.release(true)
  }
})

test.run()
