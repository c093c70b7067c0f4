import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  FetchSession,
  isOfSession,
  type SessionRequest,
  type Wanted,
} from '../../core/kafka/fetch-session.ts'
import { SessionCache } from '../fixtures/session-cache.ts'

const test = suite('fetch session')

const TOPICS = ['jobs', 'jobs.high', 'jobs.low']
const PARTITIONS = 4

/** One offset of each partition that is wanted, topics in any order. */
const wanted = (offsets: Readonly<Record<string, readonly (number | undefined)[]>>): Wanted[] =>
  Object.entries(offsets).flatMap(([topic, its]) => {
    const partitions = its.flatMap((offset, partition) =>
      offset === undefined ? [] : [{ partition, fetchOffset: String(offset), maxBytes: 16_384 }],
    )
    return partitions.length === 0 ? [] : [{ topic, partitions }]
  })

const asMap = (some: readonly Wanted[]): Map<string, string> =>
  new Map(
    some.flatMap(({ topic, partitions }) =>
      partitions.map((it) => [`${topic}/${it.partition}`, it.fetchOffset] as const),
    ),
  )

/** Partitions of a request, in its order. */
const names = (request: SessionRequest): string[] => [...asMap(request.topics).keys()]

// From one fetch to the next most stay as they are.
const offset = fc.oneof(
  { weight: 5, arbitrary: fc.constant(7) },
  { weight: 2, arbitrary: fc.nat(2) },
  { weight: 2, arbitrary: fc.constant(undefined) },
)
const wishes = fc
  .tuple(
    fc.shuffledSubarray(TOPICS),
    fc.array(fc.array(offset, { minLength: PARTITIONS, maxLength: PARTITIONS }), {
      minLength: TOPICS.length,
      maxLength: TOPICS.length,
    }),
  )
  .map(([topics, offsets]) => wanted(Object.fromEntries(topics.map((topic, n) => [topic, offsets[n] ?? []]))))

/** What becomes of a request. */
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant('answered' as const) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'request lost',
      'answer lost',
      'forgotten before',
      'another was handled before',
      'no room',
      'failed',
    ),
  },
)

test('whatever goes wrong, what a broker fetches is what is wanted, and only what has changed is told', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(fc.array(fc.record({ wishes, fate }), { maxLength: 20, size: 'max' }), (steps) => {
      const broker = new SessionCache()
      const session = new FetchSession()
      // A session that was made for an answer that was lost is known to nobody.
      let orphans = 0
      for (const { wishes: some, fate: what } of steps) {
        broker.hasRoom = what !== 'no room'
        if (what === 'forgotten before') broker.forget()
        if (what === 'another was handled before') broker.advance()
        const request = session.ask(some)
        for (const topic of TOPICS)
          for (let n = 0; n < PARTITIONS; n++)
            assert.is(session.has(topic, n), asMap(some).has(`${topic}/${n}`))
        if (what === 'request lost') {
          session.lost()
          continue
        }
        if (what === 'failed') {
          session.answered({ errorCode: -1, sessionId: 0 })
          continue
        }
        const { answer, fetched } = broker.handle(request)
        const kind = `${what}, ${request.epoch === 0 ? 'full' : 'incremental'}, ${answer.errorCode}`
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
        if (fetched) assert.equal([...fetched].sort(), [...asMap(some)].sort())
        else {
          // Without a new reason a request is never refused: neither after a loss nor after a refusal.
          assert.ok(what === 'forgotten before' || what === 'another was handled before')
          assert.ok(isOfSession(answer))
        }
        if (what === 'answer lost') {
          if (request.epoch === 0) orphans++
          session.lost()
        } else {
          session.answered(answer)
          assert.ok(broker.size <= 1 + orphans, 'sessions are ended, not left behind')
        }
      }
    }),
    { numRuns: 1_000 },
  )
  for (const kind of [
    'answered, full, 0',
    'answered, incremental, 0',
    'forgotten before, incremental, 70',
    'another was handled before, incremental, 71',
    'no room, full, 0',
    'answer lost, incremental, 0',
  ])
    assert.ok((seen.get(kind) ?? 0) > 50, kind)
})

