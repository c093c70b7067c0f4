import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  HOLD_BACK_LIMIT,
  PAUSE_ABOVE,
  PLENTY,
  Prefetch,
  type PrefetchedRecord,
  RESUME_BELOW,
  type Taker,
} from '../../consumer/engine/prefetch.ts'
import type { Fit } from '../../consumer/engine/window.ts'
import type { KafkaMessage } from '../../core/kafka/client.ts'
import { recordsOf } from '../../core/kafka/fetch.ts'
import { message } from '../fixtures/fake-group.ts'

const test = suite('Prefetch')

/** A prefetch beside a log whose fetching it pauses and resumes. */
const setUp = () => {
  const calls: string[] = []
  const prefetch = new Prefetch(
    (partition) => calls.push(`pause ${partition}`),
    (partition) => calls.push(`resume ${partition}`),
  )
  return { prefetch, calls }
}

const messages = (from: number, count: number, bytes = 0, key: string | null = null): KafkaMessage[] =>
  Array.from({ length: count }, (_, i) => message(from + i, key, bytes))

const batch = (from: number, records: readonly KafkaMessage[]) => {
  const next = Number(records.at(-1)?.offset ?? from - 1) + 1
  return { from, next, end: next, records: recordsOf(records) }
}

/** What a take claims where `fits` decides, or where there is room for so many. */
const take = (
  prefetch: Prefetch,
  fits: number | ((record: PrefetchedRecord) => Fit),
  see: Taker['see'] = () => true,
): PrefetchedRecord[] => {
  const claimed: PrefetchedRecord[] = []
  prefetch.take({
    see,
    fits: (record) => {
      if (typeof fits === 'function') return fits(record)
      return claimed.length < fits ? 'fits' : 'full'
    },
    claim: (record) => claimed.push(record),
  })
  return claimed
}
const everything = (): Fit => 'fits'
const places = (records: readonly PrefetchedRecord[]): string[] =>
  records.map((it) => `${it.partition}/${it.offset}`)

test('pauses a partition once above its bound and resumes it once well below', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(3, 0)
  let fetched = 0
  while (calls.length === 0) prefetch.add(3, batch(fetched, messages(fetched++, 1, 16 * 1024)))
  // What a record takes beside its value is the prefetch's own affair: each says it when it is taken.
  const sizes: number[] = []
  let left = fetched
  while (calls.length === 1) {
    sizes.push(...take(prefetch, 1).map(({ bytes }) => bytes))
    left--
  }
  const [size] = sizes
  if (size === undefined) throw new Error('nothing was taken')
  assert.ok(fetched * size > PAUSE_ABOVE && (fetched - 1) * size <= PAUSE_ABOVE)
  assert.ok(left * size < RESUME_BELOW && (left + 1) * size >= RESUME_BELOW)
  assert.equal(calls, ['pause 3', 'resume 3'])
})

test('many partitions together hold little more than one alone may, and none of them runs dry', () => {
  const paused = new Set<number>()
  const many = new Prefetch(
    (partition) => paused.add(partition),
    (partition) => paused.delete(partition),
  )
  const next = new Map<number, number>()
  const fetchAll = (): void => {
    for (let it = 0; it < 72; it++) {
      const from = next.get(it) ?? 0
      if (paused.has(it)) continue
      many.add(it, batch(from, messages(from, 16, 1_000)))
      next.set(it, from + 16)
    }
  }
  for (let it = 0; it < 72; it++) many.open(it, 0)
  let most = 0
  for (let round = 0; round < 200; round++) {
    fetchAll()
    most = Math.max(most, many.records)
    take(many, 100)
    assert.ok(many.records >= 72, 'there is always some of each')
  }
  const bound = PLENTY + 72 * (PAUSE_ABOVE / 8 + 16 * 2_000)
  assert.ok(most * 2_000 < bound, `${most} records of 2 kB lay there at once`)
  assert.ok(bound < (72 * PAUSE_ABOVE) / 2)
  // What is dropped counts no more.
  for (let it = 1; it < 72; it++) many.drop(it)
  take(many, everything)
  while (!paused.has(0)) fetchAll()
  assert.ok(many.records * 2_000 > PAUSE_ABOVE * 0.9, `${many.records} of one that is alone`)
})

test('a partition that kafkajs fetches although it was paused (its consumer began anew) is paused again', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, messages(0, 2, PAUSE_ABOVE)))
  assert.equal(calls, ['pause 0'])
  prefetch.add(0, batch(2, messages(2, 1, PAUSE_ABOVE)))
  assert.equal(calls, ['pause 0', 'pause 0'], 'or the whole log comes into memory')
})

test('what only markers or aborted records cover is passed, once nothing lies before it', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, { from: 0, next: 5, end: 5, records: recordsOf(messages(0, 3)) })
  assert.is(prefetch.drainedTo(0), undefined)
  assert.is(take(prefetch, everything).length, 3)
  assert.is(prefetch.drainedTo(0), 5)
  prefetch.add(0, { from: 5, next: 900, end: 900, records: recordsOf([]) })
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
  const taken = take(prefetch, ({ partition }) => (partition === 1 ? 'full' : 'fits'))
  assert.equal(places(taken), ['0/0', '2/0', '0/1', '2/1', '0/2', '2/2'])
})

