import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Run } from '../chaos/evidence.ts'
import { expectedOf, HOT_KEY, jobOf, meddlingOf } from '../chaos/jobs.ts'
import { medianWaiting, type Sample, worstPause } from '../chaos/progress.ts'
import { between, pick, shuffled } from '../chaos/random.ts'
import { distinctJobs, findRepeats } from '../chaos/repeats.ts'
import { makeReport, type ReportParts, renderReport } from '../chaos/report.ts'
import { settingsFor } from '../chaos/settings.ts'
import { parseRuns } from '../chaos/stores.ts'
import { randomFrom } from '../support/random.ts'

const test = suite('the figures of a chaos run')

const run = (id: string, attempt: number, start: number, pid = 1): Run => ({
  run: `${pid}-${start}`,
  id,
  key: undefined,
  seq: 0,
  pid,
  attempt,
  start,
  end: start + 1,
  how: 'done',
})
const repeated = (runs: readonly Run[]): string[] =>
  findRepeats(runs).map(({ first, again }) => `${first.id}${first.start}>${again.start}`)

test('attempts that follow each other are no repeats, in whatever order the files are read', () => {
  assert.equal(repeated([run('a', 3, 30), run('a', 1, 10), run('a', 2, 20, 2), run('b', 1, 5)]), [])
})

test('the same attempt once more is one, and so is each attempt of a count that begins anew', () => {
  assert.equal(repeated([run('a', 1, 10), run('a', 1, 20)]), ['a10>20'])
  assert.equal(repeated([run('a', 1, 10), run('a', 2, 20), run('a', 1, 30), run('a', 2, 40)]), ['a20>30'])
  assert.equal(repeated([run('a', 1, 10), run('a', 1, 20, 2), run('a', 1, 30, 3)]), ['a10>20', 'a20>30'])
})

test('every run beyond the attempts that a job needed is found', () => {
  // As many runs of attempt 1 as the job was begun, minus the first of them.
  fc.assert(
    fc.property(fc.array(fc.nat(4)), (ids) => {
      const runs = ids.map((id, at) => run(`j${id}`, 1, at))
      assert.is(findRepeats(runs).length, runs.length - distinctJobs(runs))
    }),
  )
})

test('runs are read from the handler’s lines, also those that never ended', () => {
  const [start, cut] = [
    { run: '7-1', id: 'a', key: 'k', seq: 3, pid: 7, attempt: 1, start: 5 },
    { run: '7-2', id: 'b', seq: 4, pid: 7, attempt: 2, start: 6 },
  ]
  const text = [start, cut, { run: '7-1', end: 9, how: 'failed' }].map((it) => JSON.stringify(it)).join('\n')
  assert.equal(parseRuns(`${text}\n`), [
    { ...start, end: 9, how: 'failed' },
    { ...cut, end: undefined, how: undefined },
  ])
  assert.equal(parseRuns(''), [])
})

const samples = (...made: readonly (readonly [at: number, accepted: number, recorded: number])[]): Sample[] =>
  made.map(([at, accepted, recorded]) => ({ at, accepted, recorded, parked: 0 }))

test('the worst pause is the longest time in which jobs waited and none was recorded', () => {
  assert.is(worstPause([]), 0)
  assert.is(worstPause(samples([0, 10, 1], [200, 20, 2], [900, 30, 2], [1_100, 30, 5], [1_300, 30, 9])), 900)
  assert.is(worstPause(samples([0, 10, 1], [700, 20, 1])), 700, 'also where it never ends')
  assert.is(worstPause(samples([0, 5, 5], [9_000, 5, 5], [9_200, 8, 8])), 200, 'idle time is none')
  assert.is(worstPause(samples([0, 5, 5], [9_000, 5, 5], [9_200, 8, 5], [9_400, 8, 6])), 400)
})

test('the median of what waits does not mind a few samples', () => {
  assert.is(medianWaiting([]), 0)
  assert.is(medianWaiting(samples([0, 0, 0], [1, 50, 10], [2, 9_000, 0], [3, 60, 20], [4, 5, 9])), 40)
})

const seqs = fc.tuple(fc.nat(), fc.nat({ max: 100_000 }))
const mix = { longestMs: 300, long: 0.02 }

