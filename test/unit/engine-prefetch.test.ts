import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PAUSE_ABOVE, Prefetch, type PrefetchedRecord, RESUME_BELOW } from '../../consumer/engine/prefetch.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { message } from '../fixtures/fake-group.ts'

const test = suite('Prefetch')

/** A prefetch beside a log whose fetching it pauses and resumes. */
const setUp = () => {
  const paused = new Set<number>()
  const calls: string[] = []
  const prefetch = new Prefetch(
    (partition) => {
      assert.not.ok(paused.has(partition), 'a paused partition is not paused again')
      paused.add(partition)
      calls.push(`pause ${partition}`)
    },
    (partition) => {
      assert.ok(paused.has(partition), 'only a paused partition is resumed')
      paused.delete(partition)
      calls.push(`resume ${partition}`)
    },
  )
  return { prefetch, paused, calls }
}

const everything = (): boolean => true
const messages = (from: number, count: number, bytes = 0) =>
  Array.from({ length: count }, (_, i) => message(from + i, null, bytes))

const batch = (from: number, records: readonly KafkaMessage[]) => ({
  from,
  next: Number(records.at(-1)?.offset ?? from - 1) + 1,
  messages: records,
})

type Step =
  | { readonly do: 'fetch'; readonly partition: number; readonly back: number; readonly count: number }
  | { readonly do: 'take'; readonly limit: number }
  | { readonly do: 'drop'; readonly partition: number }
  | { readonly do: 'open'; readonly partition: number }

const partition = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('fetch' as const),
      partition,
      back: fc.integer({ min: -2, max: 6 }),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const), limit: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ do: fc.constant('drop' as const), partition }),
      fc.record({ do: fc.constant('open' as const), partition }),
    ),
  },
)

test('gives each record of an open partition once, in order, without a gap, whatever the log repeats', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 100, size: 'max' }),
      fc.constantFrom(10, 40_000, 600_000),
      (steps, bytes) => {
        const { prefetch, paused } = setUp()
        const position = new Map<number, number>()
        const given = new Map<number, number>()
        for (const doing of steps) {
          if (doing.do === 'open') {
            if (position.has(doing.partition)) continue
            prefetch.open(doing.partition, 100)
            position.set(doing.partition, 100)
            given.set(doing.partition, 100)
          } else if (doing.do === 'drop') {
            prefetch.drop(doing.partition)
            position.delete(doing.partition)
            assert.not.ok(paused.has(doing.partition), 'a dropped partition is not left paused')
          } else if (doing.do === 'fetch') {
            if (paused.has(doing.partition)) continue
            const now = position.get(doing.partition)
            const from = Math.max(0, (now ?? 100) - doing.back)
            const taken = prefetch.add(doing.partition, batch(from, messages(from, doing.count, bytes)))
            assert.is(taken, now !== undefined && from <= now)
            if (taken && now !== undefined) position.set(doing.partition, Math.max(now, from + doing.count))
          } else {
            let left = doing.limit
            const taken = prefetch.take(() => left-- > 0)
            for (const record of taken) {
              assert.is(record.offset, given.get(record.partition))
              given.set(record.partition, record.offset + 1)
            }
          }
          for (const it of [0, 1, 2]) assert.is(prefetch.position(it), position.get(it))
          let waiting = 0
          for (const [it, at] of position) waiting += at - (given.get(it) ?? 0)
          assert.is(prefetch.records, waiting)
        }
        for (const record of prefetch.take(everything)) {
          assert.is(record.offset, given.get(record.partition))
          given.set(record.partition, record.offset + 1)
        }
        for (const [it, at] of position) assert.is(given.get(it), at)
        assert.is(paused.size, 0, 'what is empty is fetched')
      },
    ),
    { numRuns: 200 },
  )
})

test('pauses a partition once above its bound and resumes it once well below', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(3, 0)
  let fetched = 0
  while (calls.length === 0) prefetch.add(3, batch(fetched, messages(fetched++, 1, 16 * 1024)))
  // What a record takes beside its value is the prefetch's own affair: each says it when it is taken.
  const sizes: number[] = []
  let left = fetched
  while (calls.length === 1) {
    let room = 1
    sizes.push(...prefetch.take(() => room-- > 0).map(({ bytes }) => bytes))
    left--
  }
  const [size] = sizes
  if (size === undefined) throw new Error('nothing was taken')
  assert.ok(fetched * size > PAUSE_ABOVE && (fetched - 1) * size <= PAUSE_ABOVE)
  assert.ok(left * size < RESUME_BELOW && (left + 1) * size >= RESUME_BELOW)
  assert.equal(calls, ['pause 3', 'resume 3'])
})

test('a partition that kafkajs fetches although it was paused (its consumer began anew) is paused again', () => {
  const paused = new Set<number>()
  const prefetch = new Prefetch(
    (it) => paused.add(it),
    (it) => paused.delete(it),
  )
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, messages(0, 2, PAUSE_ABOVE)))
  assert.ok(paused.has(0))
  paused.clear()
  prefetch.add(0, batch(2, messages(2, 1, PAUSE_ABOVE)))
  assert.ok(paused.has(0), 'or the whole log comes into memory')
})

test('what only markers or aborted records cover is passed, once nothing lies before it', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, { from: 0, next: 5, messages: messages(0, 3) })
  assert.is(prefetch.drainedTo(0), undefined)
  assert.is(prefetch.take(everything).length, 3)
  assert.is(prefetch.drainedTo(0), 5)
  prefetch.add(0, { from: 5, next: 900, messages: [] })
  assert.is(prefetch.drainedTo(0), 900)
  assert.is(prefetch.position(0), 900)
})

test('refuses a batch from beyond the position and one of a partition that is not open', () => {
  const { prefetch } = setUp()
  assert.is(prefetch.add(0, batch(0, messages(0, 1))), false)
  prefetch.open(0, 5)
  assert.is(prefetch.add(0, batch(6, messages(6, 1))), false)
  assert.is(prefetch.position(0), 5)
  assert.is(
    prefetch.add(0, batch(5, messages(7, 1))),
    true,
    'a gap inside of what was asked for is Kafka’s own',
  )
  assert.is(prefetch.position(0), 8)
})

test('takes in turn, and a partition whose next record is refused holds up no other', () => {
  const { prefetch } = setUp()
  for (const it of [0, 1, 2]) {
    prefetch.open(it, 0)
    prefetch.add(it, batch(0, messages(0, 3)))
  }
  const taken = prefetch.take(({ partition: it }) => it !== 1)
  assert.equal(
    taken.map((it) => `${it.partition}/${it.offset}`),
    ['0/0', '2/0', '0/1', '2/1', '0/2', '2/2'],
  )
})

test('whoever was first is last next time, so that scarce room goes around', () => {
  const { prefetch } = setUp()
  for (const it of [0, 1, 2]) {
    prefetch.open(it, 0)
    prefetch.add(it, batch(0, messages(0, 3)))
  }
  const one = (): PrefetchedRecord | undefined => {
    let room = 1
    return prefetch.take(() => room-- > 0)[0]
  }
  assert.equal(
    [one(), one(), one(), one()].map((it) => it?.partition),
    [0, 1, 2, 0],
  )
})

test.run()
