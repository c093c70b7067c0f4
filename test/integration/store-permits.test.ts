/** Limits and permits on a real PostgreSQL, asked for by many at once. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import type { Notice } from '../../core/notice.ts'
import {
  dropOpenLimits,
  type LimitSetting,
  readLimits,
  removeLimit,
  setLimit,
} from '../../core/store/limits.ts'
import { listenForNotices } from '../../core/store/notices.ts'
import { parkJobs } from '../../core/store/parked.ts'
import { releasePermits, renewPermits, takePermits } from '../../core/store/permits.ts'
import { parkedJob } from '../fixtures/parked-jobs.ts'
import { quiet } from '../fixtures/quiet.ts'
import { openStore, owners, type RealStore, take } from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const LEASE_MS = 60_000
const SCHEMA = 'not listened to'

const test = suite<RealStore>('Limits and permits')
test.before(async (it) => {
  Object.assign(it, await openStore())
})
test.after((it) => it.close())

const newSubject = (): string => `type:${randomUUID()}`
const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

/** A limit of its own, and ways to ask for its permits. */
const limited = async ({ db }: RealStore, setting: Partial<LimitSetting>) => {
  const subject = newSubject()
  const set = (to: Partial<LimitSetting>) => setLimit(db, SCHEMA, subject, { paused: false, ...to })
  await set(setting)
  return {
    subject,
    set,
    /** How many of so many new jobs may start. */
    start: async (count: number) =>
      (await takePermits(db, 'o', asksFor(newIds(count), subject), LEASE_MS)).size,
  }
}

const asksFor = (ids: readonly string[], ...subjects: string[]) => ids.map((jobId) => ({ jobId, subjects }))

test('as many start as may run at once, in the order in which they ask, and others as these end', async (it) => {
  const { db } = it
  const { subject } = await limited(it, { concurrency: 2 })
  const [a, b, c, d] = newIds(4) as [string, string, string, string]
  assert.equal([...(await takePermits(db, 'o', asksFor([a, b, c], subject), LEASE_MS))].sort(), [a, b].sort())
  assert.is((await takePermits(db, 'p', asksFor([c, d], subject), LEASE_MS)).size, 0)
  await releasePermits(db, 'p', [a])
  assert.is(
    (await takePermits(db, 'p', asksFor([c], subject), LEASE_MS)).size,
    0,
    'only its owner releases it',
  )
  await releasePermits(db, 'o', [a])
  assert.equal([...(await takePermits(db, 'p', asksFor([d, c], subject), LEASE_MS))], [d])
})

test('who asks again for what it was given has it once; another may not have it', async (it) => {
  const { db } = it
  const { subject, start } = await limited(it, { concurrency: 2 })
  const [id = ''] = newIds(1)
  for (let times = 0; times < 3; times++)
    assert.equal([...(await takePermits(db, 'o', asksFor([id], subject), LEASE_MS))], [id])
  assert.is((await takePermits(db, 'p', asksFor([id], subject), LEASE_MS)).size, 0)
  assert.is(await start(3), 1)
  const again = await takePermits(db, 'o', asksFor([...newIds(1), id], subject), LEASE_MS)
  assert.equal([...again], [id], 'also where there is no more room')
  await releasePermits(db, 'o', [id])
  assert.is(await start(3), 1)
})

test('permits that expired come back; one that was renewed in time does not, one that is late stays lost', async (it) => {
  const { db } = it
  const { subject, start } = await limited(it, { concurrency: 2 })
  const [kept, lost] = newIds(2) as [string, string]
  assert.is((await takePermits(db, 'a', asksFor([kept, lost], subject), 100)).size, 2)
  await renewPermits(db, 'a', [kept], LEASE_MS)
  await renewPermits(db, 'b', [lost], LEASE_MS)
  await until('it expires', async () => (await start(2)) === 1)
  await renewPermits(db, 'a', [kept, lost], LEASE_MS)
  assert.is(await start(2), 0)
  await releasePermits(db, 'a', [lost])
  assert.is(await start(2), 0, 'what was lost is not released')
  await releasePermits(db, 'a', [kept])
  assert.is(await start(2), 1)
})

