import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import type { FleetEvent } from '../../core/events/event.ts'
import { type Fleet, run } from '../../scaler/keda/run.ts'
import { ActivityStreams } from '../../scaler/keda/streams.ts'
import type { Observation, Policy } from '../../scaler/policy/policy.ts'
import { quiet } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('the loop of the external scaler')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

/** A worker for each 100 jobs. */
const policy: Policy<number> = {
  initial: 0,
  decide(decisions, { at, partitions, replicas }) {
    const lag = Math.round(partitions.reduce((sum, it) => sum + it.lag, 0))
    const to = Math.min(24, Math.ceil(lag / 100))
    const reason = `lag ${lag}: ${to === replicas ? 'no change' : 'a change'}`
    return {
      state: decisions + 1,
      decision: { at: new Date(at).toISOString(), from: replicas, to, reason, policy: 'drain-time' },
    }
  },
}

const setUp = (env: Record<string, string> = {}) => {
  const world = {
    lag: 0,
    fleet: { replicas: 3, existing: 3, ready: 3 } as Fleet | undefined,
    blindness: undefined as string | undefined,
    looks: 0,
  }
  const events: FleetEvent[] = []
  const happenings: string[] = []
  const heard: (boolean | 'end')[] = []
  const streams = new ActivityStreams()
  streams.add({ write: ({ result }) => heard.push(result), end: () => heard.push('end') })
  const { scaling } = readConfig({ MAX_REPLICAS: '24', ...env }, 'child')
  const running = run({
    sources: {
      events: { publish: (event) => events.push(event) },
      partitions: 24,
      observe(fleet): Observation {
        world.looks++
        const lags = Array.from({ length: 24 }, () => world.lag / 24)
        const partitions = lags.map((lag, partition) => ({
          topic: 'jobs',
          partition,
          endOffset: lag,
          committedOffset: 0,
          lag,
        }))
        return { at: Date.now(), partitions, arrivalRate: 0, drainRate: 0, ...fleet }
      },
      blindness: () => world.blindness,
    },
    policy,
    scaling,
    fleet: () => world.fleet,
    streams,
    metrics: { onDecision() {}, onTold() {} },
    recorder: { say: ({ type, reason, message }) => happenings.push(`${type} ${reason}: ${message}`) },
    log: quiet,
  })
  const decisions = () => events.flatMap((it) => (it.kind === 'scaler' && it.decision ? [it.decision] : []))
  return { world, events, happenings, heard, running, decisions }
}

test('a look a second with workers, four without', async () => {
  const { world, running } = setUp({ MIN_REPLICAS: '0' })
  await pass(10_000)
  assert.ok(world.looks >= 9 && world.looks <= 10, `${world.looks}`)
  world.fleet = { replicas: 0, existing: 0, ready: 0 }
  await pass(1_100)
  world.looks = 0
  await pass(10_000)
  assert.ok(world.looks >= 35 && world.looks <= 40, `${world.looks}`)
  running.stop()
})

test('work that finds no worker is told within a quarter of a second', async () => {
  const { world, running, heard } = setUp({ MIN_REPLICAS: '0' })
  world.fleet = { replicas: 0, existing: 0, ready: 0 }
  await pass(3_000)
  assert.equal(heard, [false])
  world.lag = 1
  await pass(300)
  assert.equal(heard, [false, true])
  assert.equal(running.value(), { metric: 1, active: true })
  running.stop()
})

test('KEDA is given the last decision, with what the HPA’s tolerance would swallow added at the maximum', async () => {
  const { world, running } = setUp()
  assert.equal(running.value(), { unknown: 'no decision has been made yet' })
  world.lag = 900
  await pass(1_100)
  assert.equal(running.value(), { metric: 9, active: true })
  world.lag = 2_400
  world.fleet = { replicas: 23, existing: 23, ready: 23 }
  await pass(1_100)
  const value = running.value()
  assert.ok('metric' in value && value.metric > 23 * 1.1, JSON.stringify(value))
  running.stop()
})

test('what can’t be seen is not decided about: no value, one Event, and the end of it is told', async () => {
  const { world, running, happenings, heard } = setUp()
  await pass(2_000)
  world.blindness = 'Kafka is away'
  const { looks } = world
  await pass(30_000)
  assert.is(world.looks, looks)
  assert.equal(running.value(), { unknown: 'Kafka is away' })
  assert.equal(heard, [false])
  world.blindness = undefined
  await pass(1_100)
  assert.equal(running.value(), { metric: 0, active: false })
  assert.equal(heard, [false, false], 'who has listened since hears it, too')
  assert.equal(
    happenings.filter((it) => /Blind|Sighted/.test(it)),
    [
      'Warning ScalingBlind: No decision: Kafka is away. KEDA’s fallback holds.',
      'Normal ScalingSighted: All can be seen again.',
    ],
  )
  running.stop()
})

test('while nobody knows how many workers there are nothing is decided, nor is an old decision given for long', async () => {
  const { world, running } = setUp()
  await pass(2_000)
  world.fleet = undefined
  await pass(9_000)
  assert.ok('metric' in running.value())
  await pass(2_000)
  const value = running.value()
  assert.ok('unknown' in value && /^no decision for 1\d s$/.test(value.unknown), JSON.stringify(value))
  running.stop()
})

test('masters hear each second what is wanted, and of a decision once', async () => {
  const { world, running, events, decisions, happenings } = setUp()
  await pass(5_000)
  world.lag = 900
  await pass(5_000)
  const said = events.filter((it) => it.kind === 'scaler')
  assert.ok(said.length >= 9)
  assert.equal([said.at(-1)?.min, said.at(-1)?.max, said.at(-1)?.desired], [3, 24, 9])
  assert.equal(
    decisions().map(({ from, to, shadow }) => [from, to, shadow]),
    [
      [3, 0, undefined],
      [3, 9, undefined],
    ],
  )
  assert.equal(happenings, [
    'Normal ScalingDown: drain-time, 3 → 0: lag 0: a change',
    'Normal ScalingUp: drain-time, 3 → 9: lag 900: a change',
  ])
  running.stop()
})

test('a shadow tells what it would do as that, wakes nobody, and explains what the real scaler does', async () => {
  const { world, running, heard, events, decisions, happenings } = setUp({ SCALER_SHADOW: 'true' })
  world.lag = 4_000
  await pass(5_000)
  running.onChange(3, 7)
  world.fleet = { replicas: 7, existing: 7, ready: 3 }
  await pass(2_000)
  assert.equal(heard, [])
  assert.equal(
    decisions().map(({ from, to, policy: by, shadow }) => [from, to, by, shadow]),
    [
      [3, 24, 'drain-time', true],
      [3, 7, 'kafka', undefined],
    ],
  )
  assert.match(decisions()[1]?.reason ?? '', 'lag 4,000 is worth 20 workers at 200 a worker; growing 3 → 7')
  assert.equal(happenings, [
    'Normal ShadowScalingUp: drain-time (shadow, not applied), 3 → 24: lag 4000: a change',
  ])
  const last = events.at(-1)
  assert.is(last?.kind === 'scaler' && last.desired, 7, 'what is wanted is what the real one wants')
  running.stop()
})

test('without a shadow the changes that KEDA makes are its own decisions, and not told twice', async () => {
  const { running, decisions } = setUp()
  await pass(2_000)
  const before = decisions().length
  running.onChange(3, 9)
  assert.is(decisions().length, before)
  running.stop()
})

test.run()
