/** What is fetched and not claimed, against a model that knows each record: in any order of fetches, claims, ends and losses. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  HOLD_BACK_LIMIT,
  Prefetch,
  type PrefetchedRecord,
  type Taker,
} from '../../consumer/engine/prefetch.ts'
import { Window } from '../../consumer/engine/window.ts'
import { recordsOf } from '../../core/kafka/fetch.ts'
import { message } from '../fixtures/fake-group.ts'

const test = suite('Prefetch and window')

type Step =
  | {
      readonly do: 'fetch'
      readonly partition: number
      readonly back: number
      readonly keys: (string | null)[]
    }
  | { readonly do: 'take' }
  | { readonly do: 'end'; readonly picks: number[] }
  | { readonly do: 'drop' | 'open'; readonly partition: number }

const partition = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('fetch' as const),
      partition,
      back: fc.integer({ min: -2, max: 6 }),
      keys: fc.array(fc.constantFrom('hot', 'hot', 'cold', null), { minLength: 1, maxLength: 9 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'take' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('end' as const), picks: fc.array(fc.nat(20), { maxLength: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'open' as const), partition }),
  },
)

/** A log answers the same to whoever asks again: the key of an offset is told by the first fetch of it. */
class World {
  readonly paused = new Set<number>()
  readonly window: Window
  readonly claimed: PrefetchedRecord[] = []
  readonly position = new Map<number, number>()
  /** Of open partitions: fetched and without a turn yet, and passed behind their key. */
  readonly fresh = new Map<number, number[]>()
  readonly held = new Map<number, PrefetchedRecord[]>()
  readonly #keys = new Map<string, string | null>()
  readonly prefetch = new Prefetch(
    (it) => {
      assert.not.ok(this.paused.has(it), 'a paused partition is not paused again')
      this.paused.add(it)
    },
    (it) => {
      assert.ok(this.paused.has(it), 'only a paused partition is resumed')
      this.paused.delete(it)
    },
  )

  constructor(jobs: number, bytes: number) {
    this.window = new Window({ jobs, bytes })
  }

  open(partition: number): void {
    if (this.position.has(partition)) return
    this.prefetch.open(partition, 100)
    this.position.set(partition, 100)
    this.fresh.set(partition, [])
    this.held.set(partition, [])
  }

  drop(partition: number): void {
    this.prefetch.drop(partition)
    for (const map of [this.position, this.fresh, this.held]) map.delete(partition)
    assert.not.ok(this.paused.has(partition), 'a dropped partition is not left paused')
  }

  fetch(partition: number, back: number, keys: readonly (string | null)[], bytes: number): void {
    if (this.paused.has(partition)) return
    const now = this.position.get(partition)
    const from = Math.max(0, (now ?? 100) - back)
    const records = keys.map((key, i) => {
      const place = `${partition}/${from + i}`
      const known = this.#keys.get(place)
      if (known === undefined) this.#keys.set(place, key)
      return message(from + i, known === undefined ? key : known, bytes)
    })
    const next = from + records.length
    const taken = this.prefetch.add(partition, { from, next, end: next, records: recordsOf(records) })
    assert.is(taken, now !== undefined && from <= now)
    if (!taken || now === undefined) return
    for (let offset = now; offset < next; offset++) this.fresh.get(partition)?.push(offset)
    this.position.set(partition, Math.max(now, next))
  }

  /** Those that are done already: they fall away. */
  isDone({ offset }: PrefetchedRecord): boolean {
    return offset % 5 === 0
  }

  take(): void {
    const taker: Taker = {
      see: (record) => {
        assert.is(
          this.fresh.get(record.partition)?.shift(),
          record.offset,
          'each has its turn once, in log order',
        )
        if (this.isDone(record)) return false
        this.held.get(record.partition)?.push(record)
        return true
      },
      fits: (record) => this.window.fits(record),
      claim: (record) => {
        const held = this.held.get(record.partition) ?? []
        const first = held.find(({ key }) => key === record.key)
        assert.is(record.key === undefined ? record : first, record, 'in order of its key')
        const index = held.indexOf(record)
        assert.ok(index >= 0, 'nothing is claimed twice, or before it had its turn')
        held.splice(index, 1)
        assert.is(this.window.fits(record), 'fits')
        this.window.enter(record)
        this.claimed.push(record)
      },
    }
    this.prefetch.take(taker)
    for (const [partition, held] of this.held) this.#checkLeft(partition, held)
  }

  /** What was left could not be claimed. */
  #checkLeft(partition: number, held: readonly PrefetchedRecord[]): void {
    const bytes = held.reduce((sum, it) => sum + it.bytes, 0)
    const size = held[0]?.bytes ?? 0
    assert.ok(bytes <= HOLD_BACK_LIMIT + size, 'what is held back is bounded')
    assert.ok(
      held.every((it) => it.key !== undefined),
      'only keyed ones are held back',
    )
    for (const key of new Set(held.map((it) => it.key))) {
      const first = held.find((it) => it.key === key)
      if (first) assert.is.not(this.window.fits(first), 'fits', 'what is held back goes on as soon as it can')
    }
    const [next] = this.fresh.get(partition) ?? []
    if (next === undefined) return
    const key = this.#keys.get(`${partition}/${next}`) ?? undefined
    const fit = this.window.fits({ partition, key, bytes: this.#bytesOf(next) })
    assert.ok(fit === 'full' || bytes > HOLD_BACK_LIMIT, `${partition}/${next} waits for nothing`)
  }

  #bytesOf(offset: number): number {
    return this.claimed.find((it) => it.offset === offset)?.bytes ?? this.size
  }

  /** What each record takes: all are of the same size. */
  size = 0

  end(picks: readonly number[]): void {
    for (const pick of picks) {
      const [ended] = this.claimed.splice(pick % Math.max(1, this.claimed.length), 1)
      if (ended) this.window.leave(ended)
    }
  }

  check(): void {
    for (const it of [0, 1, 2]) {
      assert.is(this.prefetch.position(it), this.position.get(it))
      const fresh = this.fresh.get(it)?.length
      assert.is(this.prefetch.drainedTo(it), fresh === 0 ? this.position.get(it) : undefined)
    }
    const waiting = [...this.fresh.values(), ...this.held.values()].reduce((sum, it) => sum + it.length, 0)
    assert.is(this.prefetch.records, waiting, 'nothing is lost or doubled')
  }
}

test('each record of an open partition has its turn once, keys keep their order, and nothing waits that could go', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120, size: 'max' }),
      fc.constantFrom(0, 40_000, 600_000),
      fc.constantFrom(4, 9, 40),
      (steps, bytes, jobs) => {
        const world = new World(jobs, 1e9)
        world.size = bytes + 1_000
        for (const doing of steps) {
          if (doing.do === 'open') world.open(doing.partition)
          else if (doing.do === 'drop') world.drop(doing.partition)
          else if (doing.do === 'fetch') world.fetch(doing.partition, doing.back, doing.keys, bytes)
          else if (doing.do === 'end') world.end(doing.picks)
          else world.take()
          world.check()
        }
        for (let i = 0; i < 1_000 && world.prefetch.records > 0; i++) {
          world.take()
          world.end(world.claimed.map(() => 0))
        }
        world.check()
        assert.is(world.prefetch.records, 0)
        assert.is(world.paused.size, 0, 'what is empty is fetched')
      },
    ),
    { numRuns: 250 },
  )
})

test.run()