test('a permit that has expired is not renewed, even if nobody has asked for it yet', async (it) => {
  const { db } = it
  const { subject, start } = await limited(it, { concurrency: 1 })
  const ids = newIds(1)
  await takePermits(db, 'o', asksFor(ids, subject), 0)
  await renewPermits(db, 'o', ids, LEASE_MS)
  assert.is(await start(1), 1)
})

test('a job whose owner has gone is taken over by another when its permit has expired', async (it) => {
  const { db } = it
  const { subject, start } = await limited(it, { concurrency: 1 })
  const [id = ''] = newIds(1)
  await takePermits(db, 'gone', asksFor([id], subject), 50)
  await until('it is taken over', async () =>
    (await takePermits(db, 'o', asksFor([id], subject), LEASE_MS)).has(id),
  )
  await renewPermits(db, 'gone', [id], 0)
  await releasePermits(db, 'gone', [id])
  assert.is(await start(1), 0)
})

test('a job has permits of all its limits, or of none', async (it) => {
  const { db } = it
  const [wide, narrow, open, paused] = await Promise.all([
    limited(it, { concurrency: 2 }),
    limited(it, { concurrency: 1 }),
    limited(it, {}),
    limited(it, { paused: true }),
  ])
  const [a, b, c, d] = newIds(4) as [string, string, string, string]
  const granted = await takePermits(
    db,
    'o',
    [
      { jobId: a, subjects: [wide.subject, narrow.subject, open.subject, 'type:no limit'] },
      { jobId: b, subjects: [narrow.subject, wide.subject] },
      { jobId: c, subjects: [wide.subject, paused.subject] },
      { jobId: d, subjects: [] },
    ],
    LEASE_MS,
  )
  assert.equal([...granted].sort(), [a, d].sort())
  assert.is(await wide.start(2), 1, 'those that were refused hold nothing')
  assert.is(await open.start(5), 5)
})

test('what is paused starts nothing until it is resumed', async (it) => {
  const { start, set } = await limited(it, { paused: true })
  assert.is(await start(3), 0)
  await set({ paused: false })
  assert.is(await start(3), 3)
})

test('a limit that is lowered starts nothing until as many have ended', async (it) => {
  const { db } = it
  const { subject, set, start } = await limited(it, { concurrency: 3 })
  const ids = newIds(3)
  await takePermits(db, 'o', asksFor(ids, subject), LEASE_MS)
  await set({ concurrency: 1 })
  for (const id of ids) {
    assert.is(await start(1), 0)
    await releasePermits(db, 'o', [id])
  }
  assert.is(await start(3), 1)
})

test('however many owners ask at once, never more run than may', async (it) => {
  const { db } = it
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }), {
      minLength: 4,
      maxLength: 8,
    }),
    async (first, second, loads) => {
      const subjects = [
        (await limited(it, { concurrency: first })).subject,
        (await limited(it, { concurrency: second })).subject,
      ] as const
      const room = new Map<string, number>([
        [subjects[0], first],
        [subjects[1], second],
      ])
      const running = new Map<string, number>()
      const count = (subject: string, by: number): void => {
        const now = (running.get(subject) ?? 0) + by
        running.set(subject, now)
        assert.ok(now <= (room.get(subject) ?? 0), `${now} of ${subject}`)
      }
      /** Does its jobs, each under none, one or both limits, in whatever order they may start. */
      const work = async (owner: string, load: readonly number[]): Promise<void> => {
        const open = new Map(
          load.map((kind) => [randomUUID() as string, subjects.filter((_, n) => kind & (1 << n))] as const),
        )
        while (open.size > 0) {
          const asks = [...open].map(([jobId, under]) => ({ jobId, subjects: under.toReversed() }))
          const granted = await takePermits(db, owner, asks, LEASE_MS)
          for (const id of granted) for (const subject of open.get(id) ?? []) count(subject, 1)
          await delay(granted.size % 3)
          await renewPermits(db, owner, [...granted], LEASE_MS)
          for (const id of granted) for (const subject of open.get(id) ?? []) count(subject, -1)
          await releasePermits(db, owner, [...granted])
          for (const id of granted) open.delete(id)
        }
      }
      await Promise.all(loads.map((load, n) => work(`owner ${n}`, load)))
      assert.equal(
        [...running.values()].filter((it) => it !== 0),
        [],
      )
    },
  )
  await fc.assert(property, { numRuns: 12 })
})

