/** The drain-time policy knows what partitions and keys let more workers do. */
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shareEvenly, worthOf } from '../../scaler/policy/drain/needs.ts'
import { evenly, first, seen, work } from '../support/drain-time.ts'

const test = suite('scaler: drain-time policy, partitions')

test('a backlog in one partition buys no more workers than the rest of the work does', () => {
  const hot = evenly(0)
  hot[7] = 100_000
  assert.is(first(seen(0, hot, 3)).to, 3)
  assert.match(first(seen(0, hot, 3)).reason, /1 partition can’t be done sooner by more workers/)
})

test('keys that hold up their partitions count for the slots that they can use', () => {
  const lags = evenly(0).map((_, partition) => (partition < 12 ? 3_000 : 0))
  const held = lags.map((_, partition) => ({ topic: 'jobs', partition, finished: 0, parallel: 1 }))
  // 12 slots are 2.4 workers.
  assert.is(first(seen(0, lags, 3, { workload: { ...work, partitions: held } })).to, 3)
  // Without what the workers tell each of these partitions is worth a worker.
  assert.ok(first(seen(0, lags, 3)).to >= 12)
})

test('what is done beyond the committed offset is no work', () => {
  const lags = evenly(24_000)
  const partitions = lags.map((lag, partition) => ({ topic: 'jobs', partition, finished: lag, parallel: 5 }))
  assert.is(first(seen(0, lags, 3, { workload: { ...work, partitions } })).to, 3)
})

test('asks for no change that an HPA would drop', () => {
  const own = { maxReplicas: 240, startupMs: 0, rebalanceMs: 0 }
  // 22 workers have 11 of 240 partitions each, 24 have 10.
  const { to, reason } = first(seen(0, evenly(24 * 50 * 30, 240), 22), own)
  assert.is(to, 22)
  assert.match(reason, /no more than 10 % off 22/)
})

test('asks for numbers of workers that share the partitions evenly', () => {
  // 13 of 24 partitions would be no faster than 12: one worker would have two of them all the same.
  const { to, reason } = first(seen(0, evenly(13 * 50 * 30), 12), { startupMs: 0, rebalanceMs: 0 })
  assert.is(to, 24)
  assert.match(reason, /growing 12 → 24/)
  assert.is(first(seen(0, evenly(12 * 50 * 30), 12)).to, 12)
})

test('so many workers that share evenly are the fewest that are as good', () => {
  const partitions = fc.integer({ min: 1, max: 300 })
  fc.assert(
    fc.property(
      partitions,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 300 }),
      (p, need, max) => {
        const to = shareEvenly(Math.min(need, p, max), p, Math.min(p, max))
        assert.ok(to >= 1 && to <= Math.min(p, max))
        const most = Math.ceil(p / to)
        if (to > 1) assert.ok(Math.ceil(p / (to - 1)) > most, 'one fewer would be as good')
        if (need <= Math.min(p, max))
          assert.ok(worthOf(to, p) >= need * 0.95 - 1e-9 || worthOf(to, p) >= worthOf(Math.min(p, max), p))
      },
    ),
  )
})

test('one partition that is stuck buys no workers, also where no job has ended yet', () => {
  const lags = evenly(0).with(7, 10_000)
  const { to, reason } = first(
    seen(0, lags, 3, { workload: { serviceMs: undefined, concurrency: 5, partitions: [] } }),
  )
  assert.is(to, 3)
  assert.match(reason, /10,000 jobs waiting, of which 200 count: 1 partition can’t be done sooner/)
})

test.run()
