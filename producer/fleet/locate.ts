/** Where a job is that has no outcome: the log knows, and the id says where to look. */
import { readJobId } from '../../core/job-id.ts'
import { type LagReading, partitionDrainRate } from '../../core/kafka/lag.ts'

export interface Located {
  /** Jobs ahead of it in its partition, about. */
  readonly position: number
  /** Milliseconds since the epoch; undefined where nothing drains, so that nobody can say. */
  readonly estimatedStartAt: number | undefined
}

export interface LocateParts {
  /** Readings of lag, oldest first; none: nothing is known. */
  readonly readings: readonly LagReading[]
  readonly epoch: number
  /** The first offset of the partition whose record is not older than `timestamp`, or undefined for none. */
  readonly offsetAt: (partition: number, timestamp: number) => Promise<number | undefined>
  /** Its offset, where this master has published it. */
  readonly knownOffset?: number | undefined
}

/**
 * How much later than its id's time a record may lie in the log: clocks differ, publishing takes time, and the id of an
 * Idempotency-Key is made at its first try. A record later than that is not found here until it runs.
 */
const SKEW_MS = 600_000

/**
 * Finds a job in the log by its id; undefined where it is not there, or was read and has no outcome any more.
 *
 * Its submit time is its record's timestamp, so no record before `offsetAt(submit time)` can be it: that offset is
 * its place, up to the few records around it. Only where even what came {@link SKEW_MS} later is committed
 * was it certainly read.
 */
export const locate = async (
  id: string,
  { readings, epoch, offsetAt, knownOffset }: LocateParts,
): Promise<Located | undefined> => {
  const parts = readJobId(id)
  const latest = readings.at(-1)
  if (!parts || parts.epoch !== epoch || !latest) return undefined
  const partition = latest.partitions[parts.partition]
  if (!partition) return undefined
  const committed = partition.committedOffset ?? partition.endOffset - partition.lag
  const offset = knownOffset ?? (await offsetAt(parts.partition, parts.submittedAt))
  if (offset === undefined || (knownOffset !== undefined && offset < committed)) return undefined
  if (knownOffset === undefined) {
    const after = await offsetAt(parts.partition, parts.submittedAt + SKEW_MS)
    // No record of about its time is there, or all of them were read.
    if (after === offset || (offset < committed && (after ?? partition.endOffset) <= committed))
      return undefined
  }
  const position = Math.max(0, offset - committed)
  const rate = partitionDrainRate(readings, parts.partition)
  const estimatedStartAt =
    position === 0 ? latest.at : rate > 0 ? latest.at + (position / rate) * 1000 : undefined
  return { position, estimatedStartAt }
}