test('epochs count on, from the one that begins a session', () => {
  const session = new FetchSession()
  const epochs = Array.from({ length: 5 }, () => {
    const { id, epoch } = session.ask(wanted({ jobs: [1] }))
    session.answered({ errorCode: 0, sessionId: 9 })
    return [id, epoch]
  })
  assert.equal(epochs, [
    [0, 0],
    [9, 1],
    [9, 2],
    [9, 3],
    [9, 4],
  ])
})

test('the second fetch of the same names nothing, and a third what has changed', () => {
  const session = new FetchSession()
  const ask = (...given: Parameters<typeof wanted>) => {
    const { topics, forgotten } = session.ask(wanted(...given))
    session.answered({ errorCode: 0, sessionId: 9 })
    return { topics, forgotten }
  }
  ask({ jobs: [1, 2, 3], 'jobs.high': [4] })
  assert.equal(ask({ jobs: [1, 2, 3], 'jobs.high': [4] }), { topics: [], forgotten: [] })
  assert.equal(ask({ jobs: [1, undefined, 5], 'jobs.low': [6] }), {
    topics: wanted({ jobs: [undefined, undefined, 5], 'jobs.low': [6] }),
    forgotten: [
      { topic: 'jobs', partitions: [1] },
      { topic: 'jobs.high', partitions: [0] },
    ],
  })
  assert.equal(ask({ jobs: [1, undefined, 5], 'jobs.low': [6] }), { topics: [], forgotten: [] })
})

test('a session that the broker has lost count of is ended by the next request; one that it does not know is not named', () => {
  for (const [errorCode, id] of [
    [70, 0],
    [71, 9],
  ] as const) {
    const session = new FetchSession()
    session.ask(wanted({ jobs: [1] }))
    session.answered({ errorCode: 0, sessionId: 9 })
    session.ask(wanted({ jobs: [2] }))
    session.answered({ errorCode, sessionId: 0 })
    const next = session.ask(wanted({ jobs: [2] }))
    assert.is(next.id, id)
    assert.is(next.epoch, 0)
    assert.equal(next.topics, wanted({ jobs: [2] }))
    assert.equal(next.forgotten, [])
  }
})

test('only the two errors of sessions are of the session', () => {
  const codes = Array.from({ length: 130 }, (_, n) => n - 1)
  assert.equal(
    codes.filter((errorCode) => isOfSession({ errorCode, sessionId: 0 })),
    [70, 71],
  )
})

test('where a broker keeps no session each partition is named each time, and each is the first in its turn', () => {
  const session = new FetchSession()
  const some = wanted({ jobs: [1, 2, 3], 'jobs.high': [4], 'jobs.low': [5, 6] })
  const all = [...asMap(some).keys()]
  const orders = Array.from({ length: 12 }, () => {
    const request = session.ask(some)
    session.answered({ errorCode: 0, sessionId: 0 })
    assert.is(request.id, 0)
    assert.is(request.epoch, 0)
    assert.equal(asMap(request.topics).size, all.length)
    return names(request)
  })
  assert.equal(
    orders.map(([first]) => first),
    [...all, ...all],
  )
  // Who was first is last, so that nobody waits for more than the others' turns.
  for (const [n, order] of orders.entries())
    assert.equal(order, [...all.slice(n % all.length), ...all.slice(0, n % all.length)])
})

test('each partition is named with how much of it is wanted', () => {
  const session = new FetchSession()
  const request = session.ask(wanted({ jobs: [1, 2] }))
  assert.equal(
    request.topics.flatMap(({ partitions }) => partitions),
    [0, 1].map((n) => ({ partition: n, fetchOffset: String(n + 1), maxBytes: 16_384 })),
  )
})

test.run()
