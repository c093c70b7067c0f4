/** Attempts that were given up and still run: counted from the first moment, said after a while, bounded. */
import { mock } from 'node:test'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Abandoned } from '../../consumer/guard/abandoned.ts'
import { defer, quiet, settle } from '../fixtures/quiet.ts'

const test = suite('Abandoned')
test.before.each(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.after.each(() => mock.timers.reset())

const open = (limit: number) => {
  const said: string[] = []
  const log = Object.assign(Object.create(quiet), {
    warn: ({ job, type }: { job: string; type: string }) => said.push(`${job} ${type} runs`),
    info: ({ job }: { job: string }) => said.push(`${job} ended`),
  }) as typeof quiet
  let calls = 0
  const abandoned = new Abandoned(limit, log, () => calls++)
  return { abandoned, said, calls: () => calls }
}

test('one that ends within its grace is counted, and not said', async () => {
  const { abandoned, said } = open(1)
  const { promise, resolve } = defer()
  abandoned.add({ id: 'a', type: 't' }, promise)
  assert.is(abandoned.count, 1)
  mock.timers.tick(900)
  resolve()
  await settle()
  mock.timers.tick(10_000)
  assert.is(abandoned.count, 0)
  assert.equal(said, [])
})

test('one that runs on is named, and its end is said; a failure is an end', async () => {
  const { abandoned, said } = open(9)
  const ends = [defer(), defer()]
  for (const [index, { promise }] of ends.entries()) abandoned.add({ id: `${index}`, type: 't' }, promise)
  mock.timers.tick(1_000)
  assert.equal(said, ['0 t runs', '1 t runs'])
  ends[0]?.resolve()
  ends[1]?.reject(new Error('no'))
  await settle()
  assert.equal(said.slice(2), ['0 ended', '1 ended'])
  assert.is(abandoned.count, 0)
})

test('more than the limit is a fault, at once; whoever can mend it is called once their grace is over', async () => {
  const { abandoned, calls } = open(2)
  const ends = [defer(), defer(), defer()]
  for (const [index, { promise }] of ends.entries()) {
    assert.is(abandoned.fault, undefined)
    abandoned.add({ id: `${index}`, type: 't' }, promise)
  }
  assert.is(abandoned.fault, '3 attempts were given up and still run; 2 may')
  assert.is(calls(), 0)
  mock.timers.tick(1_000)
  assert.ok(calls() > 0)
  ends[0]?.resolve()
  await settle()
  assert.is(abandoned.fault, undefined)
})

test('a handler that minds its signal does not bring the call about', async () => {
  const { abandoned, calls } = open(1)
  const ends = [defer(), defer(), defer()]
  for (const { promise } of ends) abandoned.add({ id: 'x', type: 't' }, promise)
  for (const { resolve } of ends) resolve()
  await settle()
  mock.timers.tick(5_000)
  assert.is(calls(), 0)
})

test.run()
