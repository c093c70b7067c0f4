import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type KafkaTriggerSettings, kafkaTrigger } from '../../scaler/policy/kafka-trigger.ts'
import type { PartitionLag } from '../../scaler/policy/policy.ts'

const test = suite('kafkaTrigger')

const partition = (
  number: number,
  endOffset: number,
  committedOffset: number | null,
  start = 0,
): PartitionLag => ({
  topic: 'jobs',
  partition: number,
  endOffset,
  committedOffset,
  lag: endOffset - Math.max(start, committedOffset ?? start),
})

/** `count` partitions, the lag spread over them as evenly as it goes. */
const spread = (lag: number, count: number): PartitionLag[] =>
  Array.from({ length: count }, (_, at) =>
    partition(at, 1_000 + Math.floor(lag / count) + (at < lag % count ? 1 : 0), 1_000),
  )

const settings: KafkaTriggerSettings = { lagThreshold: 200, offsetResetPolicy: 'earliest' }
const metric = (partitions: PartitionLag[], changed: Partial<KafkaTriggerSettings> = {}): number =>
  kafkaTrigger(partitions, { ...settings, ...changed }).metric

test('the metric is the sum of end offset − committed offset', () => {
  assert.is(metric([partition(0, 30, 10), partition(1, 7, 7), partition(2, 1_000, 999)]), 21)
})

test('a partition without a commit counts what it retains, 1 or 0, as the settings say', () => {
  const fresh = [partition(0, 500, null, 120), partition(1, 0, null)]
  assert.is(metric(fresh), 380)
  assert.is(metric(fresh, { offsetResetPolicy: 'latest' }), 2)
  assert.is(metric(fresh, { scaleToZeroOnInvalidOffset: true }), 0)
  assert.is(metric(fresh, { offsetResetPolicy: 'latest', scaleToZeroOnInvalidOffset: true }), 0)
  assert.is(kafkaTrigger(fresh, settings).uncommitted, 2)
})

test('records that were deleted before they were read still count below a commit, as in KEDA', () => {
  assert.is(metric([partition(0, 300, 100, 250)]), 200)
})

test('a committed offset beyond the end takes away from the others, but the metric is never negative', () => {
  assert.is(metric([partition(0, 10, 15), partition(1, 20, 10)]), 5)
  assert.is(metric([partition(0, 10, 15)]), 0)
})

test('the lag is capped at partitions × threshold, once it is worth a whole replica more', () => {
  assert.is(metric(spread(4_800, 24)), 4_800)
  assert.is(metric(spread(4_999, 24)), 4_999, 'whole-number division lets this pass')
  assert.is(metric(spread(5_000, 24)), 4_800)
  assert.is(metric(spread(1_000_000, 24), { limit: 'none' }), 1_000_000)
  assert.is(kafkaTrigger(spread(5_000, 24), settings).limitedTo, 24)
  assert.is(kafkaTrigger(spread(4_800, 24), settings).limitedTo, undefined)
})

test('limited to partitions with lag, one hot partition is worth one replica', () => {
  const hot = [partition(0, 9_000, 0), ...spread(0, 23)]
  assert.is(metric(hot), 4_800)
  assert.is(metric(hot, { limit: 'partitionsWithLag' }), 200)
})

test('an even distribution takes the least divisor of the partitions that is worth the lag', () => {
  const even = (lag: number): number => metric(spread(lag, 24), { limit: 'evenDistribution' }) / 200
  assert.equal(
    [0, 1, 200, 201, 801, 1_000, 1_201, 1_601, 2_401, 99_999].map(even),
    [1, 1, 1, 2, 6, 6, 8, 12, 24, 24],
  )
})

test('the trigger is active by the lag before any limit', () => {
  const active = (
    lag: number,
    activationLagThreshold?: number,
    limit: KafkaTriggerSettings['limit'] = 'partitions',
  ) =>
    kafkaTrigger(spread(lag, 2), {
      ...settings,
      limit,
      ...(activationLagThreshold === undefined ? {} : { activationLagThreshold }),
    }).active
  assert.equal([active(0), active(1), active(100, 100), active(101, 100)], [false, true, false, true])
  assert.is(active(3_000, 2_000), true, 'though only 400 of it count')
  assert.is(active(0, 0, 'evenDistribution'), false, 'though the metric is worth one')
})

test('for any partitions the metric is whole, not negative and never worth more than the limit by a replica', () => {
  const partitions = fc.array(
    fc.record({ end: fc.nat(5_000), committed: fc.option(fc.nat(5_000)), start: fc.nat(100) }),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(partitions, fc.integer({ min: 1, max: 500 }), (list, lagThreshold) => {
      const read = list.map(({ end, committed, start }, at) => partition(at, end + start, committed, start))
      const value = metric(read, { lagThreshold })
      assert.ok(Number.isInteger(value) && value >= 0)
      assert.ok(value / lagThreshold < read.length + 1)
      assert.ok(metric(read, { lagThreshold, limit: 'partitionsWithLag' }) <= value)
    }),
  )
})

test.run()
