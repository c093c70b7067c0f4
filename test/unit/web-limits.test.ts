/** Types and their limits, as lines and as fields. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { limitWords } from '../../web/console/limit-words.ts'
import { bodyOf, formOf } from '../../web/console/types/limit-form.ts'
import { linesOf } from '../../web/console/types/lines.ts'
import type { JobType, Limit } from '../../web/kit/api/types.ts'

const test = suite('web: limits')

const type = (name: string): JobType => ({ type: name, thread: false, control: false, schema: {} })
const limit = (change: Partial<Limit> & Pick<Limit, 'subject'>): Limit => ({
  paused: false,
  held: 0,
  ...change,
})

test('a limit is told in words', () => {
  assert.is(limitWords({}), 'No limit')
  assert.is(limitWords({ paused: true }), 'No limit')
  assert.is(limitWords({ concurrency: 1_200 }), '1,200 at once')
  assert.is(limitWords({ concurrency: 3, rate: 0.25 }), '3 at once, 0.25 starts/s')
  assert.is(limitWords({ rate: 20 }), '20 starts/s')
})

test('a limit that nobody changes stays as it was, and stays paused', () => {
  const state = { paused: true, concurrency: 3, rate: 0.5 }
  assert.equal(bodyOf(formOf(state), true), { body: state })
  assert.equal(bodyOf(formOf({}), false), { body: { paused: false } })
})

test('what is no number is wrong at its field', () => {
  assert.equal(bodyOf({ concurrency: '1.5', rate: 'x' }, false), {
    faults: { concurrency: 'must be a whole number', rate: 'must be a number' },
  })
})

test('a type has its limit and what it holds; one without a handler comes last', () => {
  const lines = linesOf(
    [type('a'), type('b')],
    [
      limit({ subject: 'type:gone', type: 'gone', held: 4 }),
      limit({ subject: 'type:b', type: 'b', concurrency: 2, held: 7 }),
      limit({ subject: 'key:b', keyPrefix: 'b', rate: 1, held: 9 }),
    ],
  )
  assert.equal(
    lines.map((it) => [it.type, it.held, it.limit?.concurrency, it.schema !== undefined]),
    [
      ['a', 0, undefined, true],
      ['b', 7, 2, true],
      ['gone', 4, undefined, false],
    ],
  )
  assert.is(lines[2]?.limit, undefined, 'it limits nothing any more')
})

test('without an answer on limits a type tells its own', () => {
  const [line] = linesOf([{ ...type('a'), limit: { paused: true } }], undefined)
  assert.is(line?.limit?.paused, true)
})

test.run()
