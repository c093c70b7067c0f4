/**
 * Who owns a partition, for certain. Kafka does not fence a live former owner (it goes by generation and member alone, and a
 * process that was frozen knows of neither), so a row a partition does: whoever takes it over gets a new token, results
 * are written under a check of the token, and the row is taken over only when it was released or its session has ended.
 * The store's clock is the only one that counts.
 */
export interface OwnershipStore {
  /**
   * Takes those of the partitions that are free: released, never owned, or (with `takeOver`) left behind by an owner whose
   * session has ended. Gives what was taken. `leaseMs`: how long they stay ours without a renewal.
   */
  acquire(
    partitions: readonly number[],
    options: { readonly leaseMs: number; readonly takeOver: boolean },
  ): Promise<ReadonlyMap<number, Acquired>>
  /** Prolongs what is still ours, by partition and token; gives the partitions that are. */
  renew(tokens: ReadonlyMap<number, number>, leaseMs: number): Promise<ReadonlySet<number>>
  /** Gives back what is still ours. */
  release(tokens: ReadonlyMap<number, number>): Promise<void>
}

export interface Acquired {
  readonly token: number
  /** The owner before has not released it: it may have been running jobs when it ended. */
  readonly unclean: boolean
}
