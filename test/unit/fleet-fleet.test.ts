import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { HeartbeatEvent, JobEnded, JobNoted, JobStarted } from '../../core/events/event.ts'
import { Fleet } from '../../producer/fleet/fleet.ts'

const test = suite('Fleet')

const setUp = () => {
  let now = 1_000_000
  const fleet = new Fleet(() => now)
  const beat = (node: string, more: Partial<HeartbeatEvent> = {}): void =>
    fleet.apply({
      kind: 'heartbeat',
      at: now,
      node,
      nodeType: 'child',
      pid: 1,
      startedAt: 0,
      claimed: 0,
      active: 0,
      running: [],
      leaving: false,
      ...more,
    })
  const jobs = (node: string, started: JobStarted[], ended: JobEnded[], progress: JobNoted[] = []): void =>
    fleet.apply({ kind: 'jobs', at: now, node, started, ended, progress })
  return { fleet, beat, jobs, pass: (ms: number) => (now += ms), now: () => now }
}

const started = (id: string, at: number, attempt = 1): JobStarted => ({ id, type: 'noop', attempt, at })
const ended = (id: string, at: number, status: JobEnded['status'] = 'succeeded'): JobEnded => ({
  id,
  type: 'noop',
  status,
  at,
})

test('a node is there from its first heartbeat until it is silent', () => {
  const { fleet, beat, pass } = setUp()
  beat('b', { startedAt: 2 })
  beat('a', { startedAt: 1, leaving: true })
  beat('m', { nodeType: 'master', startedAt: 0 })
  assert.equal(
    fleet.workers().map(({ id }) => id),
    ['m', 'a', 'b'],
  )
  assert.is(fleet.readyWorkers, 1, 'neither a master nor one that leaves takes jobs')
  pass(3_000)
  beat('b')
  pass(3_000)
  assert.equal(
    fleet.workers().map(({ id }) => id),
    ['b'],
  )
})

test('a heartbeat of long ago is no sign of life', () => {
  const { fleet, beat, now } = setUp()
  beat('old', { at: now() - 60_000 })
  assert.equal(fleet.workers(), [])
})

test('a job runs from its start to its end, and with its node’s silence it is gone', () => {
  const { fleet, beat, jobs, pass } = setUp()
  beat('w')
  jobs('w', [started('1', 1), started('2', 1)], [])
  assert.is(fleet.running('1')?.worker, 'w')
  jobs('w', [], [ended('1', 2)])
  assert.is(fleet.running('1'), undefined)
  assert.is(fleet.ended('1')?.status, 'succeeded')
  assert.equal(
    fleet.allRunning().map(({ id }) => id),
    ['2'],
  )
  pass(5_000)
  assert.equal(fleet.allRunning(), [])
})

test('a job that starts and ends within one event has ended', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w')
  jobs('w', [started('1', 10)], [ended('1', 12)])
  assert.is(fleet.running('1'), undefined)
  assert.is(fleet.ended('1')?.status, 'succeeded')
})

test('an attempt that failed and the next one that started, told in one event, is a job that runs', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w')
  jobs('w', [started('1', 10, 1)], [])
  jobs('w', [started('1', 40, 2)], [ended('1', 20, 'failed')])
  assert.is(fleet.running('1')?.attempt, 2)
  assert.is(fleet.ended('1'), undefined)
})

const failed = (id: string, at: number, attempt: number): JobEnded => ({
  ...ended(id, at, 'failed'),
  attempt: {
    ...{ attempt, startedAt: new Date(at - 1).toISOString(), worker: 'w' },
    ...{
      error: { code: 'E', message: 'no' },
      log: [{ at: new Date(at).toISOString(), text: `of ${attempt}` }],
    },
  },
})
const line = (text: string) => ({ at: new Date(1).toISOString(), text })
const texts = (job: { attempts: readonly { log?: readonly { text: string }[] | undefined }[] } | undefined) =>
  job?.attempts.map(({ log }) => log?.map(({ text }) => text))

