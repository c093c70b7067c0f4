/**
 * Which partitions are ours, and what of theirs is claimed.
 *
 * States of a partition: wanted (the group gives it to us; its row is not ours yet) → loading (the row is; its committed
 * offset is being read) → open → leaving (the group gives it to another; what runs may end, is recorded and committed) →
 * gone (the row is released). From any of the middle ones to gone at once, where somebody else has taken the row over.
 *
 * Invariant: jobs of a partition are started and offsets committed only while its row is ours as far as we know; results are
 * recorded only while it is, for certain. So a rebalance is a handover from row to row, whatever way and whenever each
 * member notices it, and what stays here runs on through it.
 */

import type { Acquired } from '../../core/ownership.ts'
import { untilDone } from '../../core/retry.ts'
import type { Claim } from './claim.ts'
import { Handover, type HandoverParts } from './handover.ts'
import { HeldPartition } from './held-partition.ts'
import { Lease, type LeaseEdges } from './lease.ts'
import { encodeFinished, MAX_METADATA } from './offset-metadata.ts'
import type { OffsetTracker } from './offsets.ts'
import type { ParkedKey, ParkingStore } from './parking-store.ts'
import type { Prefetch } from './prefetch.ts'
import type { FetchedBatch, Source } from './source.ts'

export interface OwnershipParts<Task> extends HandoverParts<Task> {
  readonly source: Source
  readonly prefetch: Prefetch
  readonly stopping: AbortSignal
  /** Claims that the owner before may have had. */
  readonly suspects: number
  /** How long running jobs of a partition that leaves may take to end. */
  readonly drainMs: number
  /** The keys of partitions that are blocked by parked jobs. */
  readonly blocked: ParkingStore<Task>['blocked']
  /** The partition is about to be open. */
  readonly onOpen: (partition: number, blocked: readonly ParkedKey[]) => void
  /** The partition is open no more. */
  readonly onClosed: (partition: number) => void
  /** Work may have become possible. */
  readonly onReady: () => void
}

export class Ownership<Task> {
  readonly #parts: OwnershipParts<Task>
  readonly #held = new Map<number, HeldPartition<Task>>()
  readonly #handover: Handover<Task>
  readonly #lease: Lease
  #assigned: ReadonlySet<number> = new Set()
  #assignedAt = 0

