import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { epochOf, makeJobId, readJobId } from '../../core/job-id.ts'

const test = suite('job id')

const parts = fc.record({
  submittedAt: fc.nat(2 ** 48 - 1),
  partition: fc.nat(4095),
  epoch: fc.nat(255),
})

test('says what it was made of, and is a UUID of version 8', () => {
  fc.assert(
    fc.property(parts, (it) => {
      const id = makeJobId(it)
      assert.equal(readJobId(id), { ...it })
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }),
    { numRuns: 1_000 },
  )
})

test('ids sort by submit time', () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [first, second] = [makeJobId(a), makeJobId(b)]
      if (a.submittedAt !== b.submittedAt) assert.is(first < second, a.submittedAt < b.submittedAt)
    }),
    { numRuns: 1_000 },
  )
})

test('ids of one process, moment and place sort in the order in which they were made', () => {
  const ids = Array.from({ length: 5_000 }, () => makeJobId({ submittedAt: 7, partition: 2, epoch: 3 }))
  assert.equal(ids, ids.toSorted())
})

test('ids of one moment and place differ', () => {
  const ids = new Set(
    Array.from({ length: 20_000 }, () => makeJobId({ submittedAt: 1, partition: 2, epoch: 3 })),
  )
  assert.is(ids.size, 20_000)
})

test('no two priorities and topic epochs share an epoch, and each fits an id', () => {
  const epochs = [0, 1, 2, 3].flatMap((priority) =>
    Array.from({ length: 64 }, (_, topicEpoch) => epochOf(priority, topicEpoch)),
  )
  assert.is(new Set(epochs).size, 256)
  for (const epoch of epochs)
    assert.is(readJobId(makeJobId({ submittedAt: 1, partition: 2, epoch }))?.epoch, epoch)
  assert.equal([epochOf(0, 7), epochOf(3, 63)], [7, 255], 'ids from before there were priorities stay right')
})

test('what is no id of ours is undefined', () => {
  const id = makeJobId({ submittedAt: Date.now(), partition: 1, epoch: 0 })
  for (const other of [
    '',
    'x',
    id.slice(1),
    `${id}0`,
    `${id}\n`,
    id.replaceAll('-', ''),
    `${id.slice(0, 14)}4${id.slice(15)}`,
    `${id.slice(0, 19)}c${id.slice(20)}`,
    '00000000-0000-0000-0000-000000000000',
  ])
    assert.is(readJobId(other), undefined, other)
  fc.assert(
    fc.property(fc.uuid({ version: [1, 2, 3, 4, 5, 6, 7] }), (it) => {
      assert.is(readJobId(it), undefined)
    }),
  )
})

test.run()