test('the n-th job of a seed is always the same, and says how it must end', () => {
  fc.assert(
    fc.property(seqs, ([seed, seq]) => {
      const job = jobOf(seed, seq, mix)
      assert.equal(job, jobOf(seed, seq, mix))
      assert.is(job.payload.seq, seq)
      assert.ok(job.payload.ms >= 0 && job.payload.ms <= mix.longestMs)
      const { maxAttempts, payload } = job
      const expected = expectedOf(JSON.stringify({ payload, maxAttempts }))
      assert.is(expected?.seq, seq)
      const attempts = expected?.attempts ?? 0
      assert.ok(attempts >= 1 && attempts <= maxAttempts)
    }),
  )
  const value = (failures: number, fatal: boolean, runAt?: string) =>
    expectedOf(JSON.stringify({ payload: { seq: 1, ms: 0, failures, fatal }, maxAttempts: 3, runAt }))
  const end = (status: 'succeeded' | 'dead', attempts: number, replayed: number, notBefore?: number) => ({
    ...{ seq: 1, status, attempts, notBefore },
    replayed: { status: 'succeeded', attempts: replayed },
  })
  assert.equal(value(0, false), end('succeeded', 1, 1))
  assert.equal(value(2, false), end('succeeded', 3, 3))
  assert.equal(value(3, false), end('dead', 3, 4))
  assert.equal(value(1, true), end('dead', 1, 2))
  assert.equal(value(0, false, '1970-01-01T00:00:01.000Z'), end('succeeded', 1, 1, 1_000))
  assert.is(expectedOf('{"payload":1}'), undefined)
})

test('the load has keyless jobs, many keys, a hot one, and every kind of failure', () => {
  const jobs = Array.from({ length: 5_000 }, (_, seq) => jobOf(1, seq, mix))
  const share = (matches: (job: (typeof jobs)[number]) => boolean): number =>
    jobs.filter(matches).length / jobs.length
  const near = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) < 0.15 * expected + 0.003, `${actual} instead of ${expected}`)
  near(
    share(({ key }) => key === undefined),
    0.45,
  )
  near(
    share(({ key }) => key === HOT_KEY),
    0.04,
  )
  assert.is(new Set(jobs.map(({ key }) => key)).size, 102)
  const failing = jobs.map(({ payload, maxAttempts }) => expectedOf(JSON.stringify({ payload, maxAttempts })))
  for (const end of ['succeeded 2', 'succeeded 3', 'dead 1', 'dead 2']) {
    const count = failing.filter((it) => `${it?.status} ${it?.attempts}` === end).length
    assert.ok(count > 20, `${count} are ${end}`)
  }
  near(
    share(({ backoffMs = 0, maxBackoffMs = 0 }) => backoffMs >= 1_500 && maxBackoffMs >= backoffMs),
    0.45 * 0.04 + 0.51 * 0.015,
  )
  near(
    share(({ delayMs = 0 }) => delayMs >= 1_000 && delayMs <= 8_000),
    0.03,
  )
  near(
    share(({ priority }) => priority === 'high'),
    0.08,
  )
  near(
    share(({ priority }) => priority === 'low'),
    0.12,
  )
  const mean = jobs.reduce((sum, { payload }) => sum + payload.ms, 0) / jobs.length
  assert.ok(mean > 5 && mean < 20, `${mean} ms`)
})

test('some jobs are cancelled, those that wait for long more often; of those that die half are replayed', () => {
  const jobs = Array.from({ length: 5_000 }, (_, seq) => jobOf(1, seq, mix))
  const cancelled = jobs.filter((job) => meddlingOf(1, job).cancelAfterMs !== undefined)
  const waits = ({ delayMs, backoffMs }: (typeof jobs)[number]): boolean =>
    delayMs !== undefined || backoffMs !== undefined
  const share = (waiting: boolean): number =>
    cancelled.filter((job) => waits(job) === waiting).length /
    jobs.filter((job) => waits(job) === waiting).length
  assert.ok(share(true) > 0.1 && share(true) < 0.3, `${share(true)}`)
  assert.ok(share(false) > 0.01 && share(false) < 0.02, `${share(false)}`)
  assert.ok(cancelled.every((job) => (meddlingOf(1, job).cancelAfterMs ?? -1) >= 0))
  const replayed = jobs.filter((job) => meddlingOf(1, job).replay).length
  assert.ok(replayed > 2_300 && replayed < 2_700, `${replayed}`)
  assert.equal(
    jobs.map((job) => meddlingOf(1, job)),
    jobs.map((job) => meddlingOf(1, job)),
  )
})

test('chance: numbers of a range, one of some, and all of them in another order', () => {
  const random = randomFrom(3)
  const rolled = new Set(Array.from({ length: 200 }, () => between(random, 1, 6)))
  assert.equal([...rolled].sort(), [1, 2, 3, 4, 5, 6])
  assert.equal(
    [0, 0.5, 0.99].map((at) => pick(['a', 'b'], at)),
    ['a', 'b', 'b'],
  )
  assert.is(pick([], 0), undefined)
  const orders = new Set(Array.from({ length: 100 }, () => shuffled(random, [1, 2, 3]).join('')))
  assert.equal([...orders].sort(), ['123', '132', '213', '231', '312', '321'])
})

