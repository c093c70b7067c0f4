/** Faults of parking that a review looked for: each test states what must hold. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim } from '../../consumer/engine/claim.ts'
import type { GateStore } from '../../consumer/engine/gate.ts'
import type { ParkingLoad } from '../../consumer/engine/parking-store.ts'
import type { Limit } from '../../core/limits.ts'
import { type Driven, driveEngine, place } from '../fixtures/driven-engine.ts'
import type { HookOptions } from '../fixtures/engine-hooks.ts'
import { FakeGroup } from '../fixtures/fake-group.ts'
import { type MemoryParking, memoryParking } from '../fixtures/memory-parking.ts'
import { defer, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Faults of parking')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

const elapse = async (it: Driven, ms: number, end?: (it: Driven) => void): Promise<void> => {
  for (let left = ms; left > 0; left -= 100) {
    end?.(it)
    await pass(Math.min(100, left))
    it.group.heartbeat()
    await it.fetch()
  }
}

const endAll = (it: Driven): void => {
  for (const { end } of it.running()) end.resolve({ result: 'ok' })
}

const row = (
  parking: MemoryParking<string>,
  id: string,
  more: {
    key?: string
    sequence?: number
    dueInMs?: number
    heldBy?: string
    offset?: number
    reason?: string
  } = {},
): void => {
  const { key, sequence, dueInMs = 0, heldBy, offset = -1, reason = 'delay' } = more
  parking.rows.set(id, {
    id,
    partition: 0,
    offset,
    key,
    bytes: 1_000,
    task: id,
    attempt: 0,
    sequence,
    dueAt: heldBy === undefined ? Date.now() + dueInMs : Number.POSITIVE_INFINITY,
    reason,
    heldBy,
  })
}

const started = (it: Driven): string[] => it.runs.map(({ claim }) => claim.id ?? place(claim))

test('1 a record that is no job is never parked', async () => {
  const group = new FakeGroup(1)
  for (const key of ['a', 'a', 'a']) group.append(0, key)
  const it = driveEngine(
    1,
    { idOf: (task) => (task === '1' ? undefined : task), mayPark: (task) => task !== '1' },
    { group },
  )
  const parked: (string | undefined)[] = []
  const write = it.parking.write
  it.parking.write = (one) => {
    parked.push(one.claim.id)
    write(one)
  }
  await it.start([0])
  await it.end('0/0', { againAfterMs: 5_000 })
  await elapse(it, 500)
  assert.equal(parked, ['0', '2'])
})

test('2 a key of which bytes cut off a part stays blocked', async () => {
  const group = new FakeGroup(1)
  group.batchRecords = 100
  for (let i = 0; i < 12; i++) group.append(0, i % 2 ? 'a' : 'b', 2_000)
  const parking = memoryParking<string>()
  const load = parking.load
  // As the statement has it: the first of each key first, and no more than so many bytes of values.
  parking.load = async (request): Promise<ParkingLoad<string>> => {
    const loaded = await load(request)
    const ranks = new Map<string, number>()
    const ranked = loaded.jobs.map((job) => {
      const rank = ranks.get(job.key ?? job.id) ?? 0
      ranks.set(job.key ?? job.id, rank + 1)
      return { job, rank }
    })
    let before = 0
    const jobs = ranked
      .sort((x, y) => x.rank - y.rank)
      .flatMap(({ job }) => {
        const fits = before < request.bytes
        before += job.bytes - 1_000
        return fits ? [job] : []
      })
    return { ...loaded, jobs, cut: loaded.cut || jobs.length < loaded.jobs.length }
  }
  const it = driveEngine(1, { limits: { jobs: 80, bytes: 13_000 }, concurrency: 2 }, { group, parking })
  await it.start([0])
  for (const end of it.running().map((run) => run.end)) end.resolve({ againAfterMs: 3_000 })
  await elapse(it, 2_000)
  assert.is(parking.rows.size, 12)
  await elapse(it, 2_000)
  group.append(0, 'a')
  group.append(0, 'b')
  await elapse(it, 20_000, endAll)
  const order = it.runs.slice(2).map(({ claim }) => claim)
  for (const key of ['a', 'b']) {
    const its = order.filter((claim) => claim.key === key).map(({ offset }) => offset)
    assert.equal(
      its,
      its.toSorted((x, y) => x - y),
      `order of ${key}`,
    )
    assert.is(its.length, 7, `all of ${key}`)
  }
  assert.is(parking.rows.size, 0)
})

test('3 late joiners of a hot key keep no other parked job waiting', async () => {
  const it = driveEngine(1, {}, { group: new FakeGroup(1) })
  for (let i = 0; i < 10; i++) row(it.parking, `hot${i}`, { key: 'hot', dueInMs: -100 + i })
  await it.start([0])
  await elapse(it, 3_000)
  assert.is(it.running().length, 1, 'one of the hot key runs, for long')
  for (let i = 0; i < 3; i++) row(it.parking, `other${i}`)
  await elapse(it, 10_000)
  assert.ok(
    started(it).some((id) => id.startsWith('other')),
    `started: ${started(it).join()}`,
  )
})

const gateOf = (
  limits: Limit[],
  subjectOf: (claim: Claim<string>) => string | undefined,
  room: () => number,
) => {
  const running = new Set<Claim<string>>()
  const gate: GateStore<string> = {
    limits: () => limits,
    limitsOf: (claim) =>
      limits.filter(
        ({ subject, paused, concurrency, rate }) =>
          subject === subjectOf(claim) && (paused || concurrency !== undefined || rate !== undefined),
      ),
    take: async (claims) => {
      const granted = claims
        .filter((claim) => !limits.some((it) => it.paused && it.subject === subjectOf(claim)))
        .slice(0, Math.max(0, room() - running.size))
      for (const claim of granted) running.add(claim)
      return new Set(granted)
    },
    release: async (claims) => {
      for (const claim of claims) running.delete(claim)
    },
  }
  return gate
}

test('4 parked jobs that wait for permits keep no other parked job waiting', async () => {
  const limits: Limit[] = [{ subject: 'x', paused: false, concurrency: 1, rate: undefined }]
  const gate = gateOf(
    limits,
    (claim) => (claim.id?.startsWith('x') ? 'x' : undefined),
    () => 1,
  )
  const it = driveEngine(1, { gate }, { group: new FakeGroup(1) })
  for (let i = 0; i < 20; i++) row(it.parking, `x${i}`, { heldBy: 'x', reason: 'limit' })
  await it.start([0])
  await elapse(it, 3_000)
  assert.is(it.running().length, 1, 'one runs, for long')
  row(it.parking, 'free')
  await elapse(it, 10_000)
  assert.ok(started(it).includes('free'), `started: ${started(it).join()}; claimed ${it.engine.claimed}`)
})

test('5 what a limit held comes back as fast as it can run once it is open', async () => {
  const limits: Limit[] = [{ subject: 'x', paused: false, concurrency: undefined, rate: undefined }]
  const gate = gateOf(
    limits,
    () => 'x',
    () => 1e9,
  )
  const it = driveEngine(
    1,
    { gate, limits: { jobs: 200, bytes: 1e7 }, concurrency: 5 },
    { group: new FakeGroup(1) },
  )
  for (let i = 0; i < 400; i++) row(it.parking, `x${i}`, { heldBy: 'x', reason: 'limit' })
  await it.start([0])
  for (let ms = 0; ms < 10_000; ms += 25) {
    endAll(it)
    await pass(25)
    it.group.heartbeat()
  }
  // 5 slots, each at most 25 ms: 2,000 jobs could have run.
  assert.is(it.parking.rows.size, 0, `${it.parking.rows.size} of 400 are still held after 10 s`)
})

test('6 a limit with room for all of them parks none', async () => {
  const limits: Limit[] = [{ subject: 'x', paused: false, concurrency: 1_000, rate: undefined }]
  const gate = gateOf(
    limits,
    () => 'x',
    () => 1_000,
  )
  const group = new FakeGroup(1)
  group.batchRecords = 1_000
  for (let i = 0; i < 150; i++) group.append(0)
  const it = driveEngine(1, { gate, limits: { jobs: 200, bytes: 1e7 }, concurrency: 5 }, { group })
  let parked = 0
  const write = it.parking.write
  it.parking.write = (one) => {
    parked++
    write(one)
  }
  await it.start([0])
  for (let ms = 0; ms < 5_000; ms += 25) {
    endAll(it)
    await pass(25)
    it.group.heartbeat()
  }
  assert.is(it.recorded.length, 150, `${parked} were parked, ${it.recorded.length} of 150 have run after 5 s`)
})

test('7 what was asked for before a partition was lost frees no key of after', async () => {
  const parking = memoryParking<string>()
  const group = new FakeGroup(1)
  const slow = defer<void>()
  let isSlow = true
  const options: HookOptions = {
    settled: async (claims) => {
      if (isSlow && claims.some((claim) => claim.parked)) {
        isSlow = false
        await slow.promise
      }
      return new Set()
    },
  }
  row(parking, 'first', { key: 'a', sequence: 1, reason: 'retry' })
  row(parking, 'second', { key: 'a', sequence: 2, reason: 'order' })
  const it = driveEngine(1, { ...options, limits: { jobs: 40, bytes: 1e6 } }, { group, parking })
  await it.start([0])
  await elapse(it, 500)
  assert.is(it.engine.claimed, 2)
  // Away and back, while what they are looked up with takes its time.
  await it.join([])
  await elapse(it, 300)
  await it.join([0])
  await elapse(it, 300)
  slow.resolve()
  await settle()
  group.append(0, 'a')
  await elapse(it, 15_000, endAll)
  assert.equal(started(it), ['first', 'second', '0/0'])
  assert.is(parking.rows.size, 0)
})

test('8 keys that are due take turns', async () => {
  const it = driveEngine(1, { concurrency: 8 }, { group: new FakeGroup(1) })
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  for (const key of keys)
    for (let i = 0; i < 40; i++) row(it.parking, `${key}${i}`, { key, sequence: i + 1, reason: 'order' })
  await it.start([0])
  for (let i = 0; i < 200; i++) await elapse(it, 100, () => it.running()[0]?.end.resolve({ result: 'ok' }))
  const firsts = new Map(keys.map((key) => [key, started(it).indexOf(`${key}0`)]))
  const worst = Math.max(...[...firsts.values()].map((at) => (at === -1 ? started(it).length : at)))
  assert.ok(
    worst < 40,
    `started ${started(it).length}; the first of each key at ${JSON.stringify([...firsts])}`,
  )
})

test('9 what is written under a partition that was opened anew frees its keys all the same', async () => {
  const group = new FakeGroup(1)
  for (const key of ['a', 'a']) group.append(0, key)
  const parking = memoryParking<string>()
  const hold: { until: Promise<void> } = { until: Promise.resolve() }
  const it = driveEngine(1, { beforeRecord: () => hold.until }, { group, parking })
  await it.start([0])
  row(parking, 'z', { key: 'a', sequence: 1, reason: 'retry', dueInMs: 1_500 })
  const written = defer<void>()
  hold.until = written.promise
  await it.end('0/0', { againAfterMs: 3_000 })
  // The log is shorter than it was: the partition begins anew, under the same token.
  group.log[0]?.splice(0)
  group.append(0)
  await group.deliver({ ...group.batch(0, 0, []), highWatermark: '0' })
  await elapse(it, 500)
  written.resolve()
  await elapse(it, 30_000, endAll)
  assert.is(it.engine.blockedKeys, 0, 'no key stays blocked')
})

test('10 the end of a parked job counts for no record of the log', async () => {
  const group = new FakeGroup(1)
  const parking = memoryParking<string>()
  // Its record lay at this offset of the log that was there before.
  row(parking, 'old', { offset: 0 })
  group.append(0)
  const it = driveEngine(1, {}, { group, parking })
  await it.start([0])
  await elapse(it, 500)
  const old = it.running().find(({ claim }) => claim.id === 'old')
  old?.end.resolve({ result: 'ok' })
  await elapse(it, 1_000)
  assert.equal(it.running().length, 1, 'the record runs')
  assert.is(group.stored.get(0) ?? 0, 0, 'and is not committed')
})

test('11 a permit is not held for long by a job that has no slot', async () => {
  const limits: Limit[] = [{ subject: 'x', paused: false, concurrency: 4, rate: undefined }]
  const group = new FakeGroup(1)
  const held = new Set<Claim<string>>()
  const limited = (claim: Claim<string>): boolean => claim.offset < 4
  const gate: GateStore<string> = {
    limits: () => limits,
    limitsOf: (claim) => (limited(claim) ? limits : []),
    take: async (claims) => {
      for (const claim of claims) held.add(claim)
      return new Set(claims)
    },
    release: async (claims) => {
      for (const claim of claims) held.delete(claim)
    },
  }
  for (let i = 0; i < 7; i++) group.append(0)
  const it = driveEngine(1, { gate, limits: { jobs: 40, bytes: 1e6 } }, { group })
  await it.start([0])
  // Three that are under no limit run, for long.
  await elapse(it, 10_000)
  const idle = [...held].filter(({ state }) => state !== 'running')
  assert.is(
    idle.length,
    0,
    `running ${it.runningAt().join()}, permits ${held.size}, of them idle ${idle.length}`,
  )
})

test.run()
