import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kindOf, newsOf, type Told } from '../../scaler/news.ts'

const test = suite('which decisions are news')

const decision = (to: number, reason: string, from = 3) => ({
  at: '2026-01-01T00:00:00.000Z',
  from,
  to,
  reason,
})

/** What is told of decisions that are made every `stepMs`. */
const tellAll = (all: readonly ReturnType<typeof decision>[], stepMs = 1_000): number[] => {
  let told: Told | undefined
  return all.flatMap((it, index) => {
    const news = newsOf(told, it, index * stepMs)
    told = news ?? told
    return news ? [index] : []
  })
}

test('numbers are not what a reason is', () => {
  assert.is(kindOf('1,234 jobs waiting, 5.5/s coming'), kindOf('1 job waiting, 17/s coming'))
  assert.is(kindOf('done in 900 ms by 1 worker'), kindOf('done in 3 s by 2 workers'))
  assert.is.not(kindOf('3 jobs; no change'), kindOf('3 jobs; growing 3 → 4'))
})

test('the first is news, the same again never is', () => {
  const same = Array.from({ length: 100 }, (_, n) => decision(3, `${n} jobs waiting: no change`))
  assert.equal(tellAll(same), [0])
})

test('what asks for another number of workers is news at once', () => {
  assert.equal(tellAll([decision(3, 'a'), decision(8, 'b'), decision(8, 'b'), decision(3, 'a')]), [0, 1, 3])
})

test('grounds that go to and fro are told every ten seconds at most', () => {
  const flapping = Array.from({ length: 60 }, (_, n) => decision(3, n % 2 === 0 ? 'held' : 'enough'))
  const told = tellAll(flapping)
  assert.ok(told.length > 1)
  for (const [n, at] of told.entries()) if (n > 0) assert.ok(at - (told[n - 1] ?? 0) >= 10)
})

test('after any series of decisions the number of workers last told is the last one asked for', () => {
  const decisions = fc.array(fc.record({ to: fc.integer({ min: 0, max: 9 }), reason: fc.string() }))
  fc.assert(
    fc.property(decisions, (all) => {
      let told: Told | undefined
      for (const [n, { to, reason }] of all.entries()) told = newsOf(told, decision(to, reason), n) ?? told
      assert.is(told?.to, all.at(-1)?.to)
    }),
  )
})

test.run()