test('what dies or loses its connections may repeat one job in a hundred; SIGTERM and scaling none', () => {
  assert.is(settingsFor(['term', 'scale']).repeats, 0)
  assert.is(settingsFor(['scale']).repeats, 0)
  assert.is(settingsFor(['term', 'kill']).repeats, 0.01)
  assert.ok(settingsFor(['term']).mix.longestMs < 2_000)
})

const outcome = {
  key: undefined,
  topic: 'jobs',
  partition: 0,
  offset: 0,
  hasResult: true,
  worker: 'w',
  attempts: [1],
  stamps: [],
}
const parts: ReportParts = {
  seed: 42,
  seconds: 8,
  evidence: {
    accepted: new Map(),
    refused: new Set(),
    log: [
      {
        topic: 'jobs',
        partition: 0,
        offset: 9,
        key: undefined,
        id: undefined,
        value: 'x',
        poison: 'not JSON',
      },
      {
        ...{ topic: 'low', partition: 0, offset: 8, key: undefined, id: 'c', poison: undefined },
        value: JSON.stringify({
          maxAttempts: 1,
          runAt: '2026-01-01T00:00:00.000Z',
          payload: { seq: 7, failures: 0, fatal: false },
        }),
      },
    ],
    outcomes: [
      { ...outcome, id: 'a', status: 'succeeded' },
      { ...outcome, id: 'b', status: 'dead' },
    ],
    dead: [{ topic: 'jobs', partition: 0, offset: 1, value: undefined }],
    runs: [
      run('a', 1, 10, 1),
      run('a', 1, 20, 2),
      { ...run('b', 1, 30, 2), how: undefined },
      { ...run('c', 1, 50, 2), how: 'failed' },
      run('b', 1, 40, 3),
    ],
    letters: [],
    parked: [],
    cancels: new Map([
      ['a', { answer: 'too late', at: 1 }],
      ['b', { answer: 'too late', at: 1 }],
      ['c', { answer: 'cancelled', at: 1 }],
    ]),
    replays: new Map([['b', 'replayed']]),
    schedules: [],
    ticks: [{ schedule: 's', at: 1, jobId: 'd', skipped: undefined }],
    epochMs: 0,
    partitions: [],
    workers: [],
    wanted: 0,
    masters: [{ node: 'master', status: 200, said: '' }],
  },
  inflicted: [
    { kind: 'kill', done: true },
    { kind: 'term', done: false },
    { kind: 'kill', done: true },
  ],
  counts: { sent: 5, accepted: 4, refused: 1, repeated: 2, poison: 1 },
  medianWaiting: 77,
  worstPauseMs: 1_234,
  parkedAtMost: 12,
  drainMs: 2_000,
  fateOf: (pid) => (pid === 1 ? 'kill -9' : 'alive'),
  workers: 3,
  endedByThemselves: 1,
  leftBadly: 0,
}

test('the report counts what was done, what came of it, and what ran again', () => {
  assert.equal(makeReport(parts), {
    seed: 42,
    seconds: 8,
    faults: { kill: 2 },
    accepted: 4,
    refused: 1,
    repeatedRequests: 2,
    finished: 2,
    dead: 1,
    failedAttempts: 1,
    parkedAtMost: 12,
    delayed: 1,
    cancels: { cancelled: 1, 'too late': 2 },
    replays: { replayed: 1 },
    ticks: 1,
    poison: 1,
    deadLetters: 1,
    repeats: 2,
    repeatsPercent: 66.667,
    repeatsAfter: { 'kill -9': 1, alive: 1 },
    repeatsOf: { done: 1, 'cut off': 1 },
    medianWaiting: 77,
    worstPauseS: 1.2,
    drainS: 2,
    jobsPerS: 0,
    workers: 3,
    endedByThemselves: 1,
    leftBadly: 0,
  })
})

test('the table has a line for each figure', () => {
  const table = renderReport(makeReport(parts))
  for (const line of [
    /seed +42/,
    /faults +2 kill/,
    /refused +1 \(2 requests/,
    /worst pause +1.2 s/,
    /cancellations +1 cancelled, 2 too late/,
  ])
    assert.match(table, line)
  assert.match(table, /repeats +2 \(66.667 %\); the run before: 1 cut off, 1 done; .*: 1 alive, 1 kill -9/)
})

test.run()