  constructor(parts: OwnershipParts<Task>) {
    this.#parts = parts
    this.#handover = new Handover(parts)
    const edges: LeaseEdges = {
      wanted: () => this.#wanted(),
      wantedMs: () => performance.now() - this.#assignedAt,
      tokens: () => new Map([...this.#held].map(([partition, { token }]) => [partition, token])),
      silentMs: () => parts.source.silentMs,
      onAcquired: (acquired) => this.#take(acquired),
      onTaken: (partition, token) => this.taken(partition, token),
      onRenewed: parts.onReady,
    }
    this.#lease = new Lease(parts.store, edges, parts.log, parts.stopping)
  }

  /** Partitions that are open. */
  get size(): number {
    return [...this.#held.values()].filter(({ tracker, leaving }) => tracker && !leaving).length
  }

  /** Whether our rows are ours as far as we know: nothing is started otherwise. */
  get isFresh(): boolean {
    return this.#lease.isFresh
  }

  /** Why rows can't be taken or prolonged at the moment, if so. */
  get failure(): unknown {
    return this.#lease.failure
  }

  /** Milliseconds for which partitions that the group gave us have been waited for; 0 where all are open. */
  get waitingMs(): number {
    const isOpen = (partition: number): boolean => this.#held.get(partition)?.tracker !== undefined
    return [...this.#assigned].every(isOpen) ? 0 : performance.now() - this.#assignedAt
  }

  get(partition: number): HeldPartition<Task> | undefined {
    return this.#held.get(partition)
  }

  /** Up to where each open partition is claimed. */
  positions(): Map<number, number> {
    const positions = new Map<number, number>()
    for (const [partition, { tracker, leaving }] of this.#held)
      if (tracker && !leaving) positions.set(partition, tracker.position)
    return positions
  }

  /** All that is claimed. */
  claims(): Claim<Task>[] {
    return [...this.#held.values()].flatMap(({ claims }) => [...claims])
  }

  /** Of a partition that may be committed. */
  trackerOf(partition: number): OffsetTracker | undefined {
    const held = this.#held.get(partition)
    return this.isFresh && held && !held.releasing ? held.tracker : undefined
  }

  /** What may be committed. */
  trackers(): Map<number, OffsetTracker> {
    const trackers = new Map<number, OffsetTracker>()
    for (const partition of this.#held.keys()) {
      const tracker = this.trackerOf(partition)
      if (tracker) trackers.set(partition, tracker)
    }
    return trackers
  }

  /** Whether the commit of a partition has little room left for what is finished beyond it. */
  isCrowded(partition: number): boolean {
    const tracker = this.#held.get(partition)?.tracker
    if (!tracker) return false
    const place = { topic: '', partition, offset: tracker.committable }
    return encodeFinished(place, tracker.finishedBeyond).length > (3 / 4) * MAX_METADATA
  }

  /** At each join, synchronously: what is lost begins to leave, what stays goes on from our own position, the rest is waited for. */
  assign(assigned: ReadonlySet<number>): void {
    const { source, prefetch } = this.#parts
    this.#assigned = assigned
    this.#assignedAt = performance.now()
    for (const partition of this.#held.keys()) if (!assigned.has(partition)) void this.#leave(partition)
    for (const partition of assigned) {
      const position = prefetch.position(partition)
      // kafkajs starts every partition at the committed offset again; a kept one goes on after what lies here.
      if (position === undefined) source.pause(partition)
      else source.seek(partition, position)
    }
    this.#lease.renewNow()
    this.#lease.acquireNow()
  }

  /** Takes in a fetched batch; false refuses it. */
  take(partition: number, batch: FetchedBatch): boolean {
    const { prefetch, log } = this.#parts
    const held = this.#held.get(partition)
    const position = prefetch.position(partition)
    if (!held || position === undefined) return false
    if (batch.end < position) {
      log.error({ partition, position, end: batch.end }, 'the log is shorter than it was')
      this.#reload(partition, held)
      return false
    }
    if (prefetch.add(partition, batch)) return true
    this.#rewind(partition, held, position, batch.from)
    return false
  }

  /** A claim is settled for good. */
  finish(claim: Claim<Task>): void {
    const held = this.#ofClaim(claim)
    // Not one that was given up: after a reload another record may have its offset.
    if (!held?.claims.has(claim)) return
    // The offset of a parked one was done when it was parked, and may be another record's in a log that was made anew.
    if (!claim.parked) held.tracker?.finish(claim.offset)
    held.forget(claim)
  }

  /** A claim is given up: its offset stays unfinished. */
  forget(claim: Claim<Task>): void {
    this.#ofClaim(claim)?.forget(claim)
  }

  /** An attempt of a claim has ended, and another follows: a partition that leaves doesn't wait for it. */
  between(claim: Claim<Task>): void {
    this.#handover.between(claim)
  }

  /** Somebody else has the row. */
  taken(partition: number, token: number): void {
    const held = this.#held.get(partition)
    if (held?.token !== token || held.releasing) return
    this.#parts.log.warn({ partition }, 'another worker has taken the partition over')
    this.#parts.abandon([...held.claims], 'the partition belongs to another worker now')
    this.#close(partition)
    this.#held.delete(partition)
    this.#lease.acquireNow()
  }

  /** Lets everything go: what runs may take `limitMs` to end, and recording and releasing it `storeMs` more. */
  async stop(limitMs: number, storeMs: number): Promise<void> {
    this.#assigned = new Set()
    const limit = AbortSignal.timeout(limitMs + storeMs)
    const tooLate = new Promise((resolve) => limit.addEventListener('abort', resolve, { once: true }))
    const leave = () => Promise.all([...this.#held.keys()].map((it) => this.#leave(it, limitMs)))
    // What was asked for before comes after it, and must not stay ours either.
    await Promise.race([Promise.all([leave(), this.#lease.acquired().then(leave)]), tooLate])
    this.#lease.stop()
    for (const { claims } of this.#held.values()) this.#parts.abandon([...claims], 'the worker is leaving')
  }

  #ofClaim({ partition, token }: Claim<Task>): HeldPartition<Task> | undefined {
    const held = this.#held.get(partition)
    return held?.token === token ? held : undefined
  }

  #wanted(): number[] {
    return [...this.#assigned].filter((partition) => !this.#held.has(partition)).sort((a, b) => a - b)
  }

  #take(acquired: ReadonlyMap<number, Acquired>): void {
    for (const [partition, it] of acquired) {
      this.#held.set(partition, new HeldPartition(it))
      // A join or the end has come meanwhile.
      if (!this.#assigned.has(partition) || this.#parts.stopping.aborted) void this.#leave(partition)
    }
    void this.#load([...acquired.keys()])
  }

  /**
   * Opens partitions at their committed offsets. The explicit seek matters: kafkajs keeps a seek of a
   * former time of ours for a partition that was lost before it was applied, and would jump over jobs by it.
   */
  async #load(partitions: readonly number[]): Promise<void> {
    const { source, prefetch, blocked, log, stopping, suspects, onOpen, onReady } = this.#parts
    const loading = new Map(partitions.map((it) => [it, this.#held.get(it)]))
    if (loading.size === 0) return
    const read = () => Promise.all([source.committed(partitions), blocked(partitions)])
    const [commits, keys] = (await untilDone(read, 'partitions can’t be opened', log, stopping)) ?? [[], []]
    const byPartition = Map.groupBy(keys, ({ partition }) => partition)
    for (const [partition, commit] of commits) {
      const held = this.#held.get(partition)
      if (!held || held.leaving || held !== loading.get(partition)) continue
      held.open(commit, suspects)
      onOpen(partition, byPartition.get(partition) ?? [])
      prefetch.open(partition, commit.offset)
      source.seek(partition, commit.offset)
      source.resume(partition)
    }
    onReady()
  }

  #leave(partition: number, limitMs: number = this.#parts.drainMs): Promise<void> {
    const held = this.#held.get(partition)
    if (!held) return Promise.resolve()
    held.leaving ??= this.#letGo(partition, held, limitMs)
    return held.leaving
  }

  async #letGo(partition: number, held: HeldPartition<Task>, limitMs: number): Promise<void> {
    this.#close(partition)
    const isOurs = (): boolean => this.#held.get(partition) === held
    await this.#handover.of(partition, held, limitMs, isOurs, this.#lease.stopped)
    if (isOurs()) this.#held.delete(partition)
    this.#lease.acquireNow()
  }

  /**
   * The log answers from beyond our position. Once: a fetch of another time, so we ask again. Twice in a row: the records
   * between are gone from the log (trimmed by hand, or a topic made anew), and the partition begins anew where it begins.
   */
  #rewind(partition: number, held: HeldPartition<Task>, position: number, from: number): void {
    const { source, log } = this.#parts
    if (held.rewoundAt !== position) {
      held.rewoundAt = position
      source.seek(partition, position)
      return
    }
    log.error({ partition, position, from }, 'records are gone from the log before they were read')
    this.#reload(partition, held)
  }

  #reload(partition: number, held: HeldPartition<Task>): void {
    this.#parts.abandon([...held.claims], 'the log is not what it was')
    this.#close(partition)
    this.#held.set(partition, new HeldPartition(held))
    void this.#load([partition])
  }

  /** Nothing more of it is fetched or started. */
  #close(partition: number): void {
    const { prefetch, source, onClosed } = this.#parts
    prefetch.drop(partition)
    source.pause(partition)
    onClosed(partition)
  }
}
