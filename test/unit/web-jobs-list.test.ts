/** What the list of jobs says and shows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, filterOf } from '../../web/console/jobs/filter.ts'
import { idIn, keepStill } from '../../web/console/jobs/keep-still.ts'
import { retryWords, tookWords, waitWords } from '../../web/console/jobs/words.ts'
import type { Job } from '../../web/kit/api/types.ts'

const test = suite('web jobs list')

const now = Date.parse('2026-11-22T10:00:00Z')
const at = (ms: number): string => new Date(now + ms).toISOString()
const job = (rest: Partial<Job>): Job => ({
  id: '5',
  status: 'queued',
  attempts: [],
  submittedAt: at(-5_000),
  ...rest,
})
const jobs = (...ids: string[]): Job[] => ids.map((id) => job({ id }))
const idsOf = (shown: readonly Job[]): string => shown.map(({ id }) => id).join('')

test('a list that nobody looks at is as it came', () => {
  const { jobs: shown, more } = keepStill(undefined, jobs('9', '8'))
  assert.is(idsOf(shown), '98')
  assert.is(more, 0)
})

test('rows that are held stay where they are, each as it is now', () => {
  const fresh = [...jobs('9', '8'), job({ id: '7', status: 'running' }), ...jobs('6')]
  const { jobs: shown, more, gone } = keepStill(jobs('7', '6', '5'), fresh)
  assert.is(idsOf(shown), '765')
  assert.is(shown[0]?.status, 'running')
  assert.is(more, 2)
  assert.equal([...gone], [], 'the last one was pushed off the page, and is still there')
})

test('a row that does not fit the filter any more is told apart, and stays', () => {
  const { jobs: shown, gone, more } = keepStill(jobs('7', '6', '5'), jobs('7', '5'))
  assert.is(idsOf(shown), '765')
  assert.equal([...gone], ['6'])
  assert.is(more, 0)
  assert.equal([...keepStill(jobs('7', '6'), []).gone], ['7', '6'])
})

test('an id is found in what was copied along with it', () => {
  const id = '01a2016c-be7c-8016-8004-072534d55ca6'
  assert.is(idIn(`  http://host/jobs/${id.toUpperCase()}?x=1 `), id)
  assert.is(idIn('01a2016c…5ca6'), undefined)
})

test('the filter is in the address, and what makes no sense there is left out', () => {
  const filter = filterOf({ status: 'dead', type: 'sleep', key: 'a/b c', other: '1' })
  assert.is(addressOf(filter), '/jobs?status=dead&type=sleep&key=a%2Fb+c')
  assert.equal(filterOf({ status: 'lost', key: '' }), {
    status: undefined,
    type: undefined,
    key: undefined,
    after: undefined,
  })
  assert.is(addressOf({}), '/jobs')
})

test('what a job waits for is said in words', () => {
  const words = (rest: Partial<Job>): string => waitWords(job(rest), now)
  assert.match(
    words({ waitsFor: 'retry', status: 'failed', runAt: at(60_000) }),
    /^Waits for its retry until /,
  )
  assert.is(words({ waitsFor: 'retry', status: 'failed', runAt: at(-1) }), 'Its retry is due')
  assert.is(words({ waitsFor: 'order', key: 'a' }), 'Waits behind another job of the key a')
  assert.is(words({ waitsFor: 'type:sleep' }), 'The type sleep is held back by a limit')
  assert.is(words({ waitsFor: 'key:a:b/' }), 'What has a key that begins with a:b/ is held back by a limit')
  assert.is(words({ position: 0 }), 'The next of its partition')
  assert.is(words({ position: 1_200 }), '1,200 jobs of its partition are before it')
  assert.is(words({ status: 'running' }), '')
  assert.is(words({ status: 'dead' }), '')
})

test('the limit that holds a type is named', () => {
  const held = job({ waitsFor: 'type:sleep' })
  assert.is(waitWords(held, now, { paused: true }), 'The type sleep is paused')
  assert.is(
    waitWords(held, now, { paused: false, concurrency: 2, rate: 10 }),
    'The type sleep is at its limit (2 at once, 10 starts/s)',
  )
})

test('the column of durations tells what ran from what waits', () => {
  const attempts = [{ attempt: 1, startedAt: at(-2_000), worker: 'w' }]
  assert.equal(tookWords(job({ status: 'running', attempts }), now), { text: '2.0 s', isWait: false })
  assert.equal(tookWords(job({ status: 'dead', startedAt: at(-900), finishedAt: at(-400) }), now), {
    text: '500 ms',
    isWait: false,
  })
  assert.equal(tookWords(job({ status: 'cancelled', finishedAt: at(-400) }), now), { text: '', isWait: true })
  assert.equal(tookWords(job({ runAt: at(60_000), waitsFor: 'delay' }), now), {
    text: 'in 1 m',
    isWait: true,
  })
  assert.equal(tookWords(job({ waitsFor: 'type:sleep' }), now), { text: 'held back', isWait: true })
})

test('whether an attempt follows an error is said', () => {
  const error = { code: 'X', message: '', retryable: true }
  assert.is(retryWords(job({ status: 'dead', error })), 'It was the last attempt.')
  assert.match(retryWords(job({ status: 'dead', error: { ...error, retryable: false } })), /useless/)
  assert.is(retryWords(job({ status: 'failed', error })), 'Another attempt follows.')
})

test.run()
