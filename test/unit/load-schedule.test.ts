import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dueBy,
  dueMs,
  type RunParts,
  requestsOf,
  runSchedule,
  type Schedule,
  sizeOf,
} from '../../producer/load/schedule.ts'

const test = suite('load schedule')

const schedules = fc.record({
  jobs: fc.integer({ min: 1, max: 10_000 }),
  batch: fc.integer({ min: 1, max: 700 }),
  rate: fc.double({ min: 0.1, max: 100_000, noNaN: true }),
})

test('every job is in exactly one request', () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const sizes = Array.from({ length: requestsOf(schedule) }, (_, request) => sizeOf(schedule, request))
      assert.is(
        sizes.reduce((a, b) => a + b, 0),
        schedule.jobs,
      )
      assert.ok(sizes.every((size) => size >= 1 && size <= schedule.batch))
      assert.is(sizeOf(schedule, sizes.length), 0)
    }),
  )
})

test('what is due by a time are the requests whose own time has come, also at that very time', () => {
  fc.assert(
    fc.property(
      schedules,
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.nat(10_000),
      (schedule, at, some) => {
        for (const elapsed of [at, dueMs(schedule, some)]) {
          const due = dueBy(schedule, elapsed)
          if (due > 0) assert.ok(dueMs(schedule, due - 1) <= elapsed)
          if (due < requestsOf(schedule)) assert.ok(dueMs(schedule, due) > elapsed)
        }
      },
    ),
  )
})

/** A clock that moves only while somebody sleeps; `answerMs` undefined never answers. */
const simulate = async (
  schedule: Schedule,
  {
    answerMs,
    maxUnderWay = 1_000,
    stopAfter = Number.POSITIVE_INFINITY,
  }: {
    answerMs: number
    maxUnderWay?: number
    stopAfter?: number
  },
) => {
  let clock = 1_000
  const timers: { at: number; done: () => void }[] = []
  const sleep = (ms: number): Promise<void> =>
    new Promise((done) => {
      timers.push({ at: clock + ms, done })
    })
  const stop = new AbortController()
  const sent: { request: number; at: number; dueAt: number }[] = []
  const skipped: number[] = []
  let underWay = 0
  let peak = 0
  const parts: RunParts = {
    async send(request, dueAt) {
      sent.push({ request, at: clock, dueAt })
      if (sent.length >= stopAfter) stop.abort()
      peak = Math.max(peak, ++underWay)
      await sleep(answerMs)
      underWay--
    },
    skip: (request) => void skipped.push(request),
    maxUnderWay,
    signal: stop.signal,
    now: () => clock,
    sleep,
  }
  let over = false
  const run = runSchedule(schedule, parts).then(() => {
    over = true
  })
  while (!over) {
    await new Promise(setImmediate)
    timers.sort((a, b) => a.at - b.at)
    const next = timers.shift()
    if (next) clock = Math.max(clock, next.at)
    next?.done()
  }
  await run
  return { sent, skipped, peak }
}

test('the open loop sends on time however slow the answers are', async () => {
  const { sent, skipped } = await simulate({ jobs: 50, batch: 1, rate: 100 }, { answerMs: 60_000 })
  assert.equal(
    sent.map(({ at }) => Math.round(at)),
    sent.map(({ dueAt }) => Math.round(dueAt)),
  )
  assert.equal([sent.length, skipped.length, sent.at(-1)?.dueAt], [50, 0, 1_490])
})

test('the open loop skips what is due while too much is unanswered, and says so', async () => {
  const { sent, skipped, peak } = await simulate(
    { jobs: 50, batch: 1, rate: 100 },
    { answerMs: 60_000, maxUnderWay: 20 },
  )
  assert.equal([sent.length, skipped.length, peak], [20, 30, 20])
  assert.is(new Set([...sent.map(({ request }) => request), ...skipped]).size, 50)
})

test('batches are due together, at the same overall rate', async () => {
  const { sent } = await simulate({ jobs: 50, batch: 20, rate: 100 }, { answerMs: 1 })
  assert.equal(
    sent.map(({ dueAt }) => dueAt - 1_000),
    [0, 200, 400],
  )
})

test('the closed loop keeps its number of requests under way, and each is due when sent', async () => {
  const { sent, skipped, peak } = await simulate(
    { jobs: 30, batch: 1, rate: 0 },
    { answerMs: 100, maxUnderWay: 10 },
  )
  assert.equal([sent.length, skipped.length, peak], [30, 0, 10])
  assert.ok(sent.every(({ at, dueAt }) => at === dueAt))
  assert.is(sent.at(-1)?.at, 1_200)
})

test('both loops stop sending when told to', async () => {
  for (const rate of [0, 100]) {
    const { sent } = await simulate(
      { jobs: 50, batch: 1, rate },
      { answerMs: 5, maxUnderWay: 1, stopAfter: 3 },
    )
    assert.is(sent.length, 3)
  }
})

test.run()
