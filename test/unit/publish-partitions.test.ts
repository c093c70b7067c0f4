import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PartitionLoad, partitionOfKey } from '../../producer/publish/partitions.ts'

const test = suite('partitions')

/** murmur2 of Kafka's Java client: `UtilsTest.testMurmur2`. */
const vectors: readonly (readonly [key: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('a key goes where Kafka’s Java client puts it', () => {
  for (const [key, hash] of vectors)
    for (const partitions of [1, 2, 3, 24, 100, 4096])
      assert.is(partitionOfKey(key, partitions), (hash & 0x7fffffff) % partitions, `${key} of ${partitions}`)
})

/** The same hash written from the Java source, in 32-bit arithmetic. */
const murmur2 = (data: Buffer): number => {
  const m = 0x5bd1e995
  let h = 0x9747b28c ^ data.length
  const words = data.length >> 2
  for (let i = 0; i < words; i++) {
    let k = data.readInt32LE(i * 4)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const at = words * 4
  const rest = data.length - at
  if (rest >= 3) h ^= data.readUInt8(at + 2) << 16
  if (rest >= 2) h ^= data.readUInt8(at + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ data.readUInt8(at), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

test('any key, by its UTF-8 bytes', () => {
  for (const [key, hash] of vectors) assert.is(murmur2(Buffer.from(key)), hash)
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 4096 }),
      (key, partitions) => {
        assert.is(partitionOfKey(key, partitions), (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions)
      },
    ),
    { numRuns: 500 },
  )
})

test('the least loaded of the candidates is chosen, as far as is known', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(20), fc.nat(9)), { maxLength: 20, size: 'max' }),
      (lags, sent) => {
        const load = new PartitionLoad(lags.length)
        const model = [...lags]
        load.observe({
          at: 0,
          partitions: lags.map((lag, partition) => ({
            topic: 't',
            partition,
            lag,
            endOffset: lag,
            committedOffset: 0,
          })),
        })
        for (const [n, jobs] of sent) {
          const partition = n % lags.length
          load.sent(partition, jobs)
          model[partition] = (model[partition] ?? 0) + jobs
        }
        const all = [...lags.keys()]
        assert.is(model[load.least(all)], Math.min(...model))
        const some = all.filter((it) => it % 2 === 0)
        assert.ok(some.includes(load.least(some)))
      },
    ),
  )
})

test('equals are chosen in turn', () => {
  const load = new PartitionLoad(4)
  const chosen = Array.from({ length: 8 }, () => load.least([0, 1, 2, 3]))
  assert.equal(
    [0, 1, 2, 3].map((it) => chosen.filter((one) => one === it).length),
    [2, 2, 2, 2],
  )
})

test('a reading of a partition beyond the topic’s is ignored, and none to choose from is an error', () => {
  const load = new PartitionLoad(1)
  load.observe({
    at: 0,
    partitions: [{ topic: 't', partition: 7, lag: 3, endOffset: 3, committedOffset: 0 }],
  })
  assert.is(load.least([0]), 0)
  assert.throws(
    () => load.least([]),
    (error: unknown) => error instanceof RangeError,
  )
})

test.run()
