/**
 * Tracker, lanes and metadata of several workers under any order of claims, starts, ends, failures, commits, revocations
 * and reassignments, against a model that knows of each job who does what with it and nothing else.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KeyLanes } from '../../consumer/engine/lanes.ts'
import { decodeFinished, encodeFinished } from '../../consumer/engine/offset-metadata.ts'
import { OffsetTracker } from '../../consumer/engine/offsets.ts'

const test = suite('tracker and lanes')

const PARTITIONS = 3
const WORKERS = 3

interface Job {
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
}
const name = ({ partition, offset }: Job): string => `${partition}/${offset}`

/** What the engine's parts are in one worker; a partition has its tracker while it is there. */
interface Worker {
  readonly lanes: KeyLanes<Job>
  readonly trackers: Map<number, OffsetTracker>
}

/** What is true of a job: nothing of it is known from the parts under test. */
interface Truth {
  /** Who has claimed it, and whether it runs there. */
  at: { readonly worker: Worker; state: 'waiting' | 'running' | 'between' } | undefined
  /** How often it has ended by now. */
  ends: number
  /** Whether its partition's owner knows of an end, and whether that is committed: the next owner knows no more. */
  known: boolean
  told: boolean
}

type Step =
  | { readonly do: 'append'; readonly partition: number; readonly key: string | undefined }
  | { readonly do: 'claim'; readonly partition: number; readonly count: number }
  | { readonly do: 'start'; readonly worker: number }
  | { readonly do: 'finish' | 'fail' | 'again'; readonly pick: number }
  | { readonly do: 'commit'; readonly partition: number }
  | { readonly do: 'revoke'; readonly partition: number; readonly killed: boolean }
  | { readonly do: 'reassign'; readonly partition: number; readonly worker: number }

const partition = fc.nat(PARTITIONS - 1)
const worker = fc.nat(WORKERS - 1)
const key = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })
const pick = fc.nat(30)
const constant = <T extends string>(it: T) => fc.constant(it)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: constant('append'), partition, key }) },
  { weight: 6, arbitrary: fc.record({ do: constant('claim'), partition, count: fc.nat(5) }) },
  { weight: 10, arbitrary: fc.record({ do: constant('start'), worker }) },
  { weight: 8, arbitrary: fc.record({ do: constant('finish'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'again' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: constant('commit'), partition }) },
  { weight: 2, arbitrary: fc.record({ do: constant('revoke'), partition, killed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: constant('reassign'), partition, worker }) },
)

class World {
  readonly workers: Worker[] = Array.from({ length: WORKERS }, () => ({
    lanes: new KeyLanes<Job>(),
    trackers: new Map(),
  }))
  readonly log: Job[][] = Array.from({ length: PARTITIONS }, () => [])
  readonly truth = new Map<Job, Truth>()
  readonly owner: (Worker | undefined)[] = Array.from({ length: PARTITIONS }, () => undefined)
  readonly stored = Array.from({ length: PARTITIONS }, () => ({ offset: 0, metadata: '' }))

  of(job: Job): Truth {
    const truth = this.truth.get(job)
    if (!truth) throw new Error(`${name(job)} is not in the log`)
    return truth
  }

  jobsOf(partition: number): readonly Job[] {
    return this.log[partition] ?? []
  }

  /** Those that are somewhere in this state. */
  in(state: 'waiting' | 'running' | 'between', where?: Worker): Job[] {
    const all = [...this.truth].filter(([, { at }]) => at?.state === state && (!where || at.worker === where))
    return all.map(([job]) => job)
  }

  append(partition: number, key: string | undefined): void {
    const offset = this.jobsOf(partition).length
    const job = { partition, offset, key }
    this.log[partition]?.push(job)
    this.truth.set(job, { at: undefined, ends: 0, known: false, told: false })
  }

  claim(partition: number, count: number): void {
    const owner = this.owner[partition]
    const tracker = owner?.trackers.get(partition)
    if (!owner || !tracker) return
    for (const job of this.jobsOf(partition).slice(tracker.position, tracker.position + count)) {
      const truth = this.of(job)
      const runs = tracker.see(job.offset)
      assert.is(runs, !truth.known, `${name(job)} is run if and only if no end of it was told`)
      if (!runs) continue
      truth.at = { worker: owner, state: 'waiting' }
      owner.lanes.add(job)
    }
    if (tracker.position > 0) assert.not.ok(tracker.see(tracker.position - 1), 'the log may answer again')
  }

  /** By the rules of the product, in the plainest words. */
  mayStart(job: Job): boolean {
    if (job.key === undefined) return true
    return this.jobsOf(job.partition).every((other) => {
      if (other === job || other.key !== job.key) return true
      const { at } = this.of(other)
      if (other.offset > job.offset) return at?.state !== 'running' && at?.state !== 'between'
      return at === undefined
    })
  }

  start(where: Worker): void {
    const allowed = this.in('waiting', where).filter((it) => this.mayStart(it))
    assert.is(where.lanes.ready, allowed.length)
    const job = where.lanes.take()
    assert.is(job === undefined, allowed.length === 0, 'one starts when and only when one can')
    if (!job) return
    assert.ok(allowed.includes(job), `${name(job)} starts out of turn`)
    for (const before of this.jobsOf(job.partition).slice(0, job.offset))
      if (job.key !== undefined && before.key === job.key)
        assert.ok(this.of(before).ends > 0, `${name(job)} starts before ${name(before)} has ended`)
    const truth = this.of(job)
    if (truth.at) truth.at.state = 'running'
  }

