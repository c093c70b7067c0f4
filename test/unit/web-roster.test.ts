import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isNew, NOTICED_MS, nextRoster, seated } from '../../web/console/workers/roster.ts'
import type { BusyWorker, RunningJob } from '../../web/kit/api/types.ts'

const test = suite('the roster of workers')

const job = (id: string): RunningJob => ({ id, type: 'sleep', attempt: 1, startedAt: '2026-11-03T10:00:00Z' })
const worker = (id: string, second: number, rest: Partial<BusyWorker> = {}): BusyWorker => ({
  id,
  pid: 1,
  nodeType: 'child',
  claimed: 0,
  running: 0,
  startedAt: new Date(second * 1_000).toISOString(),
  concurrency: 2,
  leaving: false,
  jobs: [],
  ...rest,
})
const ids = (slots: readonly (RunningJob | undefined)[]): (string | undefined)[] => slots.map((it) => it?.id)

test('a job keeps its slot while others come and go', () => {
  const first = seated([], [job('a'), job('b'), job('c')], 4)
  assert.equal(ids(first), ['a', 'b', 'c', undefined])
  const second = seated(first, [job('c'), job('d')], 4)
  assert.equal(ids(second), ['d', undefined, 'c', undefined])
  assert.equal(ids(seated(second, [], 4)), [undefined, undefined, undefined, undefined])
})

test('a job is told anew in its slot: its progress goes on', () => {
  const further = { ...job('a'), progress: { fraction: 0.5 } }
  assert.is(seated([job('a')], [further], 1)[0], further)
})

test('jobs whose end is not told yet take no slots that there are not', () => {
  assert.equal(ids(seated([job('a')], [job('a'), job('b'), job('c')], 2)), ['a', 'b'])
})

test('the master is first, then who has been there longest, whatever the answer’s order', () => {
  const master = worker('m', 9, { nodeType: 'master' })
  const roster = nextRoster(undefined, [worker('c', 5), worker('b', 5), master, worker('a', 7)], 0)
  assert.equal(
    roster.map((it) => it.worker.id),
    ['m', 'b', 'c', 'a'],
  )
})

test('who comes later is new for a moment, who was there from the first is not', () => {
  const first = nextRoster(undefined, [worker('a', 1)], 1_000)
  const [a, b] = nextRoster(first, [worker('a', 1), worker('b', 2)], 2_000)
  assert.ok(a && b)
  assert.not(isNew(a, 2_000))
  assert.ok(isNew(b, 2_000))
  assert.not(isNew(b, 2_000 + NOTICED_MS))
})

test('who left stays for a moment, at its place and without jobs', () => {
  const first = nextRoster(undefined, [worker('a', 1, { jobs: [job('x')] }), worker('b', 2)], 0)
  const second = nextRoster(first, [worker('b', 2)], 1_000)
  assert.equal(
    second.map(({ worker: { id }, leftAt, slots }) => [id, leftAt, ids(slots)]),
    [
      ['a', 1_000, [undefined, undefined]],
      ['b', undefined, [undefined, undefined]],
    ],
  )
  assert.is(nextRoster(second, [worker('b', 2)], 999 + NOTICED_MS).length, 2)
  assert.is(nextRoster(second, [worker('b', 2)], 1_000 + NOTICED_MS).length, 1)
})

test('one that starts anew under the same name is another', () => {
  const first = nextRoster(undefined, [worker('a', 1)], 0)
  const second = nextRoster(first, [worker('a', 5)], 1_000)
  assert.equal(
    second.map(({ leftAt, cameAt }) => [leftAt, cameAt]),
    [
      [1_000, undefined],
      [undefined, 1_000],
    ],
  )
})

test('where it is not told how many run at once, the slots are as many as were seen', () => {
  const unknown = { concurrency: undefined }
  const first = nextRoster(undefined, [worker('a', 1, { ...unknown, jobs: [job('x'), job('y')] })], 0)
  const second = nextRoster(first, [worker('a', 1, unknown)], 1_000)
  assert.equal(
    second.map(({ slots }) => ids(slots)),
    [[undefined, undefined]],
  )
})

test.run()