test('whoever was first is last next time, so that scarce room goes around', () => {
  const { prefetch } = setUp()
  for (const it of [0, 1, 2]) {
    prefetch.open(it, 0)
    prefetch.add(it, batch(0, messages(0, 3)))
  }
  const turns = [1, 2, 3, 4].flatMap(() => take(prefetch, 1))
  assert.equal(
    turns.map((it) => it.partition),
    [0, 1, 2, 0],
  )
})

test('what is done already falls away where its turn comes, and takes no room', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, messages(0, 6)))
  const taken = take(prefetch, 3, ({ offset }) => offset % 2 === 1)
  assert.equal(places(taken), ['0/1', '0/3', '0/5'])
  assert.is(prefetch.records, 0)
})

test('behind a hot key other keys and keyless jobs are claimed, and it goes on in its order', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  const keys = ['hot', 'hot', 'cold', null, 'hot', 'cold']
  prefetch.add(
    0,
    batch(
      0,
      keys.map((key, offset) => message(offset, key)),
    ),
  )
  const first = take(prefetch, ({ key }) => (key === 'hot' ? 'key full' : 'fits'))
  assert.equal(places(first), ['0/2', '0/3', '0/5'])
  assert.is(prefetch.records, 3)
  prefetch.add(0, batch(6, [message(6, 'hot'), message(7, 'cold')]))
  assert.equal(places(take(prefetch, everything)), ['0/0', '0/1', '0/4', '0/6', '0/7'])
  assert.is(prefetch.records, 0)
})

test('while jobs of a key are held back a later one does not pass them, though it would fit by now', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, [message(0, 'hot'), message(1, 'hot'), message(2, 'cold')]))
  // Room for the key comes only after its first was passed.
  let passed = 0
  const taken = take(prefetch, ({ offset }) => (offset === 0 && passed++ === 0 ? 'key full' : 'fits'))
  assert.equal(places(taken), ['0/2', '0/0', '0/1'])
})

test('a record that was held back has its first turn only once', () => {
  const { prefetch } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, messages(0, 3, 0, 'hot')))
  const seen: number[] = []
  const see = ({ offset }: PrefetchedRecord): boolean => seen.push(offset) > 0
  take(prefetch, () => 'key full', see)
  assert.is(prefetch.drainedTo(0), 3, 'each has had its turn')
  take(prefetch, everything, see)
  assert.equal(seen, [0, 1, 2])
})

test('looks past a hot key only so far: what is held back is bounded, and fetching pauses', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(0, 0)
  const size = 64 * 1024
  let fetched = 0
  let seen = 0
  const see = (): boolean => ++seen > 0
  // As kafkajs does: a paused partition is not fetched.
  while (fetched < 1_000 && !calls.includes('pause 0')) {
    prefetch.add(0, batch(fetched, messages(fetched, 4, size, 'hot')))
    fetched += 4
    take(prefetch, ({ key }) => (key === 'hot' ? 'key full' : 'fits'), see)
  }
  assert.ok(seen * size <= HOLD_BACK_LIMIT + 2 * size, `${seen} are held back`)
  assert.ok(fetched * size <= HOLD_BACK_LIMIT + PAUSE_ABOVE + 8 * size, `${fetched} were fetched`)
  // The key goes on: at the end the partition is fetched again, and nothing was left out.
  const claimed = take(prefetch, everything, see)
  assert.equal(
    claimed.map(({ offset }) => offset),
    [...Array(fetched).keys()],
  )
  assert.equal(calls, ['pause 0', 'resume 0'])
})

test('while more is held back than the bound nothing more is fetched, however little else lies here', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(0, 0)
  const halfway = HOLD_BACK_LIMIT / 2 + 1
  const hot = ({ key }: PrefetchedRecord): Fit => (key === 'hot' ? 'key full' : 'fits')
  for (const offset of [0, 1]) {
    prefetch.add(0, batch(offset, messages(offset, 1, halfway, 'hot')))
    take(prefetch, hot)
  }
  calls.length = 0
  prefetch.add(0, batch(2, [message(2, 'cold')]))
  assert.equal(calls, ['pause 0'])
  assert.equal(places(take(prefetch, hot)), ['0/2'], 'what lies here goes on')
  assert.equal(calls, ['pause 0'])
  assert.equal(places(take(prefetch, 1)), ['0/0'])
  assert.equal(calls, ['pause 0', 'resume 0'])
})

test('a partition that is given up takes what was held back with it, and is not left paused', () => {
  const { prefetch, calls } = setUp()
  prefetch.open(0, 0)
  prefetch.add(0, batch(0, messages(0, 3, PAUSE_ABOVE, 'hot')))
  take(prefetch, () => 'key full')
  assert.ok(prefetch.records > 0)
  prefetch.drop(0)
  assert.is(prefetch.records, 0)
  assert.is(calls.at(-1), 'resume 0')
  prefetch.open(0, 1)
  prefetch.add(0, batch(1, messages(1, 1, 0, 'hot')))
  assert.equal(places(take(prefetch, everything)), ['0/1'])
})

test.run()
