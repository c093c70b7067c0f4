/** How a node asks its master for children: groups, answers in any order, patience, and its end. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askOn, type Channel } from '../../consumer/ask-parent.ts'
import {
  type Asked,
  askedIn,
  inGroups,
  isAnswered,
  MAX_GROUP,
  MAX_GROUP_CHARS,
  plainError,
} from '../../core/children.ts'
import { AppError, codeOf, toError } from '../../core/errors.ts'
import { whileRetryable } from '../../core/retry.ts'

const test = suite('asking the master')
const parent = '01890000-0000-8000-8000-000000000000'

/** A channel, whose other end is played by hand. */
const channel = () => {
  const asked: Asked[] = []
  let take: (message: unknown) => void = () => {}
  const here: Channel = {
    send: (message) => {
      const question = askedIn(JSON.parse(JSON.stringify(message)))
      if (question) asked.push(question)
    },
    onMessage: (it) => {
      take = it
    },
  }
  return { here, asked, answer: (message: object) => take(JSON.parse(JSON.stringify(message))) }
}

test('groups hold all in order, and none is too many or too much', () => {
  const item = fc.integer({ min: 0, max: 3_000_000 })
  fc.assert(
    fc.property(fc.array(item, { maxLength: 30 }), (sizes) => {
      const items = sizes.map((size) => 'x'.repeat(size))
      const groups = [...inGroups(items)]
      assert.is(groups.flat().length, items.length)
      assert.ok(groups.flat().every((it, n) => it === items[n]))
      for (const group of groups)
        assert.ok(group.length === 1 || group.reduce((sum, it) => sum + it.length + 2, 0) <= MAX_GROUP_CHARS)
    }),
    { numRuns: 20 },
  )
  assert.equal(
    [...inGroups(Array(1_201).fill(1))].map((it) => it.length),
    [MAX_GROUP, MAX_GROUP, 201],
  )
})

test('answers find their questions, in whatever order; errors arrive as they were', async () => {
  const { here, asked, answer } = channel()
  const ask = askOn(here)
  const { signal } = new AbortController()
  const question = { what: 'submit' as const, parent, first: 0, children: [{ type: 'noop' }] }
  const all = [ask(question, signal), ask({ what: 'cancel', ids: [parent] }, signal), ask(question, signal)]
  const [one, two, three] = asked.map(({ ask: number }) => number)
  assert.equal(asked[0]?.question, question)
  answer({ answer: three, ids: ['c'] })
  answer({ ready: true })
  answer({ answer: 99, ids: [] })
  const faults = [{ path: '/payload', message: 'no' }]
  answer({ answer: one, error: plainError(new AppError('REQUEST_INVALID', 'wrong', { faults })) })
  answer({ answer: two, ids: [] })
  assert.equal(await all[2], ['c'])
  assert.equal(await all[1], [])
  const error = await all[0]?.catch((it: unknown) => it)
  assert.instance(error, AppError)
  assert.equal(
    [codeOf(error), (error as AppError).faults, (error as AppError).retryable],
    ['REQUEST_INVALID', faults, false],
  )
})

test('who waits for an answer that does not come is let go by its signal', async () => {
  const { here } = channel()
  const stop = new AbortController()
  const asking = askOn(here)({ what: 'cancel', ids: [] }, stop.signal)
  stop.abort(new Error('lost'))
  assert.is(toError(await asking.catch((it: unknown) => it)).message, 'lost')
})

test('what is no question is none, and what is no answer is none', () => {
  for (const message of [undefined, 1, {}, { ask: 1 }, { ask: 1, question: { what: 'submit', parent: 'x' } }])
    assert.is(askedIn(message), undefined)
  for (const message of [undefined, 1, {}, { ready: true }]) assert.is(isAnswered(message), false)
})

test('what may pass is repeated, what won’t is told at once, and an end ends the wait', async () => {
  const { signal } = new AbortController()
  let tries = 0
  const away = new AppError('STORE_UNAVAILABLE', 'away', { retryable: true })
  const third = async (): Promise<number> => {
    if (++tries < 3) throw away
    return tries
  }
  assert.is(await whileRetryable(third, signal), 3)
  const refused = await whileRetryable(() => Promise.reject(new AppError('NOT_FOUND', 'no')), signal).catch(
    codeOf,
  )
  assert.is(refused, 'NOT_FOUND')
  const stop = new AbortController()
  const waiting = whileRetryable(() => Promise.reject(away), stop.signal).catch(
    (it: unknown) => toError(it).message,
  )
  stop.abort(new Error('cancelled'))
  assert.is(await waiting, 'cancelled')
})

test.run()
