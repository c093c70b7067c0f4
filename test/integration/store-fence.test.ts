/** The fence of outcomes on a real PostgreSQL: what is written under which token, also while owners change. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isTransient } from '../../core/store/database.ts'
import { findOutcomes, recordOutcomes } from '../../core/store/outcomes.ts'
import { ownershipsOf } from '../../core/store/ownership.ts'
import { inTransaction } from '../../core/store/transaction.ts'
import {
  expired,
  lease,
  newTopic,
  openStore,
  outcome,
  owned,
  owners,
  type RealStore,
  take,
  takeOver,
} from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const test = suite<RealStore>('Outcomes under tokens')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

test('outcomes under the token of now are written, those under another are not, and are told', async ({
  db,
}) => {
  const { topic, of } = owners(db)
  const [a, b] = of
  assert.ok(a && b)
  const old = await take(a, 0, expired)
  const kept = await take(a, 1)
  const now = await take(b, 0, takeOver)
  const late = owned(topic, 0, old)
  const own = owned(topic, 1, kept)
  const unowned = owned(topic, 2, 1)
  assert.equal([...(await recordOutcomes(db.pool, [late, own, unowned]))], [late, unowned])
  const written = await findOutcomes(
    db,
    [late, own, unowned].map((it) => it.outcome.id),
  )
  assert.equal([...written.keys()], [own.outcome.id])
  const theirs = owned(topic, 0, now)
  assert.is((await recordOutcomes(db.pool, [theirs])).size, 0)
  // Of another topic with the same numbers.
  const foreign = owned(newTopic(), 1, kept)
  assert.equal([...(await recordOutcomes(db.pool, [foreign]))], [foreign])
})

test('a job that has its outcome keeps it, which is no refusal', async ({ db }) => {
  const { topic, of } = owners(db, 1)
  const [a] = of
  assert.ok(a)
  const token = await take(a, 0)
  const id = randomUUID()
  const first = { outcome: outcome(topic, 0, id), token }
  const twice = { outcome: { ...outcome(topic, 0, id), worker: 'other' }, token }
  assert.is((await recordOutcomes(db.pool, [first])).size, 0)
  assert.is((await recordOutcomes(db.pool, [twice, twice])).size, 0)
  const { rows } = await db.pool.query<{ worker: string }>('select worker from outcomes where id = $1', [id])
  assert.equal(rows, [{ worker: 'w' }])
})

test('who takes over waits for a group that is being recorded, and sees all of it', async ({
  db,
  single,
}) => {
  const { topic, of } = owners(db)
  const [a, b] = of
  assert.ok(a && b)
  const token = await take(a, 0, expired)
  const one = owned(topic, 0, token)
  await single.pool.query('begin')
  // A group whose transaction does not end yet.
  assert.is((await recordOutcomes(single.pool, [one])).size, 0)
  let seen: number | undefined
  const taking = (async () => {
    const rows = await b.acquire([0], takeOver)
    seen = (await findOutcomes(db, [one.outcome.id])).size
    return rows
  })()
  const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into ownership%'`
  await until('the taker waits', async () => (await db.pool.query(waits)).rowCount === 1, 5_000)
  assert.is(seen, undefined)
  await single.pool.query('commit')
  assert.ok((await taking).has(0))
  assert.is(seen, 1, 'what was recorded before is seen by the next owner')
})

test('a group that waits for a change of owner is refused once the row has changed', async ({
  db,
  single,
}) => {
  const { topic, of } = owners(db)
  const [a, b] = of
  assert.ok(a && b)
  const token = await take(a, 0, expired)
  const one = owned(topic, 0, token)
  await single.pool.query('begin')
  const rows = ownershipsOf(single, [topic], 'owner 1')
  assert.ok((await rows.acquire([0], takeOver)).has(0))
  const recording = recordOutcomes(db.pool, [one])
  const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'with given%'`
  await until('the record waits', async () => (await db.pool.query(waits)).rowCount === 1, 5_000)
  await single.pool.query('commit')
  assert.equal([...(await recording)], [one])
  assert.is((await findOutcomes(db, [one.outcome.id])).size, 0)
})

test('recording, renewing, acquiring and releasing at once never stop each other for good', async ({
  db,
}) => {
  const topic = newTopic()
  const partitions = [...Array(24).keys()]
  const held = new Map<number, number>()
  const mine = ownershipsOf(db, [topic], 'mine')
  const shuffled = (): number[] => partitions.toSorted(() => Math.random() - 0.5)
  const acquired = await mine.acquire(shuffled(), lease)
  for (const [partition, { token }] of acquired) held.set(partition, token)
  const failures: string[] = []
  const calls = { record: 0, renew: 0, steal: 0 }
  const end = performance.now() + 3_000
  const loop = async (what: keyof typeof calls, once: () => Promise<unknown>): Promise<void> => {
    while (performance.now() < end) {
      try {
        await once()
        calls[what]++
      } catch (error) {
        failures.push(`${what}: ${error}`)
      }
    }
  }
  const inAnyOrder = (): Map<number, number> => new Map(shuffled().map((it) => [it, held.get(it) ?? 0]))
  const record = (): Promise<unknown> =>
    recordOutcomes(
      db.pool,
      [...inAnyOrder()].flatMap(([it, token]) => [owned(topic, it, token), owned(topic, it, token)]),
    )
  // Another worker takes over a part of it by force and gives it back, as often as it can.
  const other = ownershipsOf(db, [topic], 'other')
  const steal = async (): Promise<void> => {
    const some = shuffled().slice(0, 6)
    const old = new Map(some.map((it) => [it, held.get(it) ?? 0]))
    await mine.renew(old, 0)
    const got = await other.acquire(some, takeOver)
    await other.release(new Map([...got].map(([it, { token }]) => [it, token])))
    for (const [it, { token }] of await mine.acquire([...got.keys()], lease)) held.set(it, token)
  }
  await Promise.all([
    loop('record', record),
    loop('record', record),
    loop('renew', () => mine.renew(inAnyOrder(), 60_000)),
    loop('renew', () => mine.renew(inAnyOrder(), 60_000)),
    loop('steal', steal),
  ])
  assert.equal([...new Set(failures)], [], `${failures.length} failures`)
  for (const [what, count] of Object.entries(calls)) assert.ok(count > 10, `${what}: ${count}`)
})

test('a worker that is frozen within a transaction keeps its partition from the next owner for seconds, not for as long', async ({
  db,
}) => {
  const { topic, of } = owners(db)
  const [a, b] = of
  assert.ok(a && b)
  const token = await take(a, 0, expired)
  const frozen = owned(topic, 0, token)
  const [written, thaw] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()]
  const recording = inTransaction(db, async (client) => {
    const refused = await recordOutcomes(client, [frozen])
    written.resolve(refused.size)
    await thaw.promise
    await client.query('select')
    return refused
  })
  assert.is(await written.promise, 0)
  const since = performance.now()
  await until('it has the partition', async () => (await b.acquire([0], takeOver)).size > 0)
  assert.ok(performance.now() - since < 10_000)
  thaw.resolve()
  const failure = await recording.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(failure instanceof Error && isTransient(failure), String(failure))
  assert.is((await findOutcomes(db, [frozen.outcome.id])).size, 0)
  assert.is((await recordOutcomes(db.pool, [frozen])).size, 1, 'nor can it do so when it goes on')
})

test.run()
