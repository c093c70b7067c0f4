import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failuresOf } from '../../producer/load/failures.ts'
import { type KeyedRun, orderFaults } from '../../producer/load/order.ts'

const test = suite('load order')

/** Jobs of a key as a right fleet runs them: sent one after the other or together, run in the order of the log. */
const rightRuns = fc
  .array(fc.record({ gap: fc.nat(3), answer: fc.nat(6), takes: fc.nat(4), together: fc.boolean() }), {
    maxLength: 40,
  })
  .map((jobs): KeyedRun[] => {
    let [sentAt, free, request] = [0, 0, 0]
    return jobs.map(({ gap, answer, takes, together }, job) => {
      if (!together || job === 0) {
        sentAt += gap
        request++
      }
      const startedAt = Math.max(free, sentAt)
      free = startedAt + takes
      return { job, request, sentAt, answeredAt: sentAt + answer, startedAt, endedAt: free }
    })
  })

test('what ran in order, one at a time, has no fault', () => {
  fc.assert(fc.property(rightRuns, (runs) => assert.is(orderFaults(runs), 0)))
})

test('two that were swapped are a fault wherever the client can know their order', () => {
  fc.assert(
    fc.property(rightRuns, fc.nat(), (runs, which) => {
      const at = which % Math.max(1, runs.length - 1)
      const [first, second] = runs.slice(at, at + 2)
      if (!first || !second) return
      const known = first.answeredAt < second.sentAt || first.request === second.request
      const swapped = runs.with(at, { ...second, startedAt: first.startedAt, endedAt: first.endedAt })
      const { startedAt, endedAt } = second
      const wrong = swapped.with(at + 1, { ...first, startedAt, endedAt })
      // Runs without any length at one time have no order.
      const apart = first.startedAt < second.startedAt
      if (known && apart) assert.ok(orderFaults(wrong) > 0)
    }),
  )
})

test('two of a key at once are a fault, even where their order is not known; a touch is none', () => {
  const both = { request: 1, sentAt: 0, answeredAt: 100 }
  const run = (job: number, startedAt: number, endedAt: number): KeyedRun => ({
    ...both,
    ...{ job, request: job, startedAt, endedAt },
  })
  assert.is(orderFaults([run(1, 0, 10), run(2, 9, 12), run(3, 12, 12), run(4, 12, 15)]), 1)
  assert.is(orderFaults([run(1, 0, 20), run(2, 5, 6), run(3, 7, 8)]), 2, 'each that ran within another')
})

test('the share of the jobs that fail is as told, 1 to 3 times alike', () => {
  const seeds = fc.nat(2 ** 31 - 1)
  fc.assert(
    fc.property(seeds, fc.constantFrom(0, 0.05, 0.5, 1), (seed, share) => {
      const counts = [0, 0, 0, 0]
      for (let job = 0; job < 20_000; job++) {
        const failures = failuresOf({ share, seed }, job)
        counts[failures] = (counts[failures] ?? Number.NaN) + 1
      }
      for (const [failures, count] of counts.entries()) {
        const expected = 20_000 * (failures === 0 ? 1 - share : share / 3)
        // Six standard deviations.
        assert.ok(Math.abs(count - expected) <= 6 * Math.sqrt(expected) + 1, `${failures}: ${count}`)
      }
    }),
    { numRuns: 30 },
  )
})

test.run()
