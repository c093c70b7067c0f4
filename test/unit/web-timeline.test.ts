/** A job's life as a bar: which parts it has, and how wide they are drawn. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layOut, segmentsOf, summaryOf } from '../../web/console/jobs/timeline.ts'
import type { Attempt, Job } from '../../web/kit/api/types.ts'

const test = suite('web timeline')

const t0 = Date.parse('2026-11-22T10:00:00Z')
const at = (ms: number): string => new Date(t0 + ms).toISOString()
const failure = { code: 'HANDLER_FAILED', message: 'no', retryable: true }

const tried = (attempt: number, from: number, to?: number, error?: Attempt['error']): Attempt => ({
  attempt,
  startedAt: at(from),
  ...(to === undefined ? {} : { finishedAt: at(to) }),
  worker: 'worker-1',
  ...(error ? { error } : {}),
})

const job = (rest: Partial<Job>): Job => ({
  id: '01a1fdb8-427c-8000-8000-000000000000',
  status: 'queued',
  attempts: [],
  submittedAt: at(0),
  ...rest,
})

const brief = (it: Job, now: number): [string, number, string][] =>
  segmentsOf(it, t0 + now).map(({ kind, ms, look, open }) => [kind, ms, `${look ?? ''}${open ? '…' : ''}`])

test('a job that failed twice has waits and attempts by turns', () => {
  const ended = job({
    status: 'succeeded',
    attempts: [tried(1, 100, 150, failure), tried(2, 1_150, 1_200, failure), tried(3, 4_000, 4_500)],
    finishedAt: at(4_500),
  })
  assert.equal(brief(ended, 99_999), [
    ['wait', 100, ''],
    ['run', 50, 'warn'],
    ['backoff', 1_000, ''],
    ['run', 50, 'warn'],
    ['backoff', 2_800, ''],
    ['run', 500, 'good'],
  ])
  assert.is(
    summaryOf(segmentsOf(ended, t0)),
    'Waited 100 ms, ran 600 ms in 3 attempts, 3.8 s between attempts; 4.5 s in all',
  )
})

test('the last part goes on until now, and what is planned comes after it', () => {
  assert.equal(brief(job({}), 700), [['wait', 700, '…']])
  assert.equal(brief(job({ status: 'running', attempts: [tried(1, 100)] }), 700), [
    ['wait', 100, ''],
    ['run', 600, 'run…'],
  ])
  const waiting = job({
    status: 'failed',
    attempts: [tried(1, 100, 150, failure)],
    waitsFor: 'retry',
    runAt: at(5_000),
  })
  assert.equal(brief(waiting, 1_000), [
    ['wait', 100, ''],
    ['run', 50, 'warn'],
    ['backoff', 850, '…'],
    ['ahead', 4_000, ''],
  ])
  assert.equal(brief(waiting, 6_000).at(-1), ['backoff', 5_850, '…'])
})

test('a job that ended without an attempt has waited, and no more', () => {
  const cancelled = job({ status: 'cancelled', finishedAt: at(2_000) })
  assert.equal(brief(cancelled, 9_000), [['wait', 2_000, '']])
  assert.is(summaryOf(segmentsOf(cancelled, t0)), 'Waited 2.0 s')
  assert.is(summaryOf(segmentsOf(job({}), t0 + 1_500)), 'Has waited 1.5 s')
})

test('one that was cancelled while it ran ends there', () => {
  const cancelled = job({ status: 'cancelled', attempts: [tried(1, 100)], finishedAt: at(900) })
  assert.equal(brief(cancelled, 9_000), [
    ['wait', 100, ''],
    ['run', 800, 'off'],
  ])
})

test('an attempt that failed has failed, also where the job was cancelled after it', () => {
  const cancelled = job({ status: 'cancelled', attempts: [tried(1, 100, 150, failure)], finishedAt: at(900) })
  assert.equal(brief(cancelled, 9_000), [
    ['wait', 100, ''],
    ['run', 50, 'warn'],
    ['backoff', 750, ''],
  ])
  assert.is(
    summaryOf(segmentsOf(cancelled, t0)),
    'Waited 100 ms, ran 50 ms in 1 attempt, 750 ms waiting for another; 900 ms in all',
  )
})

test('what can’t be repeated and ran again was replayed', () => {
  const fatal = { ...failure, retryable: false }
  const replayed = job({
    status: 'succeeded',
    attempts: [tried(1, 0, 10, fatal), tried(2, 60_000, 60_010)],
    finishedAt: at(60_010),
  })
  assert.is(segmentsOf(replayed, t0)[2]?.text, 'Until it was replayed')
})

test('clocks that differ give no part less than no time', () => {
  const skewed = job({ status: 'running', attempts: [tried(1, -50)] })
  for (const { ms } of segmentsOf(skewed, t0 - 500)) assert.ok(ms >= 0)
})

test('widths are to scale where that can be seen', () => {
  assert.equal(layOut([1_000, 3_000]), { shares: [0.25, 0.75], toScale: true })
  assert.equal(layOut([]), { shares: [], toScale: true })
})

test('a wait that is a thousand times longer leaves its run to be seen', () => {
  const { shares, toScale } = layOut([1_000_000, 1_000, 20])
  assert.not(toScale)
  const [wait = 0, run = 0, end = 0] = shares
  assert.ok(wait > run && run > end, 'the order of lengths is kept')
  assert.ok(end > 0.02)
})

test('widths fill the bar, order is kept, and none vanishes, whatever the lengths', () => {
  // A generator of its own: the same numbers each time.
  let state = 7
  const random = (): number => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let round = 0; round < 300; round++) {
    const lengths = Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
      random() < 0.1 ? 0 : 10 ** (random() * 11),
    )
    const { shares } = layOut(lengths)
    assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9)
    assert.ok(Math.min(...shares) >= Math.min(0.025, 0.5 / lengths.length) / 1.6)
    lengths.forEach((a, i) => {
      lengths.forEach((b, j) => {
        if (a > b) assert.ok((shares[i] ?? 0) >= (shares[j] ?? 0), `${a} is not narrower than ${b}`)
      })
    })
  }
})

test.run()
