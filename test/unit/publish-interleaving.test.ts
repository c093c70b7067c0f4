import { mock } from 'node:test'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AppError } from '../../core/errors.ts'
import { driveLane } from '../fixtures/driven-lane.ts'
import { settle } from '../fixtures/quiet.ts'

const test = suite('LeaderLane')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
test.after.each(() => mock.timers.reset())

type Step = { readonly do: 'add' | 'turn' | 'answer' | 'fail' | 'refuse' | 'second' }
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'turn', 'answer', 'fail', 'refuse', 'second'),
})

test('each job is told one thing, true of it, and settled once, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { lane, add, requests, sent, state, settled, mostAtOnce } = driveLane()
      let added = 0
      let answered = 0
      const arrived = new Set<number>()
      for (const { do: doing } of steps) {
        if (doing === 'add') add(added++, { inMs: 2_500 })
        else if (doing === 'turn') await settle()
        else if (doing === 'second') mock.timers.tick(1_000)
        else if (doing === 'refuse') lane.refuse(new AppError('KAFKA_UNAVAILABLE', 'down'))
        else {
          const request = requests[answered]
          if (!request) continue
          answered++
          if (doing === 'answer') for (const [{ n }] of request.items) arrived.add(n)
          if (doing === 'answer') request.answer.resolve()
          else request.answer.reject(new Error('timeout'))
        }
      }
      for (let i = 0; i < 4; i++) {
        await settle()
        for (const { items, answer } of requests.slice(answered)) {
          for (const [{ n }] of items) arrived.add(n)
          answer.resolve()
        }
        answered = requests.length
      }
      await lane.idle()
      const all = [...Array(added).keys()]
      const wasSent = new Set(sent().flat())
      assert.ok(mostAtOnce() <= 1)
      assert.is(sent().flat().length, wasSent.size, 'nothing is sent twice')
      assert.equal(
        [...sent().flat()],
        [...sent().flat()].sort((a, b) => a - b),
        'in order',
      )
      assert.equal(
        [...settled].sort((a, b) => a - b),
        all,
      )
      for (const n of all) {
        const told = state.get(n)
        if (told === 'published') assert.ok(arrived.has(n))
        else if (told === 'KAFKA_UNAVAILABLE') assert.not.ok(wasSent.has(n))
        else assert.is(told, 'PUBLISH_UNKNOWN')
      }
    }),
    { numRuns: 200 },
  )
})

test.run()
