import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobEnded, JobStarted } from '../../core/events/event.ts'
import { Activity } from '../../producer/fleet/activity.ts'

const test = suite('Activity')

const setUp = () => {
  let now = 1_000_000
  const activity = new Activity(() => now)
  const tell = (started: readonly JobStarted[], ended: readonly JobEnded[] = []): void =>
    activity.apply({
      kind: 'jobs',
      at: now,
      node: 'w',
      started: [...started],
      ended: [...ended],
      progress: [],
    })
  return { activity, tell, pass: (ms: number) => (now += ms), now: () => now }
}

const start = (at: number, type = 'a'): JobStarted => ({ id: '1', type, attempt: 1, at })
const end = (at: number, status: JobEnded['status'], type = 'a'): JobEnded => ({ id: '1', type, at, status })
const none = { startRate: 0, endRate: 0, failRate: 0 }

test('of a type that nothing is known of all rates are 0', () => {
  assert.equal(setUp().activity.rates('a'), none)
})

test('starts and ends are counted by type, failures and deaths as failed, each over ten seconds', () => {
  const { activity, tell, pass, now } = setUp()
  tell(
    Array.from({ length: 30 }, () => start(now())),
    [
      ...Array.from({ length: 20 }, () => end(now(), 'succeeded')),
      ...(['failed', 'dead', 'cancelled'] as const).map((status) => end(now(), status)),
    ],
  )
  tell([start(now(), 'b')])
  pass(1_000)
  assert.equal(activity.rates('a'), { startRate: 3, endRate: 2.3, failRate: 0.2 })
  assert.equal(activity.rates('b'), { startRate: 0.1, endRate: 0, failRate: 0 })
})

test('the second that is not over does not count, and one that is counts for ten seconds', () => {
  const { activity, tell, pass, now } = setUp()
  tell([start(now())])
  assert.is(activity.rates('a').startRate, 0)
  pass(1_000)
  assert.is(activity.rates('a').startRate, 0.1)
  pass(9_000)
  assert.is(activity.rates('a').startRate, 0.1)
  pass(1_000)
  assert.is(activity.rates('a').startRate, 0)
})

test('a steady rate is told as it is, however long it goes on', () => {
  const { activity, tell, pass, now } = setUp()
  for (let second = 0; second < 60; second++) {
    tell(Array.from({ length: 7 }, () => start(now())))
    pass(1_000)
    if (second >= 10) assert.is(activity.rates('a').startRate, 7)
  }
})

test('events are counted by when things happened: late ones in their second, old ones never', () => {
  const { activity, tell, pass, now } = setUp()
  tell([start(now() - 60_000), start(now() - 11_000)])
  tell([start(now() - 9_000)])
  assert.is(activity.rates('a').startRate, 0.1)
  pass(2_000)
  assert.is(activity.rates('a').startRate, 0)
})

test('what is told late leaves a second that came after it as it is', () => {
  const { activity, tell, pass, now } = setUp()
  tell([start(now())])
  tell([start(now() - 10_500)])
  pass(1_000)
  assert.is(activity.rates('a').startRate, 0.1)
})

test('what a clock that is ahead says happened now', () => {
  const { activity, tell, pass, now } = setUp()
  tell([start(now() + 5_000)])
  pass(1_000)
  assert.is(activity.rates('a').startRate, 0.1)
})

test.run()
