/** A schedule in a form: there and back, and its faults at their fields. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scheduleReplacement } from '../../core/schedule.ts'
import { bodyOf, emptyForm, faultsOf, formOf, type ScheduleForm } from '../../web/console/schedules/form.ts'
import type { Schedule } from '../../web/kit/api/schedule-types.ts'

const test = suite('web: schedule form')

const nightly: Schedule = {
  name: 'nightly',
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  startAt: '2026-11-22T03:56:37.194Z',
  job: {
    type: 'sleep',
    payload: { ms: 100 },
    key: 'report',
    priority: 'high',
    maxAttempts: 5,
    timeoutMs: 60_000,
    backoffMs: 0,
    maxBackoffMs: 5_000,
  },
  missed: 'once',
  overlap: 'queue',
  paused: true,
  createdAt: '2026-11-22T03:56:37.194Z',
  updatedAt: '2026-11-22T03:56:37.194Z',
}

const given = (change: Partial<ScheduleForm>): ScheduleForm => ({
  ...emptyForm,
  name: 'one',
  type: 'noop',
  ...change,
})
const bodyOfForm = (form: ScheduleForm, before?: Schedule) => {
  const made = bodyOf(form, before)
  if ('faults' in made) throw new Error(JSON.stringify(made.faults))
  return made.body
}
const wrongIn = (form: ScheduleForm): string[] => {
  const made = bodyOf(form)
  return 'faults' in made ? Object.keys(made.faults) : []
}

test('a schedule that nobody changes stays as it was, its start to the millisecond', () => {
  const { name: _name, createdAt: _created, updatedAt: _updated, ...whole } = nightly
  assert.equal(bodyOfForm(formOf(nightly), nightly), whole)
})

test('an interval is changed in its unit', () => {
  const { cron: _cron, ...rest } = nightly
  const form = formOf({ ...rest, intervalMs: 5_400_000 })
  assert.equal([form.timing, form.every, form.unit], ['every', '90', 'min'])
  const body = bodyOfForm({ ...form, every: '1.5', unit: 'h' })
  assert.is(body.intervalMs, 5_400_000)
  assert.is(body.cron, undefined)
})

test('what is left empty is left out, and all of it is what the API takes', () => {
  const body = bodyOfForm(given({}))
  assert.equal(Object.keys(body.job), ['type'])
  assert.not('startAt' in body)
  for (const form of [given({}), given({ timing: 'every' }), formOf(nightly)])
    assert.ok(scheduleReplacement.safeParse(bodyOfForm(form)).success)
})

test('a payload of any JSON is sent as it is', () => {
  assert.is(bodyOfForm(given({ payload: ' null ' })).job.payload, null)
  assert.equal(bodyOfForm(given({ payload: '[1]' })).job.payload, [1])
  assert.not('payload' in bodyOfForm(given({ payload: ' \n' })).job)
})

test('what can’t be sent at all is wrong at its field', () => {
  assert.equal(wrongIn(emptyForm), ['name', 'type'])
  assert.equal(wrongIn(given({ payload: '{' })), ['payload'])
  assert.equal(wrongIn(given({ timing: 'every', every: '' })), ['every'])
  assert.equal(wrongIn(given({ timing: 'every', every: 'x' })), ['every'])
  assert.equal(wrongIn(given({ timing: 'every', every: '0.9', unit: 's' })), ['every'])
  assert.equal(wrongIn(given({ timing: 'every', every: '1', unit: 's' })), [])
  assert.equal(wrongIn(given({ maxAttempts: 'many' })), ['maxAttempts'])
  assert.equal(wrongIn(given({ every: '' })), [])
})

test('the API’s faults come to their fields', () => {
  const faults = [
    { path: '/job/payload/ms', message: 'too small' },
    { path: '/job/payload/list/0', message: 'no number' },
    { path: '/job/key', message: 'too long' },
    { path: '/cron', message: 'no cron' },
    { path: '/elsewhere/x', message: 'odd' },
    { path: '', message: 'odd, too' },
  ]
  assert.equal(faultsOf(faults, given({})), {
    payload: 'ms: too small; list.0: no number',
    key: 'too long',
    cron: 'no cron',
    '': '/elsewhere/x: odd; odd, too',
  })
  assert.equal(faultsOf([{ path: '/intervalMs', message: 'too short' }], given({ timing: 'every' })), {
    every: 'too short',
  })
})

test.run()
