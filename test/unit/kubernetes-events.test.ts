import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type EventContent,
  EventRecorder,
  type EventSink,
  type Happening,
} from '../../scaler/kubernetes/events.ts'
import { quiet, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('Events of Kubernetes')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

/** Events as the API server has them. */
const setUp = () => {
  const server = { events: new Map<string, EventContent>(), requests: 0, failing: false, at: [] as number[] }
  const take = (): void => {
    server.requests++
    server.at.push(Date.now())
    if (server.failing) throw new Error('connect ECONNREFUSED')
  }
  const sink: EventSink = {
    async create(content) {
      take()
      const name = `event-${server.requests}`
      server.events.set(name, content)
      return name
    },
    async update(name, content) {
      take()
      if (!server.events.has(name)) return false
      server.events.set(name, content)
      return true
    },
  }
  return { server, recorder: new EventRecorder(sink, quiet) }
}

const happening = (message: string, series = message): Happening => ({
  type: 'Normal',
  reason: 'ScalingHeld',
  message,
  series,
})
const told = (events: ReadonlyMap<string, EventContent>): string[] =>
  [...events.values()].map(({ message, count }) => `${message} x${count}`)

test('what happens is written at once, the next no sooner than two seconds later, in order', async () => {
  const { server, recorder } = setUp()
  for (const it of ['a', 'b', 'c']) recorder.say(happening(it))
  await settle()
  assert.equal(told(server.events), ['a x1'])
  await pass(10_000)
  assert.equal(told(server.events), ['a x1', 'b x1', 'c x1'])
  for (const [n, at] of server.at.entries()) if (n > 0) assert.ok(at - (server.at[n - 1] ?? 0) >= 2_000)
  recorder.stop()
})

test('what repeats is counted in one Event, with its newest message', async () => {
  const { server, recorder } = setUp()
  for (let n = 1; n <= 600; n++) {
    recorder.say(happening(`held ${n}`, 'held'))
    await pass(100)
  }
  await pass(5_000)
  assert.equal(told(server.events), ['held 600 x600'])
  assert.ok(server.requests <= 32, `${server.requests} requests in a minute`)
  recorder.stop()
})

test('after ten quiet minutes it is another Event', async () => {
  const { server, recorder } = setUp()
  recorder.say(happening('held'))
  await pass(599_000)
  recorder.say(happening('held'))
  await pass(610_000)
  recorder.say(happening('held'))
  await settle()
  assert.equal(told(server.events), ['held x2', 'held x1'])
  recorder.stop()
})

test('one that has expired is written anew', async () => {
  const { server, recorder } = setUp()
  recorder.say(happening('held'))
  await pass(3_000)
  server.events.clear()
  recorder.say(happening('held'))
  await settle()
  assert.equal(told(server.events), ['held x2'])
  recorder.stop()
})

test('a failure harms nobody: it is known, nothing piles up, and later ones are written', async () => {
  const { server, recorder } = setUp()
  server.failing = true
  for (let n = 0; n < 1_000; n++) recorder.say(happening(`${n}`))
  await pass(20_000)
  assert.match(recorder.failure ?? '', 'ECONNREFUSED')
  server.failing = false
  await pass(120_000)
  assert.is(recorder.failure, undefined)
  assert.ok(server.events.size <= 20, `${server.events.size}`)
  assert.is([...server.events.values()].at(-1)?.message, '999')
  recorder.stop()
})

test('a message is never longer than the API takes', async () => {
  const { server, recorder } = setUp()
  recorder.say(happening('x'.repeat(5_000), 'long'))
  await settle()
  assert.is([...server.events.values()][0]?.message.length, 1_024)
  recorder.stop()
})

test.run()
