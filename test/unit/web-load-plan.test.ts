import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import sleep from '../../consumer/handlers/sleep.ts'
import { jobSubmission } from '../../core/job.ts'
import { makeJobId } from '../../core/job-id.ts'
import { cursorAbove, limitsOf, slicesOf } from '../../web/console/overview/load-ids.ts'
import {
  dueAfter,
  faultsOf,
  type LoadPlan,
  linesOf,
  planOf,
  takenOf,
  usualLoad,
} from '../../web/console/overview/load-plan.ts'

const test = suite('the load of the overview')

const plan: LoadPlan = { jobs: 3_000, workMs: 100, spreadS: 20, failPercent: 5 }

const read = (lines: string): ReturnType<typeof jobSubmission.parse>[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => jobSubmission.parse(JSON.parse(line)))

test('jobs are spread evenly over the time, and none is left over', () => {
  assert.is(dueAfter(plan, 0), 150)
  assert.is(dueAfter(plan, 999), 150)
  assert.is(dueAfter(plan, 1_000), 300)
  assert.is(dueAfter(plan, 19_000), 3_000)
  assert.is(dueAfter(plan, 3_600_000), 3_000)
  assert.is(dueAfter({ ...plan, jobs: 7, spreadS: 3 }, 0), 3)
  assert.is(dueAfter({ ...plan, jobs: 7, spreadS: 3 }, 2_000), 7)
  assert.is(dueAfter({ ...plan, jobs: 1, spreadS: 600 }, 0), 1)
})

test('each line is a job that the API takes, of the handler’s schema', () => {
  const jobs = read(linesOf(plan, 0, 40))
  assert.is(jobs.length, 40)
  for (const { type, payload } of jobs) {
    assert.is(type, sleep.type)
    assert.is(sleep.schema.parse(payload).ms, 100)
  }
})

test('the share that fails at first is spread evenly, however the jobs are sliced', () => {
  const failing = (lines: string): number =>
    read(lines).filter(({ payload }) => JSON.stringify(payload).includes('failures')).length
  assert.is(failing(linesOf(plan, 0, 3_000)), 150)
  assert.is(failing(linesOf(plan, 0, 1_500)), 75)
  assert.is(failing(linesOf({ ...plan, failPercent: 0 }, 0, 100)), 0)
  assert.is(failing(linesOf({ ...plan, failPercent: 100 }, 0, 100)), 100)
  let sum = 0
  for (let from = 0; from < 3_000; from += 7) sum += failing(linesOf(plan, from, Math.min(3_000, from + 7)))
  assert.is(sum, 150)
})

test('a form is a plan where every field is right', () => {
  assert.equal(planOf(usualLoad), { jobs: 3_000, workMs: 200, spreadS: 20, failPercent: 0 })
  assert.equal(faultsOf(usualLoad), {})
  for (const jobs of ['', ' ', '0', '1.5', '-3', 'many', '20001']) {
    const form = { ...usualLoad, jobs }
    assert.is(planOf(form), undefined, jobs)
    assert.equal(faultsOf(form), { jobs: 'A whole number from 1 to 20,000' }, jobs)
  }
})

test('the answer says which jobs were taken, and why others were not', () => {
  const answer = [
    '{"line":1,"id":"a","status":"queued"}',
    '{"line":2,"status":503,"detail":"Kafka is away."}',
    '{"line":3,"id":"b","status":"queued"}',
    '{"line":4,"id":',
  ].join('\n')
  assert.equal(takenOf(answer), { ids: ['a', 'b'], refused: 1, why: 'Kafka is away.' })
  assert.equal(takenOf(''), { ids: [], refused: 0, why: undefined })
})

test('ids go in lists of a size', () => {
  assert.equal(slicesOf(['a', 'b', 'c'], 2), [['a', 'b'], ['c']])
  assert.equal(slicesOf([], 2), [])
})

test('the list of ended jobs is read from the newest awaited one on', () => {
  const ids = [3, 1, 2].map((ms) =>
    makeJobId({ submittedAt: 1_700_000_000_000 + ms, partition: 5, epoch: 0 }),
  )
  const [third = '', first = '', second = ''] = ids
  assert.equal(limitsOf(ids), [first, third])
  assert.is(limitsOf([]), undefined)
  assert.ok(cursorAbove(second) > second)
  assert.ok(cursorAbove(second) < third)
})

test.run()
