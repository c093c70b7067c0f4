/** Rows of ownership on a real PostgreSQL, asked by many at once. */
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownershipsOf } from '../../core/store/ownership.ts'
import {
  expired,
  lease,
  newTopic,
  openStore,
  owners,
  type RealStore,
  take,
  takeOver,
} from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const test = suite<RealStore>('Ownership in PostgreSQL')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

test('a row that was never owned or was released is free, one that is owned is not', async ({ db }) => {
  const [a, b] = owners(db).of
  assert.ok(a && b)
  const first = await a.acquire([0, 1], lease)
  assert.equal([...first.keys()].sort(), [0, 1])
  assert.equal(first.get(0), { token: 1, unclean: false })
  assert.is((await b.acquire([0, 1], lease)).size, 0)
  assert.is((await b.acquire([0, 1], takeOver)).size, 0, 'its session has not ended')
  await a.release(new Map([[0, 1]]))
  const second = await b.acquire([0, 1], lease)
  assert.equal([...second.keys()], [0])
  assert.is(second.get(0)?.unclean, false)
  assert.ok((second.get(0)?.token ?? 0) > 1, 'the token has grown')
  assert.is((await a.acquire([], lease)).size, 0)
})

test('topics have rows of their own', async ({ db }) => {
  const a = ownershipsOf(db, [newTopic()], 'a')
  const b = ownershipsOf(db, [newTopic()], 'b')
  assert.is(await take(a, 0), 1)
  assert.is(await take(b, 0), 1)
})

test('an owner that asks again, not knowing of its first answer, gets the row under a new token', async ({
  db,
}) => {
  const [a] = owners(db).of
  assert.ok(a)
  const first = await take(a, 0)
  const again = (await a.acquire([0], lease)).get(0)
  assert.ok(again && again.token > first)
  assert.is(again?.unclean, false)
  assert.is((await a.renew(new Map([[0, first]]), 60_000)).size, 0, 'the first token is over')
})

test('a row whose session has ended is taken over by whoever may, and is told unclean', async ({ db }) => {
  const [a, b] = owners(db).of
  assert.ok(a && b)
  const token = await take(a, 0, expired)
  assert.is((await b.acquire([0], lease)).size, 0, 'not without takeOver: its owner may still renew')
  const taken = (await b.acquire([0], takeOver)).get(0)
  assert.ok(taken && taken.token > token && taken.unclean)
  assert.equal([...(await a.renew(new Map([[0, token]]), 60_000))], [], 'too late')
  await a.release(new Map([[0, token]]))
  assert.is((await a.acquire([0], takeOver)).size, 0, 'a former owner releases nothing')
})

test('an owner whose session has ended keeps the row if it renews before another takes it', async ({
  db,
}) => {
  const [a, b] = owners(db).of
  assert.ok(a && b)
  const token = await take(a, 0, expired)
  assert.equal([...(await a.renew(new Map([[0, token]]), 60_000))], [0])
  assert.is((await b.acquire([0], takeOver)).size, 0)
})

test('a renewal prolongs what is ours and tells what is not', async ({ db }) => {
  const [a, b] = owners(db).of
  assert.ok(a && b)
  const tokens = new Map([...(await a.acquire([0, 1, 2], lease))].map(([it, { token }]) => [it, token]))
  assert.equal([...(await a.renew(tokens, 0))].sort(), [0, 1, 2])
  assert.ok((await b.acquire([1], takeOver)).has(1))
  assert.equal([...(await a.renew(tokens, 60_000))].sort(), [0, 2])
  assert.is((await b.acquire([0, 2], takeOver)).size, 0)
  assert.is((await a.renew(new Map(), 60_000)).size, 0)
})

test('a session ends by the clock of the database, whatever the clocks of the workers say', async ({
  db,
}) => {
  const [a, b] = owners(db).of
  assert.ok(a && b)
  const real = Date.now
  Date.now = () => real() + 3_600_000
  try {
    await take(a, 0, { leaseMs: 1_000, takeOver: false })
  } finally {
    Date.now = real
  }
  const since = performance.now()
  assert.is((await b.acquire([0], takeOver)).size, 0)
  await until('the session ends', async () => (await b.acquire([0], takeOver)).has(0), 5_000)
  const ms = performance.now() - since
  assert.ok(ms > 700 && ms < 2_500, `it took ${ms} ms`)
})

test('of many that ask at once, for released rows, new ones and left ones, exactly one gets each', async ({
  db,
}) => {
  const { of } = owners(db, 6)
  const last = new Map<number, number>()
  for (let round = 0; round < 40; round++) {
    const orders = of.map(() => fc.sample(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), 1)[0] ?? [])
    const got = await Promise.all(of.map((it, n) => it.acquire(orders[n] ?? [], takeOver)))
    const winners = got.flatMap((rows) => [...rows.keys()]).sort()
    assert.equal(winners, [0, 1, 2, 3, 4], `round ${round}`)
    for (const [n, rows] of got.entries()) {
      for (const [partition, { token }] of rows) {
        assert.ok(token > (last.get(partition) ?? 0), 'tokens grow')
        last.set(partition, token)
        // For the next round they are released, or their session is over.
        const its = new Map([[partition, token]])
        await (round % 2 === 0 ? of[n]?.release(its) : of[n]?.renew(its, 0))
      }
    }
    if (round % 2 === 1) await delay(2)
  }
})

test.run()