test('a job that runs shows the attempts before, and what its own has told', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w')
  jobs('w', [started('1', 10, 1)], [])
  jobs(
    'w',
    [],
    [],
    [{ id: '1', attempt: 1, at: 12, progress: { fraction: 0.5 }, log: [line('a')], logged: 1 }],
  )
  assert.equal(texts(fleet.running('1')), [['a']])
  jobs('w', [started('1', 40, 2)], [failed('1', 20, 1)])
  jobs('w', [], [], [{ id: '1', attempt: 2, at: 50, progress: { fraction: 0.1, text: 'again' } }])
  jobs('w', [], [], [{ id: '1', attempt: 2, at: 60, log: [line('b')], logged: 3 }])
  const job = fleet.running('1')
  assert.equal(texts(job), [['of 1'], ['b']])
  assert.equal(job?.attempts[1]?.progress, { fraction: 0.1, text: 'again' })
  assert.is(job?.attempts[1]?.logDropped, 2, 'events that were lost are told of')
  jobs('w', [], [failed('1', 70, 2)])
  assert.equal(texts({ attempts: fleet.attempts('1') }), [['of 1'], ['of 2']])
  jobs('w', [], [ended('1', 80)])
  assert.equal(fleet.attempts('1'), [])
})

test('an event that is told twice adds nothing', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w')
  jobs('w', [started('1', 10)], [])
  for (let n = 0; n < 2; n++) {
    jobs('w', [], [], [{ id: '1', attempt: 1, at: 12, log: [line('a'), line('b')], logged: 2 }])
  }
  assert.equal(texts(fleet.running('1')), [['a', 'b']])
})

test('a master that starts late has what the log of events still holds, and what heartbeats say', () => {
  const { fleet, beat, jobs } = setUp()
  const before = failed('1', 5, 1).attempt
  // Read again from before its first heartbeat: of a node that is not known yet.
  jobs('w', [], [], [{ id: '1', attempt: 2, at: 12, log: [line('a')], logged: 1 }])
  beat('w', {
    running: [{ ...started('1', 10, 2), attempts: before ? [before] : [], progress: { fraction: 0.7 } }],
  })
  assert.equal(texts(fleet.running('1')), [['of 1'], ['a']])
  assert.is(fleet.running('1')?.attempts[1]?.progress?.fraction, 0.7)
})

test('what another run of the same attempt has told is not this one’s', () => {
  const { fleet, beat, jobs } = setUp()
  beat('v')
  jobs('v', [started('1', 10)], [])
  jobs(
    'v',
    [],
    [],
    [{ id: '1', attempt: 1, at: 12, progress: { fraction: 0.5 }, log: [line('a')], logged: 1 }],
  )
  beat('v', { running: [] })
  beat('w', { running: [started('1', 900)] })
  assert.equal(
    fleet.running('1')?.attempts.map(({ worker, progress }) => [worker, progress]),
    [['w', undefined]],
  )
  assert.equal(texts(fleet.running('1')), [undefined])
})

test('what attempts tell is remembered within bounds', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w', { running: [started('0', 1), started('4999', 1)] })
  const log = Array.from({ length: 30 }, () => line('x'.repeat(500)))
  for (let n = 0; n < 5_000; n++) jobs('w', [], [], [{ id: `${n}`, attempt: 1, at: 2, log, logged: 30 }])
  assert.equal(texts(fleet.running('0')), [undefined])
  assert.is(fleet.running('4999')?.attempts[0]?.log?.length, 29, '16 kB of 30 lines')
})

test('a heartbeat says anew what runs, so that lost events do not stay', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w')
  jobs('w', [started('1', 1)], [])
  beat('w', { running: [started('2', 3)] })
  assert.is(fleet.running('1'), undefined)
  assert.ok(fleet.running('2'))
})

