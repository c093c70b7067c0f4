/**
 * Keys whose jobs are parked in order: nothing of such a key runs but from the store, the first of it first.
 *
 * Invariant: while rows of a key may be in the store, or on the way there, that are not in its lane, the key is blocked, and what
 * comes from the log is parked behind them. It is free again once all of them are in its lane, where the rest lines up behind.
 */
import type { Subject } from '../../core/limits.ts'

/** When the first job of a key may run: milliseconds of our clock, `Infinity` while a limit holds it. */
export interface Head {
  readonly dueAt: number
  readonly heldBy: Subject | undefined
}

interface BlockedKey {
  /** When to ask for its jobs; `Infinity` while they are asked for, run, or are held. */
  dueAt: number
  heldBy: Subject | undefined
  /** Jobs on the way into the store. */
  writing: number
  /** Of when something was parked last: whoever has asked for the jobs before that has not seen it. Never the same twice. */
  stamp: number
}

export interface KeyPlace {
  readonly partition: number
  readonly key: string
}

interface Blocking {
  readonly keys: Map<string, BlockedKey>
  /** Jobs from the store that are here, by key: of blocked keys and of those that are free again. */
  readonly here: Map<string, number>
}

/** Sequences grow with each owner of a partition and with each job that it parks: so many of one owner. */
const PER_OWNER = 2 ** 32

export class BlockedKeys {
  readonly #partitions = new Map<number, Blocking>()
  #parked = 0
  #stamps = 0

  open(partition: number, heads: readonly (Head & { readonly key: string })[]): void {
    const keys = new Map(
      heads.map(({ key, ...head }) => [key, { ...head, writing: 0, stamp: this.#nextStamp() }] as const),
    )
    this.#partitions.set(partition, { keys, here: new Map() })
  }

  /** What the store says of the keys of a partition, where that is newer than what we know. */
  refresh(partition: number, heads: readonly (Head & { readonly key: string })[], now: number): void {
    const blocking = this.#partitions.get(partition)
    const said = new Map(heads.map(({ key, ...head }) => [key, head]))
    for (const [key, known] of blocking?.keys ?? []) {
      if (known.writing > 0 || blocking?.here.has(key)) continue
      Object.assign(known, said.get(key) ?? { dueAt: now, heldBy: undefined })
    }
  }

  drop(partition: number): void {
    this.#partitions.delete(partition)
  }

  isBlocked({ partition, key }: { readonly partition: number; readonly key: string | undefined }): boolean {
    return key !== undefined && this.#of({ partition, key }) !== undefined
  }

  /** A place behind all that were parked before. */
  nextSequence(token: number): number {
    return token * PER_OWNER + ++this.#parked
  }

  /** One is on its way into the store: the first of its key where it says when it may run. */
  park({ partition, key }: KeyPlace, head?: Head): void {
    const keys = this.#partitions.get(partition)?.keys
    if (!keys) return
    const known = keys.get(key) ?? {
      dueAt: Number.POSITIVE_INFINITY,
      heldBy: undefined,
      writing: 0,
      stamp: 0,
    }
    keys.set(key, known)
    known.writing++
    known.stamp = this.#nextStamp()
    if (head) Object.assign(known, head)
  }

  /** One that was on its way is in the store; true where what follows may be asked for. */
  written(place: KeyPlace, now: number): boolean {
    const key = this.#of(place)
    if (!key) return false
    key.writing--
    return this.#goOn(place, key, now)
  }

  /** Jobs from the store are here. */
  took({ partition, key }: KeyPlace, jobs: number): void {
    const here = this.#partitions.get(partition)?.here
    here?.set(key, (here.get(key) ?? 0) + jobs)
  }

  /** One from the store is here no more (it has its outcome, or was left in the store); true where what follows may be asked for. */
  left(place: KeyPlace, now: number): boolean {
    const here = this.#partitions.get(place.partition)?.here
    const jobs = (here?.get(place.key) ?? 0) - 1
    if (jobs > 0) here?.set(place.key, jobs)
    else here?.delete(place.key)
    const key = this.#of(place)
    return key !== undefined && this.#goOn(place, key, now)
  }

  /** Jobs that are here of a key were left in the store behind one that was parked. */
  leave(place: KeyPlace): void {
    const key = this.#of(place)
    if (key) key.stamp = this.#nextStamp()
  }

  /** Keys whose jobs are to be asked for: their time has come, or what held them has room. Those that have waited longest first. */
  due(now: number, rooms: ReadonlyMap<Subject, number>): KeyPlace[] {
    const due: (KeyPlace & { readonly dueAt: number })[] = []
    for (const [partition, { keys, here }] of this.#partitions) {
      for (const [key, { dueAt, heldBy }] of keys) {
        const hasRoom = heldBy !== undefined && (rooms.get(heldBy) ?? 0) > 0
        if (!here.has(key) && (dueAt <= now || hasRoom)) due.push({ partition, key, dueAt })
      }
    }
    return due.sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0))
  }

  /** When the next of them is due of which nothing is here. */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { keys, here } of this.#partitions.values())
      for (const [key, { dueAt }] of keys) if (!here.has(key)) next = Math.min(next, dueAt)
    return next
  }

  /** Its jobs are asked for: what is parked from now on is not among the answer. */
  ask(place: KeyPlace): number {
    const key = this.#of(place)
    if (!key) return -1
    key.dueAt = Number.POSITIVE_INFINITY
    key.heldBy = undefined
    return key.writing === 0 ? key.stamp : -1
  }

  /** They can't be asked for, or not all had room: again at `dueAt`. */
  askAgain(place: KeyPlace, dueAt: number): void {
    const key = this.#of(place)
    if (key && key.heldBy === undefined) key.dueAt = Math.min(key.dueAt, dueAt)
  }

  /**
   * All of its jobs that the store had are in its lane. The key is free, unless something was parked since `asked`: what
   * {@link BlockedKeys.ask} gave.
   */
  placed(place: KeyPlace, asked: number, now: number): void {
    const key = this.#of(place)
    if (!key) return
    if (key.stamp === asked && key.writing === 0)
      this.#partitions.get(place.partition)?.keys.delete(place.key)
    else this.#goOn(place, key, now)
  }

  get size(): number {
    let size = 0
    for (const { keys } of this.#partitions.values()) size += keys.size
    return size
  }

  #nextStamp(): number {
    return ++this.#stamps
  }

  #of({ partition, key }: KeyPlace): BlockedKey | undefined {
    return this.#partitions.get(partition)?.keys.get(key)
  }

  /** Nothing of it is here any more and nothing says when it goes on: what follows may be asked for. */
  #goOn(place: KeyPlace, key: BlockedKey, now: number): boolean {
    if (this.#partitions.get(place.partition)?.here.has(place.key)) return false
    if (key.heldBy === undefined && key.dueAt === Number.POSITIVE_INFINITY) key.dueAt = now
    return key.dueAt <= now
  }
}