  finish(job: Job): void {
    const truth = this.of(job)
    const where = truth.at?.worker
    where?.lanes.done(job)
    where?.trackers.get(job.partition)?.finish(job.offset)
    truth.at = undefined
    truth.known = true
    truth.ends++
  }

  /** It waits for its next attempt and keeps its key's turn. */
  fail(job: Job): void {
    const truth = this.of(job)
    if (truth.at) truth.at.state = 'between'
  }

  again(job: Job): void {
    const truth = this.of(job)
    truth.at?.worker.lanes.again(job)
    if (truth.at) truth.at.state = 'waiting'
  }

  commit(partition: number): void {
    const tracker = this.owner[partition]?.trackers.get(partition)
    if (!tracker) return
    const { committable: offset } = tracker
    const place = { topic: 'jobs', partition, offset }
    const metadata = encodeFinished(place, tracker.finishedBeyond)
    const told = decodeFinished(place, metadata)
    assert.ok(told)
    this.stored[partition] = { offset, metadata }
    for (const job of this.jobsOf(partition)) {
      const isTold = job.offset < offset || told.some(({ from, to }) => from <= job.offset && job.offset < to)
      const truth = this.of(job)
      assert.is(isTold, truth.known, `${name(job)}: what is told is what has ended`)
      truth.told = isTold
    }
  }

  /** The partition goes: what runs of it is given up, by a handover after a commit. */
  revoke(partition: number, killed: boolean): void {
    const owner = this.owner[partition]
    if (!owner) return
    if (!killed) this.commit(partition)
    owner.lanes.drop(partition)
    owner.trackers.delete(partition)
    this.owner[partition] = undefined
    for (const job of this.jobsOf(partition)) {
      const truth = this.of(job)
      const ended = truth.at
      truth.at = undefined
      truth.known = truth.told
      // Its handler may end later, and tell: nothing of it may count.
      if (ended?.state === 'running') owner.lanes.done(job)
      if (ended?.state === 'between') owner.lanes.again(job)
    }
  }

  reassign(partition: number, to: Worker): void {
    if (this.owner[partition]) return
    const { offset, metadata } = this.stored[partition] ?? { offset: 0, metadata: '' }
    const finished = decodeFinished({ topic: 'jobs', partition, offset }, metadata)
    assert.ok(finished)
    this.owner[partition] = to
    to.trackers.set(partition, new OffsetTracker(offset, finished))
    for (const job of this.jobsOf(partition))
      if (job.offset < offset) assert.ok(this.of(job).ends > 0, `${name(job)} is passed without an end`)
  }

  check(): void {
    const running = [...this.in('running'), ...this.in('between')].filter((it) => it.key !== undefined)
    const keys = running.map((it) => `${it.partition} ${it.key}`)
    assert.is(new Set(keys).size, keys.length, 'one of a key at a time, in the whole group')
    for (const [partition, owner] of this.owner.entries()) {
      const tracker = owner?.trackers.get(partition)
      if (!tracker) continue
      const open = this.jobsOf(partition).filter((it) => this.of(it).at !== undefined)
      assert.is(tracker.unfinished, open.length)
      assert.is(tracker.committable, Math.min(tracker.position, ...open.map((it) => it.offset)))
    }
  }
}

const take = (world: World, doing: Step): void => {
  if (doing.do === 'append') world.append(doing.partition, doing.key)
  else if (doing.do === 'claim') world.claim(doing.partition, doing.count)
  else if (doing.do === 'commit') world.commit(doing.partition)
  else if (doing.do === 'revoke') world.revoke(doing.partition, doing.killed)
  else if ('worker' in doing) {
    const where = world.workers[doing.worker]
    if (!where) return
    if (doing.do === 'start') world.start(where)
    else world.reassign(doing.partition, where)
  } else {
    const some = world.in(doing.do === 'again' ? 'between' : 'running')
    const job = some[doing.pick % Math.max(1, some.length)]
    if (job) world[doing.do](job)
  }
}

/** All partitions are somewhere, all jobs are claimed, and whatever can run does. */
const runOut = (world: World): void => {
  for (let round = 0; round < 1_000; round++) {
    for (let it = 0; it < PARTITIONS; it++) {
      const to = world.workers[it]
      if (to) world.reassign(it, to)
      world.claim(it, 10)
    }
    for (const where of world.workers) world.start(where)
    for (const job of world.in('between')) world.again(job)
    for (const job of world.in('running')) world.finish(job)
    world.check()
    if ([...world.truth.values()].every(({ ends, at }) => ends > 0 && !at)) break
  }
  for (let it = 0; it < PARTITIONS; it++) {
    world.claim(it, 1_000)
    world.commit(it)
  }
}

test('whatever happens to partitions and jobs: one of a key at a time and in order, nothing lost, passed or told that has not ended', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const world = new World()
      for (const doing of steps) {
        take(world, doing)
        world.check()
      }
      runOut(world)
      for (const [job, { ends }] of world.truth) assert.ok(ends > 0, `${name(job)} is lost`)
      for (const [partition, { offset, metadata }] of world.stored.entries()) {
        assert.is(offset, world.jobsOf(partition).length, 'the end is committed')
        assert.is(metadata, '')
      }
    }),
    { numRuns: 400 },
  )
})

test('where every handover follows a commit, nothing that has ended runs again', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const world = new World()
      for (const doing of steps) take(world, doing.do === 'revoke' ? { ...doing, killed: false } : doing)
      runOut(world)
      for (const [job, { ends }] of world.truth) assert.is(ends, 1, `${name(job)} ended ${ends} times`)
    }),
    { numRuns: 200 },
  )
})

test.run()
