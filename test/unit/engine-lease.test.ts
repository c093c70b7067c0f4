/** How long rows are ours by our own clock, and what is done to get and to keep them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LEASE_MS, Lease, type LeaseEdges } from '../../consumer/engine/lease.ts'
import type { Acquired, OwnershipStore } from '../../core/ownership.ts'
import { memoryOwnership } from '../fixtures/memory-ownership.ts'
import { defer, quiet, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Lease')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

const setUp = () => {
  const rows = memoryOwnership()
  const stopping = new AbortController()
  const state = { wanted: new Set<number>(), wantedAt: performance.now(), silentMs: 0, renewed: 0 }
  const held = new Map<number, Acquired>()
  const taken: string[] = []
  const asked: string[] = []
  const edges: LeaseEdges = {
    wanted: () => [...state.wanted].filter((it) => !held.has(it)),
    wantedMs: () => performance.now() - state.wantedAt,
    tokens: () => new Map([...held].map(([it, { token }]) => [it, token])),
    silentMs: () => state.silentMs,
    onAcquired: (acquired) => {
      for (const [it, row] of acquired) held.set(it, row)
    },
    onTaken: (partition, token) => {
      taken.push(`${partition} ${token}`)
      held.delete(partition)
    },
    onRenewed: () => {
      state.renewed++
    },
  }
  const store: OwnershipStore = rows.of('ours')
  const lease = new Lease(
    {
      ...store,
      acquire: (partitions, options) => {
        asked.push(`${partitions} for ${options.leaseMs}${options.takeOver ? ' over' : ''}`)
        return store.acquire(partitions, options)
      },
    },
    edges,
    quiet,
    stopping.signal,
  )
  const want = async (...partitions: number[]): Promise<void> => {
    state.wanted = new Set(partitions)
    state.wantedAt = performance.now()
    lease.acquireNow()
    await settle()
  }
  return { lease, rows, held, taken, asked, state, stopping, want, other: rows.of('other') }
}

test('nothing is ours before it was got, and what was got is ours at once', async () => {
  const { lease, held, want } = setUp()
  assert.not.ok(lease.isFresh)
  await want(0, 1)
  assert.equal([...held.keys()], [0, 1])
  assert.ok(lease.isFresh)
})

test('rows are renewed for as long as the group answers, however long that is', async () => {
  const { lease, taken, state, want } = setUp()
  await want(0)
  for (let i = 0; i < 40; i++) {
    await pass(1_000)
    assert.ok(lease.isFresh)
  }
  assert.ok(state.renewed >= 39)
  assert.equal(taken, [])
})

test('without a renewal they are ours until the lease ends, and not longer', async () => {
  const { lease, rows, want } = setUp()
  await want(0)
  rows.onCall = () => Promise.reject(new Error('no database'))
  await pass(LEASE_MS - 25)
  assert.ok(lease.isFresh)
  await pass(25)
  assert.not.ok(lease.isFresh)
  assert.instance(lease.failure, Error)
  rows.onCall = async () => {}
  await pass(1_000)
  assert.ok(lease.isFresh, 'nobody took them meanwhile')
  assert.is(lease.failure, undefined)
})

test('the clock counts from before the question: an answer that comes late is worth less', async () => {
  const { lease, rows, want } = setUp()
  const gate = defer()
  rows.onAnswer = () => gate.promise
  await want(0)
  await pass(3_000)
  gate.resolve()
  rows.onAnswer = async () => {}
  rows.onCall = () => Promise.reject(new Error('no database'))
  await settle()
  await pass(LEASE_MS - 3_000 - 25)
  assert.ok(lease.isFresh)
  await pass(25)
  assert.not.ok(lease.isFresh)
})

test('so it does for a renewal whose answer comes late', async () => {
  const { lease, rows, want } = setUp()
  await want(0)
  const gate = defer()
  rows.onAnswer = () => gate.promise
  await pass(4_000)
  rows.onCall = () => Promise.reject(new Error('no database'))
  gate.resolve()
  await settle()
  // The store counts from when it was asked, which was later still.
  const left = (rows.rows.get(0)?.expiresAt ?? 0) - performance.now()
  assert.ok(left < LEASE_MS - 2_000)
  await pass(left - 25)
  assert.ok(lease.isFresh)
  await pass(25)
  assert.not.ok(lease.isFresh)
})

test('we never think a row ours longer than the store does', async () => {
  const { lease, rows, want, state } = setUp()
  await want(0)
  for (const [silentMs, answerMs] of [
    [0, 0],
    [4_000, 700],
    [9_000, 1_500],
    [0, 2_500],
  ] as const) {
    state.silentMs = silentMs
    rows.onAnswer = async () => {
      await new Promise((resolve) => setTimeout(resolve, answerMs))
    }
    for (let i = 0; i < 160; i++) {
      await pass(50)
      const expiresAt = rows.rows.get(0)?.expiresAt ?? 0
      assert.ok(!lease.isFresh || performance.now() < expiresAt, `silent ${silentMs}, answer ${answerMs}`)
    }
  }
})

test('while the group is silent the lease shrinks, and ends a second after its session', async () => {
  const { lease, rows, state, want } = setUp()
  await want(0)
  const since = performance.now()
  while (lease.isFresh && state.silentMs < 30_000) {
    await pass(100)
    state.silentMs += 100
  }
  const ms = performance.now() - since
  assert.ok(Math.abs(ms - LEASE_MS) <= 200, `${ms} ms`)
  assert.ok((rows.rows.get(0)?.expiresAt ?? 0) <= performance.now(), 'others may take over')
  await want(0, 1)
  await pass(2_000)
  assert.is(rows.rows.get(1), undefined, 'and nothing new is asked for')
  state.silentMs = 0
  await pass(1_000)
  assert.ok(lease.isFresh, 'it answers again')
  assert.is(rows.rows.get(1)?.owner, 'ours')
})

test('a row that is another’s by now is told once, with the token it had', async () => {
  const { lease, rows, held, taken, want, other } = setUp()
  await want(0, 1)
  const token = held.get(1)?.token
  rows.expire(1)
  await other.acquire([1], { leaseMs: 60_000, takeOver: true })
  await pass(2_000)
  assert.equal(taken, [`1 ${token}`])
  assert.ok(lease.isFresh)
})

test('a row that is not free is asked for again until it is', async () => {
  const { held, want, other, asked } = setUp()
  const row = (await other.acquire([0], { leaseMs: 60_000, takeOver: false })).get(0)
  await want(0, 1)
  assert.equal([...held.keys()], [1], 'those that are free are not waited with')
  await pass(400)
  assert.not.ok(held.has(0))
  assert.ok(asked.length >= 5)
  assert.ok(asked.every((it) => !it.endsWith('over')))
  if (row) await other.release(new Map([[0, row.token]]))
  await pass(75)
  assert.ok(held.has(0))
  assert.not.ok(held.get(0)?.unclean)
  const before = asked.length
  await pass(2_000)
  assert.is(asked.length, before, 'then no more')
})

test('an ended session has half a second to renew before its row is taken over', async () => {
  const { held, want, rows, other } = setUp()
  const mine = await other.acquire([0, 1], { leaseMs: 0, takeOver: false })
  await pass(50)
  await want(0, 1)
  await pass(400)
  assert.is(held.size, 0)
  // One of them was in the same join.
  await other.renew(new Map([[0, mine.get(0)?.token ?? 0]]), 60_000)
  await pass(300)
  assert.equal([...held.keys()], [1])
  assert.ok(held.get(1)?.unclean)
  assert.is(rows.rows.get(0)?.owner, 'other')
})

test('what was got beside older rows does not make those fresh again', async () => {
  const { lease, rows, want } = setUp()
  await want(0)
  rows.onCall = async (what) => {
    if (what === 'renew') throw new Error('no database')
  }
  await pass(LEASE_MS - 50)
  assert.ok(lease.isFresh)
  await want(0, 1)
  assert.is(rows.rows.get(1)?.owner, 'ours')
  await pass(100)
  assert.not.ok(lease.isFresh)
})

test('what was got by an answer that came late ends no later than the store has it', async () => {
  const { lease, rows, held, want } = setUp()
  await want(0)
  rows.onAnswer = async (what) => {
    if (what === 'acquire') await new Promise((resolve) => setTimeout(resolve, 8_000))
  }
  await want(0, 1)
  await pass(8_000)
  assert.ok(held.has(1))
  rows.onCall = () => Promise.reject(new Error('no database'))
  await pass(LEASE_MS - 8_000)
  assert.ok((rows.rows.get(1)?.expiresAt ?? 0) <= performance.now())
  assert.not.ok(lease.isFresh)
})

test('after a stop nothing is asked for or renewed', async () => {
  const { lease, rows, held, state, stopping, want, other } = setUp()
  await other.acquire([1], { leaseMs: 60_000, takeOver: false })
  await want(0, 1)
  stopping.abort()
  lease.stop()
  await settle()
  const { renewed } = state
  rows.rows.delete(1)
  await pass(3_000)
  assert.equal([...held.keys()], [0])
  assert.is(state.renewed, renewed)
  assert.ok(lease.stopped.aborted)
})

test.run()
