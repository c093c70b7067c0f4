import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import type { LagReading } from '../../core/kafka/lag.ts'
import { locate } from '../../producer/fleet/locate.ts'

const test = suite('locate')

const reading = (at: number, committed: number | null, end: number): LagReading => ({
  at,
  partitions: [
    { topic: 't', partition: 0, endOffset: end, committedOffset: committed, lag: end - (committed ?? 0) },
  ],
})

/** A log with these timestamps, looked up as Kafka does. */
const logOf = (timestamps: readonly number[]) => ({
  epoch: 0,
  offsetAt: async (_partition: number, timestamp: number) => {
    const offset = timestamps.findIndex((it) => it >= timestamp)
    return offset === -1 ? undefined : offset
  },
})
const idAt = (submittedAt: number): string => makeJobId({ submittedAt, partition: 0, epoch: 0 })

test('a waiting job’s position is the jobs between the commit and it', async () => {
  const log = logOf([100, 200, 300, 400, 500])
  const found = await locate(idAt(400), { ...log, readings: [reading(9_000, 1, 5)] })
  assert.equal(found, { position: 2, estimatedStartAt: undefined })
})

test('with a drain rate it says when about its turn comes', async () => {
  const log = logOf([100, 200, 300, 400, 500])
  const readings = [reading(8_000, 0, 5), reading(9_000, 2, 5)]
  assert.equal(await locate(idAt(500), { ...log, readings }), { position: 2, estimatedStartAt: 10_000 })
  assert.equal(await locate(idAt(300), { ...log, readings }), { position: 0, estimatedStartAt: 9_000 })
})

test('an id of another topic, of no partition here or of nobody, and a time without readings: unknown', async () => {
  const log = logOf([100])
  const readings = [reading(9_000, 0, 1)]
  assert.is(await locate(idAt(100), { ...log, readings: [] }), undefined)
  assert.is(await locate(idAt(100), { ...log, epoch: 1, readings }), undefined)
  assert.is(
    await locate(makeJobId({ submittedAt: 100, partition: 5, epoch: 0 }), { ...log, readings }),
    undefined,
  )
  assert.is(await locate('nonsense', { ...log, readings }), undefined)
  assert.is(await locate(idAt(200), { ...log, readings }), undefined, 'nothing in the log is as new')
})

test('a job that is in the log is never called gone while it is not committed, however late its record came', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(3_000), fc.nat(10_000)), { minLength: 1, maxLength: 30, size: 'max' }),
      fc.nat(30),
      fc.nat(30),
      fc.boolean(),
      async (steps, pick, commit, commits) => {
        // Records lie in the order of their arrival; a job's own time is up to ten seconds before it.
        let now = 100_000
        const submitted: number[] = []
        for (const [step, late] of steps) {
          now += step
          submitted.push(now - late)
        }
        const offset = pick % submitted.length
        const committed = Math.min(commit % (submitted.length + 1), offset)
        const found = await locate(idAt(submitted[offset] ?? 0), {
          ...logOf(submitted),
          readings: [reading(now, commits || committed > 0 ? committed : null, submitted.length)],
        })
        assert.ok(found, 'it waits')
        assert.ok(found.position >= 0 && found.position <= offset - committed)
      },
    ),
    { numRuns: 300 },
  )
})

test('a job long committed is gone', async () => {
  const log = logOf([100, 200, 700_000, 800_000])
  assert.is(await locate(idAt(200), { ...log, readings: [reading(900_000, 3, 4)] }), undefined)
  assert.is(await locate(idAt(800_000), { ...log, readings: [reading(900_000, 4, 4)] }), undefined)
})

test.run()
