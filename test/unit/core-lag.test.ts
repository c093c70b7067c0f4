import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Admin } from '../../core/kafka/client.ts'
import {
  keepReadings,
  type LagReading,
  ofTopic,
  partitionDrainRate,
  rates,
  readLag,
  totalLag,
} from '../../core/kafka/lag.ts'

const test = suite('lag')

type Log = { low: number; high: number; committed: number }

const adminOf = (topics: Record<string, readonly Log[]>): Admin =>
  ({
    fetchTopicOffsets: async (topic: string) =>
      (topics[topic] ?? [])
        .map(({ low, high }, partition) => ({ partition, low: `${low}`, high: `${high}`, offset: `${high}` }))
        .reverse(),
    fetchOffsets: async ({ topics: asked }: { topics: string[] }) =>
      asked.toReversed().map((topic) => ({
        topic,
        partitions: (topics[topic] ?? []).map(({ committed }, partition) => ({
          partition,
          offset: `${committed}`,
        })),
      })),
  }) as unknown as Admin

test('is what is in the log and not committed, by partition in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ low: fc.nat(50), size: fc.nat(50), committed: fc.integer({ min: -1, max: 120 }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      async (logs) => {
        const reading = await readLag(
          adminOf({ t: logs.map(({ low, size, committed }) => ({ low, high: low + size, committed })) }),
          'g',
          ['t'],
        )
        assert.equal(
          reading.partitions.map(({ partition }) => partition),
          [...logs.keys()],
        )
        let total = 0
        logs.forEach(({ low, size, committed }, partition) => {
          const inLog = Array.from({ length: size }, (_, i) => low + i).filter((it) => it >= committed).length
          const read = reading.partitions[partition]
          assert.is(read?.lag, inLog)
          assert.is(read?.committedOffset, committed === -1 ? null : committed)
          assert.is(read?.endOffset, low + size)
          total += inLog
        })
        assert.is(totalLag(reading), total)
      },
    ),
  )
})

test('of several topics is read at once, and told apart by topic', async () => {
  const admin = adminOf({
    b: [{ low: 0, high: 9, committed: 4 }],
    a: [
      { low: 0, high: 3, committed: 3 },
      { low: 2, high: 8, committed: -1 },
    ],
  })
  const reading = await readLag(admin, 'g', ['b', 'a'])
  const said = (it: LagReading): string[] =>
    it.partitions.map(({ topic, partition, lag }) => `${topic} ${partition} ${lag}`)
  assert.equal(said(reading), ['b 0 5', 'a 0 0', 'a 1 6'])
  assert.is(totalLag(reading), 11)
  assert.equal(said(ofTopic(reading, 'a')), ['a 0 0', 'a 1 6'])
  assert.equal(ofTopic(reading, 'c').partitions, [])
})

const reading = (at: number, ...offsets: readonly [committed: number | null, end: number][]): LagReading => ({
  at,
  partitions: offsets.map(([committedOffset, endOffset], partition) => ({
    topic: 't',
    partition,
    endOffset,
    committedOffset,
    lag: endOffset - (committedOffset ?? 0),
  })),
})

test('rates are jobs per second between the oldest and the newest reading', () => {
  const readings = [
    reading(1_000, [0, 100], [0, 50]),
    reading(2_000, [5, 100], [0, 50]),
    reading(5_000, [100, 140], [40, 90]),
  ]
  assert.equal(rates(readings), { arrivalRate: 20, drainRate: 35 })
  assert.is(partitionDrainRate(readings, 0), 25)
  assert.is(partitionDrainRate(readings, 1), 10)
})

test('without two readings, or with a commit that went back, a rate is nothing rather than negative', () => {
  assert.equal(rates([]), { arrivalRate: 0, drainRate: 0 })
  assert.equal(rates([reading(1, [0, 9])]), { arrivalRate: 0, drainRate: 0 })
  assert.equal(rates([reading(5, [0, 9]), reading(5, [9, 9])]), { arrivalRate: 0, drainRate: 0 })
  assert.is(rates([reading(0, [9, 9]), reading(1_000, [3, 9])]).drainRate, 0)
  assert.is(partitionDrainRate([reading(0, [9, 9]), reading(1_000, [3, 9])], 0), 0)
  assert.is(partitionDrainRate([reading(0, [null, 9]), reading(1_000, [3, 9])], 0), 0)
  assert.is(partitionDrainRate([reading(0, [1, 9]), reading(1_000, [3, 9])], 7), 0)
})

test('readings of a window are kept, and one before it, so that a rate spans all of it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 40, size: 'max' }),
      fc.integer({ min: 1, max: 10_000 }),
      (steps, windowMs) => {
        let kept: readonly LagReading[] = []
        const all: number[] = []
        let now = 0
        for (const step of steps) {
          now += step
          all.push(now)
          kept = keepReadings(kept, reading(now, [0, 0]), windowMs)
          const inside = all.filter((at) => at > now - windowMs)
          const before = all.filter((at) => at <= now - windowMs).slice(-1)
          assert.equal(
            kept.map(({ at }) => at),
            [...before, ...inside],
          )
        }
      },
    ),
  )
})

test.run()
