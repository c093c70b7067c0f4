import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { LeaderLane } from '../../producer/publish/leader-lane.ts'
import { driveLane, type Item } from '../fixtures/driven-lane.ts'
import { defer, settle } from '../fixtures/quiet.ts'

const test = suite('LeaderLane')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
test.after.each(() => mock.timers.reset())

test('a lone job leaves at once, and what comes meanwhile leaves together after it', async () => {
  const { add, requests, sent, state, mostAtOnce } = driveLane()
  add(1)
  await settle()
  assert.equal(sent(), [[1]])
  add(2)
  add(3)
  await settle()
  assert.equal(sent(), [[1]], 'one request in flight')
  requests[0]?.answer.resolve()
  await settle()
  assert.equal(sent(), [[1], [2, 3]])
  assert.is(state.get(1), 'published')
  assert.is(state.get(2), undefined)
  assert.is(mostAtOnce(), 1)
})

test('a job that is published at the very moment of the acknowledgement before it does not wait', async () => {
  const requests: number[][] = []
  const published = (n: number): Promise<void> => {
    const { promise, resolve, reject } = defer()
    const settled = (): void => {}
    lane.add({ n, partition: 0, bytes: 1, deadline: Date.now() + 8_000, resolve, reject, settled })
    return promise
  }
  const lane = new LeaderLane<Item>({
    choose: () => 0,
    placed: () => {},
    send: async (items) => {
      requests.push(items.map(([{ n }]) => n))
    },
    onFailure: () => {},
  })
  const inTurn = (async () => {
    for (let n = 0; n < 5; n++) await published(n)
    return 'all'
  })()
  for (let i = 0; i < 10; i++) await settle()
  assert.equal(requests, [[0], [1], [2], [3], [4]])
  assert.is(await inTurn, 'all')
})

