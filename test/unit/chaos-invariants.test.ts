import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Evidence, OutcomeRow, Run } from '../chaos/evidence.ts'
import { describeViolations, violationsOf } from '../chaos/invariants.ts'
import { brokenIn, evidenceOf, expectOnly, type Made, strict } from '../fixtures/chaos-evidence.ts'

const test = suite('the invariants of a chaos run')

const good = evidenceOf([
  { id: 'a1', key: 'a', start: 100 },
  { id: 'free1', start: 105 },
  { id: 'a2', key: 'a', start: 110, failures: 1 },
  { id: 'a3', key: 'a', start: 140 },
  { id: 'free2', start: 90 },
  { id: 'b1', key: 'b', partition: 1, start: 105, failures: 9 },
  { id: 'b2', key: 'b', partition: 1, start: 155, failures: 1, fatal: true },
  { id: 'b3', key: 'b', partition: 1, start: 170 },
])

const found = (change: Partial<Evidence>, limits = strict): Record<string, readonly string[]> =>
  brokenIn({ ...good, ...change }, limits)

const outcomes = (change: (row: OutcomeRow) => OutcomeRow | undefined): Partial<Evidence> => ({
  outcomes: good.outcomes.flatMap((row) => change(row) ?? []),
})
const only = (id: string, change: (row: OutcomeRow) => OutcomeRow | undefined): Partial<Evidence> =>
  outcomes((row) => (row.id === id ? change(row) : row))
/** The job's recorded attempt ran at another time. */
const ranAt = (id: string, start: number, end: number): Partial<Evidence> =>
  only(id, (row) => ({ ...row, stamps: row.stamps.map((stamp) => ({ ...stamp, start, end })) }))

const IN_LOG = 'every accepted job is in the log'
const ENDED = 'every job of the log has an outcome'
const ONE = 'no job has two outcomes'
const REAL = 'every outcome has its record in the log, or its tick'
const OWN = 'every outcome is its job’s, as it had to end'
const ORDER = 'recorded runs of a key neither overlap nor swap'
const POISON = 'every record that is no job has a dead letter'
const DEAD = 'every dead job has a dead letter'
const COMMITTED = 'all offsets are committed to the end'
const READY = 'all workers are there and ready'
const REFUSED = 'what was refused for certain is not in the log'

test('nothing is found where all is well', () => {
  assert.equal(found({}), {})
})

test('an accepted job that is not in the log', () => {
  const accepted = new Map([...good.accepted, ['gone', 99]])
  expectOnly(found({ accepted }), { [IN_LOG]: /^gone \(seq 99\)$/ })
})

test('a job without an outcome, accepted or not', () => {
  expectOnly(found(only('a3', () => undefined)), { [ENDED]: /^a3 \(key a, jobs, partition 0, offset 3\)$/ })
  const accepted = new Map([...good.accepted].filter(([id]) => id !== 'a3'))
  expectOnly(found({ ...only('a3', () => undefined), accepted }), { [ENDED]: /^a3 / })
})

test('a job with two outcomes', () => {
  expectOnly(found({ outcomes: [...good.outcomes, ...good.outcomes.slice(0, 1)] }), { [ONE]: /^a1 / })
})

test('an outcome of what never was in the log', () => {
  const [first] = good.outcomes
  assert.ok(first)
  expectOnly(found({ outcomes: [...good.outcomes, { ...first, id: 'made up' }] }), { [REAL]: /^made up / })
})

test('a record with an id that is no job may have an outcome, and need not', () => {
  const log = good.log.map((entry) => (entry.poison ? { ...entry, id: 'p', poison: 'unknown type' } : entry))
  assert.equal(found({ log }), {})
  const row: OutcomeRow = {
    id: 'p',
    key: undefined,
    status: 'dead',
    topic: 'jobs',
    partition: 1,
    offset: 3,
    worker: 'w',
    hasResult: false,
    attempts: [],
    stamps: [],
  }
  const letters = good.letters.map((letter) =>
    letter.replayable ? letter : { ...letter, id: 'p', replayable: true },
  )
  assert.equal(found({ log, letters, outcomes: [...good.outcomes, row] }), {})
})

