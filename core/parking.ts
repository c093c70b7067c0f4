/**
 * Parked jobs: those that wait for longer than a moment. A row in the store holds them, their offset counts as done, and
 * the owner of their partition runs them when their time has come.
 *
 * A keyed job that waits for its next attempt, or for a limit, keeps its key's order: what follows of its key is parked
 * behind it (`sequence`). A delayed, scheduled or replayed one keeps nobody waiting: it joins its key's order at the end when it is due.
 */
import type { Attempt } from './job.ts'

/** A partition of a topic. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * `retry`: between two attempts. `delay`: its `runAt` is to come. `schedule`: a tick. `replay`: put back from the dead letters.
 * `order`: behind another of its key. `limit`: a limit has no room for it.
 */
export const parkReasons = ['retry', 'delay', 'schedule', 'replay', 'order', 'limit'] as const
export type ParkReason = (typeof parkReasons)[number]

/** A job as it is parked. */
export interface ParkedJob extends Place {
  readonly id: string
  /** Of its record; undefined where it never was in the log. */
  readonly offset: number | undefined
  readonly key: string | undefined
  readonly type: string
  /** The record's value. */
  readonly value: Buffer
  readonly traceparent: string | undefined
  readonly reason: ParkReason
  /** Place in its key's order, growing; undefined: it keeps nobody waiting. */
  readonly sequence: number | undefined
  /** Milliseconds until it may run, by the store's clock; below 0 it is overdue; `Infinity` while `order` or `limit` keeps it. */
  readonly dueInMs: number
  /** Its time where somebody has named it, milliseconds since the epoch: what is due by it does not move with the time that writing takes. */
  readonly dueAt?: number | undefined
  /** The limit without room for it (`limits.subject`). */
  readonly heldBy: string | undefined
  /** Attempts made. */
  readonly attempt: number
  /** Attempts made before its last replay: they don't count towards its maximum. */
  readonly attemptsBefore: number
  /** The record of all attempts. */
  readonly attempts: readonly Attempt[]
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
}

/** A key whose jobs are parked in order, and when the first of them may run. */
export interface BlockedKey extends Place {
  readonly key: string
  /** 0 where the first is but behind one that has ended meanwhile. `Infinity` while a limit holds it. */
  readonly dueInMs: number
  readonly heldBy: string | undefined
}

/** What an owner asks for. */
export interface LoadRequest {
  /**
   * Its partitions. `joinedMsAgo`: so long ago all that the log held was claimed, so keyed jobs that were due then may join their key's order;
   * undefined: none may.
   */
  readonly places: readonly (Place & { readonly joinedMsAgo: number | undefined })[]
  /** Keys of these whose first job may run: their jobs in order, at most `perKey` each. */
  readonly keys: readonly (Place & { readonly key: string })[]
  readonly perKey: number
  /** Limits with room for so many more jobs of keyless jobs that they hold. */
  readonly rooms: ReadonlyMap<string, number>
  /** Of those that keep nobody waiting: due within so many ms. */
  readonly withinMs: number
  /** Jobs at most. */
  readonly limit: number
  /** Bytes of their values at most; one job always fits. */
  readonly bytes?: number | undefined
  /** Keys whose jobs without a sequence are left out. */
  readonly without: readonly (Place & { readonly key: string })[]
  /** Ids that are here already. */
  readonly except: readonly string[]
}

export interface Loaded {
  readonly jobs: readonly ParkedJob[]
  /** There are more, for which `limit` or `bytes` left no room. */
  readonly cut: boolean
  /** Partitions with keyed jobs that are due and may not join yet. */
  readonly joining: readonly Place[]
  /** Milliseconds until the next job that keeps nobody waiting is due; undefined: none is known. */
  readonly nextInMs: number | undefined
}