test('a request takes the longest prefix that fits: no partition above its bytes, no more than 2,000 records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          partition: fc.option(fc.nat(3), { nil: undefined }),
          bytes: fc.oneof(fc.integer({ min: 1, max: 900_000 }), fc.integer({ min: 1, max: 1_000_000 })),
        }),
        { minLength: 1, maxLength: 40, size: 'max' },
      ),
      async (items) => {
        let turn = 0
        const { lane, add, requests, sent } = driveLane(() => 10 + turn++)
        items.forEach(({ partition, bytes }, n) => {
          add(n, { bytes, ...(partition === undefined ? {} : { partition }) })
        })
        assert.is(
          lane.bytes,
          items.reduce((sum, it) => sum + it.bytes, 0),
        )
        for (let i = 0; i <= items.length; i++) {
          await settle()
          requests.at(-1)?.answer.resolve()
        }
        assert.equal(sent().flat(), [...items.keys()], 'in order, each once')
        assert.is(lane.bytes, 0)
        for (const request of requests) {
          const bytes = new Map<number, number[]>()
          for (const [item, partition] of request.items) {
            if (item.partition !== undefined) assert.is(partition, item.partition)
            bytes.set(partition, [...(bytes.get(partition) ?? []), item.bytes])
          }
          for (const of of bytes.values())
            assert.ok(of.length === 1 || of.reduce((a, b) => a + b, 0) <= 950_000, 'fits a record batch')
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('2,000 records are the most of a request', async () => {
  const { add, requests, sent } = driveLane()
  for (let n = 0; n < 4_500; n++) add(n, { partition: n % 7, bytes: 10 })
  for (let i = 0; i < 4; i++) {
    await settle()
    requests.at(-1)?.answer.resolve()
  }
  assert.equal(
    sent().map((it) => it.length),
    [2_000, 2_000, 500],
  )
})

test('keyless jobs of a request go to one partition a hundred at a time', async () => {
  let turn = 0
  const { add, requests } = driveLane(() => turn++)
  for (let n = 0; n < 250; n++) add(n)
  await settle()
  const partitions = requests[0]?.items.map(([, partition]) => partition) ?? []
  const runs = new Map<number, number>()
  for (const it of partitions) runs.set(it, (runs.get(it) ?? 0) + 1)
  assert.equal([...runs.values()], [100, 100, 50])
  assert.equal(
    partitions,
    [...partitions].sort((a, b) => a - b),
    'without going back and forth',
  )
})

test('a failed request tells its own that the outcome is unknown, and the owner of the lane', async () => {
  const { lane, add, requests, state, failures, settled } = driveLane()
  add(1)
  await settle()
  add(2)
  requests[0]?.answer.reject(new Error('broken pipe'))
  await settle()
  assert.is(state.get(1), 'PUBLISH_UNKNOWN')
  assert.is(failures.length, 1)
  lane.refuse(new AppError('KAFKA_UNAVAILABLE', 'down'))
  requests[1]?.answer.resolve()
  await settle()
  assert.equal(settled, [1, 2])
})

test('refusing takes back all that waits and nothing that is in flight', async () => {
  const { lane, add, requests, state, sent } = driveLane()
  add(1)
  await settle()
  add(2)
  add(3)
  lane.refuse(new AppError('KAFKA_UNAVAILABLE', 'down'))
  assert.is(lane.bytes, 0)
  assert.equal(
    [state.get(1), state.get(2), state.get(3)],
    [undefined, 'KAFKA_UNAVAILABLE', 'KAFKA_UNAVAILABLE'],
  )
  requests[0]?.answer.resolve()
  await settle()
  assert.is(state.get(1), 'published')
  assert.equal(sent(), [[1]])
  add(4)
  await settle()
  assert.equal(sent(), [[1], [4]])
})

test('at its deadline a job in flight is unknown and one that waits is certainly not sent', async () => {
  const { lane, add, requests, sent, state, settled } = driveLane()
  add(1, { inMs: 1_000 })
  await settle()
  add(2, { inMs: 1_000 })
  mock.timers.tick(999)
  assert.is(state.size, 0)
  mock.timers.tick(1)
  assert.equal([state.get(1), state.get(2)], ['PUBLISH_UNKNOWN', 'KAFKA_UNAVAILABLE'])
  assert.equal(settled, [2], 'what is in flight may still arrive')
  assert.is(lane.bytes, 0)
  requests[0]?.answer.resolve()
  await settle()
  assert.equal(settled, [2, 1])
  assert.equal(sent(), [[1]])
})

test('each of a request is told at its own deadline, whatever waits behind it', async () => {
  const { add, state } = driveLane()
  add(1, { inMs: 1_000 })
  add(2, { inMs: 2_000 })
  await settle()
  add(3, { inMs: 8_000 })
  mock.timers.tick(1_000)
  assert.is(state.get(1), 'PUBLISH_UNKNOWN')
  mock.timers.tick(1_000)
  assert.is(state.get(2), 'PUBLISH_UNKNOWN')
  assert.is(state.get(3), undefined)
})

test('a request that is too large goes again in halves, in order, until each that is too large is told so alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30, size: 'max' }), async (huge) => {
      const { lane, add, requests, state, settled, failures, mostAtOnce } = driveLane()
      for (const n of huge.keys()) add(n, { partition: 0 })
      const stored: number[] = []
      for (let answered = 0; answered < 2 * huge.length; answered++) {
        await settle()
        const request = requests[answered]
        if (!request) break
        const sent = request.items.map(([{ n }]) => n)
        if (sent.some((n) => huge[n])) request.answer.reject(new AppError('PAYLOAD_TOO_LARGE', 'huge'))
        else stored.push(...sent)
        request.answer.resolve()
      }
      await lane.idle()
      for (const [n, isHuge] of huge.entries())
        assert.is(state.get(n), isHuge ? 'PAYLOAD_TOO_LARGE' : 'published')
      assert.equal(
        stored,
        [...huge.keys()].filter((n) => !huge[n]),
      )
      assert.equal(settled, [...huge.keys()])
      assert.equal(failures, [], 'it is nobody’s fault but theirs')
      assert.is(mostAtOnce(), 1)
    }),
    { numRuns: 60 },
  )
})

test('idle resolves when nothing is on its way any more', async () => {
  const { lane, add, requests } = driveLane()
  await lane.idle()
  add(1)
  let idle = false
  const waited = lane.idle().then(() => {
    idle = true
  })
  await settle()
  add(2)
  requests[0]?.answer.resolve()
  await settle()
  assert.not.ok(idle)
  requests[1]?.answer.resolve()
  await waited
})

test.run()