test('workers are shown with what they run, the longest first, and with how far that is', () => {
  const { fleet, beat, jobs } = setUp()
  beat('w', { startedAt: 5, concurrency: 5, claimed: 7, active: 2 })
  beat('v', { startedAt: 3, leaving: true })
  jobs('w', [started('late', 20), { ...started('early', 10, 2), key: 'k' }], [])
  jobs('w', [], [], [{ id: 'late', attempt: 1, at: 21, progress: { fraction: 0.5, text: 'half' } }])
  const at = (ms: number): string => new Date(ms).toISOString()
  const common = { pid: 1, nodeType: 'child' }
  assert.equal(fleet.busyWorkers(), [
    { id: 'v', ...common, claimed: 0, running: 0, startedAt: at(3), leaving: true, jobs: [] },
    {
      ...{ id: 'w', ...common, claimed: 7, running: 2, startedAt: at(5), concurrency: 5, leaving: false },
      jobs: [
        { id: 'early', type: 'noop', key: 'k', attempt: 2, startedAt: at(10) },
        {
          ...{ id: 'late', type: 'noop', attempt: 1, startedAt: at(20) },
          progress: { fraction: 0.5, text: 'half' },
        },
      ],
    },
  ])
})

test('what runs is counted by type, on all nodes that are alive', () => {
  const { fleet, beat, jobs, pass } = setUp()
  for (const node of ['a', 'b']) beat(node)
  jobs('a', [started('1', 1), { ...started('2', 1), type: 'sleep' }], [])
  jobs('b', [started('3', 1)], [])
  assert.equal([...fleet.runningByType()].sort(), [
    ['noop', 2],
    ['sleep', 1],
  ])
  jobs('a', [], [ended('1', 2)])
  assert.is(fleet.runningByType().get('noop'), 1)
  pass(5_000)
  assert.is(fleet.runningByType().size, 0)
})

test('remembers the last ends, and only so many', () => {
  const { fleet, jobs } = setUp()
  for (let i = 0; i < 21; i++)
    jobs(
      'w',
      [],
      Array.from({ length: 1_000 }, (_, n) => ended(`${i}/${n}`, i)),
    )
  assert.is(fleet.ended('0/5'), undefined)
  assert.ok(fleet.ended('1/0'))
  assert.ok(fleet.ended('20/999'))
})

test('tells its listeners of each event until they stop', () => {
  const { fleet, beat } = setUp()
  let heard = 0
  const stop = fleet.listen(() => heard++)
  beat('w')
  stop()
  beat('w')
  assert.is(heard, 1)
})

test('a decision that is told again, or found in the store, is there once and in its place', () => {
  const { fleet } = setUp()
  const decision = (at: number, to = 4) => ({ at: new Date(at).toISOString(), from: 3, to, reason: `${at}` })
  const tell = (at: number): void =>
    fleet.apply({ kind: 'scaler', at, min: 3, max: 12, desired: 4, decision: decision(at) })
  tell(30)
  tell(40)
  fleet.recall([decision(40), decision(20), decision(10), decision(30, 5)])
  tell(20)
  assert.equal(
    fleet.decisions.map(({ reason, to }) => [reason, to]),
    [
      ['40', 4],
      ['30', 5],
      ['30', 4],
      ['20', 4],
      ['10', 4],
    ],
  )
})

test('it knows what is now only while news of now come', () => {
  const { fleet, beat, pass, now } = setUp()
  assert.not(fleet.isCurrent)
  beat('w', { at: now() - 60_000 })
  assert.not(fleet.isCurrent, 'a master that starts hears of long ago first')
  beat('w')
  assert.ok(fleet.isCurrent)
  beat('w', { at: now() - 3_000 })
  assert.ok(fleet.isCurrent)
  pass(2_000)
  assert.not(fleet.isCurrent)
})

test('decisions are newest first and bounded; the scaler is forgotten once it is silent', () => {
  const { fleet, pass } = setUp()
  for (let i = 0; i < 250; i++)
    fleet.apply({
      kind: 'scaler',
      at: i,
      min: 3,
      max: 12,
      desired: i,
      decision: { at: new Date(i).toISOString(), from: 3, to: 4, reason: `${i}` },
    })
  assert.is(fleet.decisions[0]?.reason, '249')
  assert.is(fleet.decisions.length, 200)
  assert.is(fleet.scaler?.desired, 249)
  pass(60_000)
  assert.is(fleet.scaler, undefined)
})

test.run()