test('an outcome with another job’s key, place, end, attempts or result', () => {
  const wrong: readonly (readonly [Partial<OutcomeRow>, RegExp])[] = [
    [{ key: 'b' }, /^a1 .*: has key a$/],
    [{ offset: 3 }, /^a1 .*: lies at jobs:0:0$/],
    [{ status: 'cancelled', hasResult: false }, /^a1 .*: cancelled instead of succeeded$/],
    [{ attempts: [0] }, /^a1 .*: attempts 0, and 1 are due$/],
    [
      { stamps: [{ id: 'free1', run: 'r', pid: 1, start: 100, end: 110 }] },
      /^a1 .*: holds the result of free1$/,
    ],
    [{ hasResult: false }, /^a1 .*: has no result$/],
    [{ stamps: [] }, /^a1 .*: an attempt does not say when it ran$/],
  ]
  for (const [change, pattern] of wrong) {
    expectOnly(found(only('a1', (row) => ({ ...row, ...change }))), { [OWN]: pattern })
  }
})

test('attempts that a worker before has made are not in the outcome, and one more may have been lost', () => {
  const attempts = (...numbers: number[]): Partial<Evidence> =>
    only('a2', (row) => ({
      ...row,
      attempts: numbers,
      stamps: numbers.map((at) => ({ id: 'a2', run: `${at}`, pid: 2, start: 110 + at, end: 111 + at })),
    }))
  for (const good of [[1, 2], [2], [3], [2, 3], [1, 3]]) assert.equal(found(attempts(...good)), {})
  for (const bad of [[], [1], [2, 1], [2, 2]]) {
    expectOnly(found(attempts(...bad)), {
      [OWN]: new RegExp(`^a2 .*: attempts ${bad.join()}, and 2 are due$`),
    })
  }
})

test('a job that is in the log twice may be recorded at either place', () => {
  const [first] = good.log
  assert.ok(first)
  const log = [...good.log, { ...first, offset: 50 }]
  assert.equal(found({ log }), {})
  assert.equal(found({ log, ...only('a1', (row) => ({ ...row, offset: 50 })) }), {})
})

test('a job that should have succeeded and is dead needs a dead letter, too', () => {
  expectOnly(found(only('free1', (row) => ({ ...row, status: 'dead', hasResult: false }))), {
    [OWN]: /^free1 .*: dead instead of succeeded$/,
    [DEAD]: /^free1 .*: has no letter and no copy$/,
  })
})