test('no more start than the rate allows, and about as many', async (it) => {
  const { db } = it
  const check = async (rate: number): Promise<void> => {
    const { subject } = await limited(it, { rate })
    const since = performance.now()
    let started = 0
    const ask = async (owner: string): Promise<void> => {
      while (performance.now() - since < 2_000) {
        const { size } = await takePermits(db, owner, asksFor(newIds(7), subject), LEASE_MS)
        started += size
        const seconds = (performance.now() - since) / 1_000
        const most = rate * seconds + Math.max(1, rate * 0.25)
        assert.ok(started <= most + 1e-6, `${started} of ${most} in ${seconds} s at ${rate}/s`)
        await delay(5)
      }
    }
    await Promise.all(['a', 'b', 'c'].map(ask))
    assert.ok(started >= rate * 2 * 0.8, `${started} in 2 s at ${rate}/s`)
  }
  await Promise.all([3, 40, 300].map(check))
})

test('a rate that was low does not hold up one that is set higher', async (it) => {
  const { start, set } = await limited(it, { rate: 0.001 })
  assert.is(await start(2), 1)
  await set({ rate: 0.001 })
  assert.is(await start(1), 0, 'setting it again is no way around it')
  await set({ rate: 1_000 })
  await until('one may start', async () => (await start(1)) === 1, 1_000)
})

test('limits are read as they were set, and each change is told', async ({ db }) => {
  const schema = `s_${randomUUID().replaceAll('-', '')}`
  const { database } = readConfig({ ...process.env, DATABASE_SCHEMA: schema }, 'child')
  const heard: Notice[] = []
  let connected = false
  const listening = listenForNotices(
    database,
    'test',
    quiet,
    (it) => heard.push(it),
    () => {
      connected = true
    },
  )
  try {
    await until('it listens', () => connected)
    const subject = newSubject()
    const read = async () => (await readLimits(db)).find((it) => it.subject === subject)
    assert.is(await read(), undefined)
    await setLimit(db, schema, subject, { paused: true, concurrency: 3, rate: 0.5 })
    assert.equal(await read(), { subject, paused: true, concurrency: 3, rate: 0.5 })
    await setLimit(db, schema, subject, { paused: false, rate: 2 })
    assert.equal(await read(), { subject, paused: false, concurrency: undefined, rate: 2 })
    assert.ok(await removeLimit(db, schema, subject))
    assert.equal(await read(), { subject, paused: false, concurrency: undefined, rate: undefined })
    assert.not.ok(await removeLimit(db, schema, subject), 'it is open already')
    await until('three notices', () => heard.length >= 3)
    assert.equal(
      heard,
      Array.from({ length: 3 }, () => ({ kind: 'limits' })),
    )
  } finally {
    await listening.stop()
  }
})

test('an open limit stays while it holds jobs, and comes back where it is missed', async (it) => {
  const { db } = it
  const { topic, of } = owners(db, 1)
  const [rows] = of
  assert.ok(rows)
  const token = await take(rows, 0)
  const [holding, empty, fresh, closed] = await Promise.all([
    limited(it, {}),
    limited(it, {}),
    limited(it, {}),
    limited(it, { concurrency: 1 }),
  ])
  const missed = newSubject()
  const hold = (heldBy: string) => ({
    job: parkedJob({ topic, partition: 0 }, { reason: 'limit', heldBy, dueInMs: Number.POSITIVE_INFINITY }),
    token,
  })
  await parkJobs(db, [hold(holding.subject), hold(missed), hold(missed)])
  const old = [holding, empty, closed].map(({ subject }) => subject)
  await db.pool.query(`update limits set updated_at = now() - interval '2 hours' where subject = any($1)`, [
    old,
  ])
  await dropOpenLimits(db)
  const left = new Set((await readLimits(db)).map(({ subject }) => subject))
  assert.ok(left.has(holding.subject) && left.has(fresh.subject) && left.has(closed.subject))
  assert.not.ok(left.has(empty.subject))
  assert.ok(left.has(missed))
})

test.run()
