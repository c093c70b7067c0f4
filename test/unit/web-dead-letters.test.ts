/** Dead letters on the page: which are looked at, and how many are put back. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, choiceOf, filterOf, isEmpty } from '../../web/console/dead-letters/filter.ts'
import {
  type Choice,
  inGroups,
  type ReplaySum,
  replayAll,
  sumWords,
} from '../../web/console/dead-letters/replay.ts'
import { textOf } from '../../web/console/dead-letters/value-text.ts'
import type { Replayed } from '../../web/kit/api/letter-types.ts'

const test = suite('web: dead letters')

/** An API that has so many letters of which each request replays a hundred; `asked` is what it was asked. */
const fakeApi = (letters: number, skippedEach = 0) => {
  const asked: Choice[] = []
  let left = letters
  const post = async (body: Choice): Promise<Replayed> => {
    asked.push(body)
    const taken = Math.min(100, left)
    left -= taken
    const skipped = Math.min(skippedEach, taken)
    const answer = { replayed: taken - skipped, skipped, more: left > 0 }
    return left > 0 ? { ...answer, next: `id-${asked.length}` } : answer
  }
  return { asked, post }
}

test('a filter is the same after it was an address', () => {
  const filter = { type: 'a/b', code: 'TIMEOUT', key: 'ü & ?=', from: '2026-11-22T00:00:00.000Z' }
  const address = new URL(addressOf(filter, 'some-id'), 'http://x')
  assert.is(address.pathname, '/dead-letters')
  const { id, ...query } = Object.fromEntries(address.searchParams)
  assert.is(id, 'some-id')
  assert.equal(filterOf(query), filter)
})

test('what is empty, unknown, or no time is no filter', () => {
  const filter = filterOf({ type: '', from: 'yesterday', to: 'x', id: 'some-id', other: '1' })
  assert.equal(filter, {})
  assert.ok(isEmpty(filter))
  assert.is(addressOf({ type: '' }), '/dead-letters')
})

test('a time of another zone is told in UTC', () => {
  assert.equal(filterOf({ to: '2026-11-22T01:00:00+01:00' }), { to: '2026-11-22T00:00:00.000Z' })
})

test('a change to all says that it is for all; one to some says which', () => {
  assert.equal(choiceOf({}), { all: true })
  assert.equal(choiceOf({ type: '', key: '' }), { all: true })
  assert.equal(choiceOf({ type: 'sleep', key: '' }), { type: 'sleep' })
})

test('a replay goes on after each answer until nothing more fits, and sums them up', async () => {
  const { asked, post } = fakeApi(250, 3)
  const heard: ReplaySum[] = []
  const sum = await replayAll({ type: 'sleep' }, post, (it) => heard.push(it))
  assert.equal(asked, [{ type: 'sleep' }, { type: 'sleep', after: 'id-1' }, { type: 'sleep', after: 'id-2' }])
  assert.equal(sum, { replayed: 241, skipped: 9, stopped: false })
  assert.equal(
    heard.map(({ replayed }) => replayed),
    [97, 194, 241],
  )
})

test('a stopped replay tells what it has done; one that is through by then was not stopped', async () => {
  let stop = false
  const { asked, post } = fakeApi(250)
  const onProgress = (): void => {
    stop = true
  }
  const sum = await replayAll({ all: true }, post, onProgress, () => stop)
  assert.equal(sum, { replayed: 100, skipped: 0, stopped: true })
  assert.is(asked.length, 1)
  const whole = await replayAll({ all: true }, fakeApi(60).post, onProgress, () => true)
  assert.equal(whole, { replayed: 60, skipped: 0, stopped: false })
})

test('a replay that fails fails, and what was done until then was heard of', async () => {
  const { post } = fakeApi(250)
  let requests = 0
  let heard = 0
  const failing = (body: Choice): Promise<Replayed> =>
    ++requests === 2 ? Promise.reject(new Error('away')) : post(body)
  await replayAll({ all: true }, failing, ({ replayed }) => {
    heard = replayed
  }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'away'),
  )
  assert.is(heard, 100)
})

test('the sum is told in words', () => {
  const none = { replayed: 0, skipped: 0, stopped: false }
  assert.is(sumWords(none), 'No job is replayed.')
  assert.is(sumWords({ ...none, replayed: 1 }), '1 job is replayed.')
  assert.is(
    sumWords({ replayed: 1_200, skipped: 1, stopped: false }),
    '1,200 jobs are replayed. 1 is left: it is no job, or it has ended otherwise.',
  )
  assert.is(
    sumWords({ replayed: 0, skipped: 2, stopped: true }),
    'No job is replayed. 2 are left: they are no jobs, or have ended otherwise. Stopped before the rest.',
  )
})

test('ids are sent in groups that a request takes', () => {
  const ids = Array.from({ length: 2_001 }, (_, index) => String(index))
  assert.equal(
    inGroups(ids).map((it) => it.length),
    [1_000, 1_000, 1],
  )
  assert.equal(inGroups(ids).flat(), ids)
  assert.equal(inGroups([]), [])
})

test('bytes are shown as text where they are some', () => {
  assert.is(textOf(btoa('this is\tno job\n')), 'this is\tno job\n')
  assert.is(textOf('AP/+AQID'), undefined)
  assert.is(textOf(btoa('a\0b')), undefined)
  assert.is(textOf(''), undefined)
})

test.run()