test('runs of a key that overlap', () => {
  expectOnly(found(ranAt('a3', 139, 145)), {
    [ORDER]: /^a3 \(key a, .*, 139\.0–145\.0 ms in w, overlaps with a2 .*, 110\.0–140\.0 ms in w$/,
  })
})

test('runs of a key that swap, neighbours or not', () => {
  expectOnly(found(ranAt('a3', 103, 104)), { [ORDER]: /a3 .* overlaps with a2|a3 .* ran before a2/ })
  expectOnly(found(ranAt('b3', 50, 60)), { [ORDER]: /^b3 \(key b, .* ran before b2 / })
  // The first of three ran last: both that follow it ran before.
  const late = found(ranAt('a1', 500, 510))[ORDER] ?? []
  assert.is(late.length, 2)
  assert.match(late[0] ?? '', /^a2 .* ran before a1 /)
  assert.match(late[1] ?? '', /^a3 .* ran before a1 /)
})

test('an attempt that failed counts: the next of the key must not come between attempts', () => {
  expectOnly(found(ranAt('b2', 120, 121)), { [ORDER]: /^b2 .*overlaps with b1 / })
})

test('keyless jobs, and equal keys in other partitions, may overlap', () => {
  assert.equal(found(ranAt('free2', 100, 500)), {})
  const elsewhere = evidenceOf([
    { id: 'x', key: 'k', start: 10 },
    { id: 'y', key: 'k', partition: 1, start: 12 },
  ])
  assert.equal(violationsOf(elsewhere, strict), [])
})

test('a record that is no job without a dead letter, or with another’s', () => {
  const dead = good.dead.filter(({ value }) => value !== '{"pay')
  expectOnly(found({ dead }), {
    [POISON]: /^not JSON: no id \(keyless, jobs, partition 1, offset 3\): has no copy$/,
  })
  const letters = good.letters.filter(({ replayable }) => replayable)
  expectOnly(found({ letters }), { [POISON]: /offset 3\): has no letter$/ })
  const other = good.dead.map((copy) => (copy.value === '{"pay' ? { ...copy, value: 'x' } : copy))
  expectOnly(found({ dead: other }), { [POISON]: /its copy differs$/ })
  assert.equal(found({ dead: [...good.dead, ...good.dead] }), {}, 'a copy may come twice')
})

test('a dead job without a dead letter', () => {
  const dead = good.dead.filter(({ value }) => value === '{"pay')
  expectOnly(found({ dead }), { [DEAD]: /^b1 .*: has no copy\nb2 / })
  const letters = good.letters.filter(({ id }) => id !== 'b1')
  expectOnly(found({ letters }), { [DEAD]: /^b1 .*: has no letter$/ })
})

test('an offset that is not committed', () => {
  const partitions = [
    { topic: 'jobs', partition: 0, committed: 4, end: 5 },
    { topic: 'low', partition: 1, committed: 4, end: 4 },
  ]
  expectOnly(found({ partitions }), { [COMMITTED]: /^jobs, partition 0: 4 of 5$/ })
})

test('a worker that is not ready, or missing', () => {
  const unready = [{ node: 'w', status: 503, said: 'kafka: silent' }]
  expectOnly(found({ workers: unready }), { [READY]: /^w: 503 kafka: silent$/ })
  expectOnly(found({ workers: [] }), { [READY]: /^0 workers instead of 1$/ })
})

test('a master that is not ready, or gone', () => {
  const masters = [{ node: 'master', status: 0, said: 'fetch failed' }]
  expectOnly(found({ masters }), { 'the masters are there and ready': /^master: 0 fetch failed$/ })
})

test('a job that was refused for certain and is in the log', () => {
  expectOnly(found({ refused: new Set([3, 70]) }), { [REFUSED]: /^seq 3: a3 [^\n]*$/ })
})

test('repeats beyond their share, and not below it', () => {
  const again: Run = { ...(good.runs[0] as Run), run: '2-1', pid: 2, start: 900, end: 905 }
  const runs = [...good.runs, again]
  expectOnly(found({ runs }), {
    'at most 0 % of the jobs run again':
      /^a1 \(seq 0, key a\): attempt 1 in 1 from 100\.0 ms .* again attempt 1 in 2 from 900/,
  })
  expectOnly(found({ runs }, { ...strict, repeats: 0.12 }), { 'at most 12 % of the jobs run again': /^a1 / })
  assert.equal(found({ runs }, { ...strict, repeats: 0.125 }), {})
})

test('so many repeats may be in any case, and those count for nobody whose worker could not record', () => {
  const again: Run = { ...(good.runs[0] as Run), run: '2-1', pid: 2, start: 900, end: 905 }
  const runs = [...good.runs, again, { ...again, run: '2-2', start: 910 }]
  const broken = 'at most 0 % of the jobs run again'
  assert.equal(found({ runs }, { ...strict, repeatsAnyway: 2 }), {})
  assert.is(found({ runs }, { ...strict, repeatsAnyway: 1 })[broken]?.length, 2)
  assert.is(found({ runs }, { ...strict, unheard: (pid) => pid === 2 })[broken]?.length, 1)
  assert.equal(found({ runs }, { ...strict, unheard: () => true }), {})
})

test('any one outcome that is missing is found', () => {
  fc.assert(
    fc.property(fc.constantFrom(...good.outcomes.map(({ id }) => id)), (id) => {
      assert.match(found(only(id, () => undefined))[ENDED]?.join() ?? '', new RegExp(`^${id} `))
    }),
  )
})

/** Jobs of one key that run one after the other, in log order. */
const chains = fc.array(fc.record({ gap: fc.nat(5), failures: fc.nat(3) }), { minLength: 2, maxLength: 12 })

test('chains in order are in order, and any two that change their times are found', () => {
  fc.assert(
    fc.property(chains, fc.nat(), fc.nat(), (links, one, two) => {
      let start = 0
      const chain = links.map(({ gap, failures }, index) => {
        const made: Made = { id: `j${index}`, key: 'k', start: start + gap, failures }
        start += gap + Math.min(3, failures + 1) * 20
        return made
      })
      assert.equal(violationsOf(evidenceOf(chain), strict), [])
      const [i, j] = [one % chain.length, two % chain.length]
      if (i === j) return
      const swapped = chain.map((made, index) => {
        const other = chain[index === i ? j : index === j ? i : index]
        return { ...made, start: other?.start ?? 0 }
      })
      assert.equal(
        violationsOf(evidenceOf(swapped), strict).map(({ invariant }) => invariant),
        [ORDER],
      )
    }),
  )
})

test('violations are told with the first of what was found, and how many there are', () => {
  const lines = Array.from({ length: 10 }, (_, index) => `job ${index}`)
  assert.is(
    describeViolations([{ invariant: 'all is well', found: lines }], 2),
    '✘ all is well: 10 times not\n    job 0\n    job 1\n    … 8 more',
  )
  assert.is(describeViolations([]), '')
})

test.run()
