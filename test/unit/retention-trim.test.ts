import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeJobId } from '../../core/job-id.ts'
import { FIRST_ID, firstIdAt } from '../../core/store/expire.ts'
import { isReadUpTo, type LogState, trimBounds } from '../../producer/retention/trim.ts'

const test = suite('retention')

const states: fc.Arbitrary<LogState[]> = fc
  .array(
    fc.record({
      low: fc.nat(5_000),
      size: fc.nat(5_000),
      committed: fc.option(fc.nat(12_000), { nil: undefined }),
      young: fc.nat(12_000),
    }),
    { maxLength: 12 },
  )
  .map((logs) =>
    logs.map(({ low, size, ...rest }, partition) => ({ partition, low, high: low + size, ...rest })),
  )

test('a log is never trimmed beyond what is committed, nor of young records, nor beyond its end; without a commit not at all', () => {
  fc.assert(
    fc.property(states, fc.nat(3_000), (logs, least) => {
      const bounds = new Map(trimBounds(logs, least).map((it) => [it.partition, it]))
      for (const { partition, low, high, committed, young } of logs) {
        const bound = bounds.get(partition)
        if (!bound) continue
        assert.ok(committed !== undefined && bound.offset <= committed, 'work stays')
        assert.ok(bound.offset <= young, 'what is young stays')
        assert.ok(bound.offset <= high)
        assert.ok(bound.offset > low, 'it goes forward')
        assert.ok(bound.records >= least)
        assert.is(bound.records, bound.offset - low)
      }
    }),
    { numRuns: 500 },
  )
})

test('all that may go goes, where it is worth it', () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 1, max: 3_000 }), (logs, least) => {
      const expected = logs.flatMap(({ partition, low, high, committed = 0, young }) => {
        const offset = Math.min(committed, young, high)
        return offset - low >= least ? [`${partition} ${offset}`] : []
      })
      assert.equal(
        trimBounds(logs, least).map(({ partition, offset }) => `${partition} ${offset}`),
        expected,
      )
    }),
  )
})

test('a log is read up to a time where the commit is not behind the first record from then on', () => {
  const log: LogState = { partition: 0, low: 0, high: 9, committed: 4, young: 4 }
  assert.ok(isReadUpTo([log, { ...log, committed: 7 }]))
  assert.not(isReadUpTo([log, { ...log, committed: 3 }]))
  assert.not(isReadUpTo([log, { ...log, committed: undefined, young: 0 }]))
})

test('the ids of jobs from a time on begin at its first id', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 48 - 2), fc.nat(4095), fc.nat(255), (submittedAt, partition, epoch) => {
      const id = makeJobId({ submittedAt, partition, epoch })
      assert.ok(id >= firstIdAt(submittedAt))
      assert.ok(id < firstIdAt(submittedAt + 1))
    }),
  )
  assert.is(firstIdAt(-5), FIRST_ID)
})

test.run()
