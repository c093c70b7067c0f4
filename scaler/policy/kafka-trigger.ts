/**
 * The metric of KEDA's `kafka` trigger, as KEDA 2.21 computes it (pkg/scalers/kafka_scaler.go).
 * `excludePersistentLag` is left out on purpose: it takes long jobs for no work.
 */
import type { PartitionLag } from '../../core/kafka/lag.ts'

/**
 * What bounds the metric, by KEDA's names: `partitions` is its default, `partitionsWithLag` is
 * `limitToPartitionsWithLag`, `evenDistribution` is `ensureEvenDistributionOfPartitions`, `none` is `allowIdleConsumers`.
 */
export type LagLimit = 'partitions' | 'partitionsWithLag' | 'evenDistribution' | 'none'

export interface KafkaTriggerSettings {
  /** Jobs that one replica is worth; a whole number, 1 or more. */
  readonly lagThreshold: number
  /** The trigger is active while the lag, before any limit, is over this many jobs. Default 0. */
  readonly activationLagThreshold?: number
  /** What a partition without a commit counts: everything it retains (`earliest`), or 1 (`latest`). */
  readonly offsetResetPolicy: 'earliest' | 'latest'
  /** Then a partition without a commit counts 0, whatever the policy. Default false. */
  readonly scaleToZeroOnInvalidOffset?: boolean
  /** Default `partitions`. */
  readonly limit?: LagLimit
}

export interface KafkaTriggerValue {
  /** Jobs, as the HPA is told. */
  readonly metric: number
  /** Whether KEDA would wake the target from zero. */
  readonly active: boolean
  /** Jobs before the limit. */
  readonly lag: number
  /** Partitions without a committed offset. */
  readonly uncommitted: number
  /** Replicas that the limit allows, where it changed the metric. */
  readonly limitedTo: number | undefined
}

const lagOf = (partition: PartitionLag, settings: KafkaTriggerSettings): number => {
  // Not `lag`: KEDA neither looks at the log's start below a commit nor stops at zero for one partition.
  if (partition.committedOffset !== null) return partition.endOffset - partition.committedOffset
  if (settings.scaleToZeroOnInvalidOffset) return 0
  return settings.offsetResetPolicy === 'latest' ? 1 : partition.lag
}

/** The least divisor of `partitions` that is worth the lag; all of them where none is. */
const evenReplicas = (lag: number, partitions: number, lagThreshold: number): number => {
  for (let replicas = 1; replicas < partitions; replicas++) {
    if (partitions % replicas === 0 && replicas * lagThreshold >= lag) return replicas
  }
  return partitions
}

/** The metric of one reading. Pure. */
export const kafkaTrigger = (
  partitions: readonly PartitionLag[],
  settings: KafkaTriggerSettings,
): KafkaTriggerValue => {
  const { lagThreshold, activationLagThreshold = 0, limit = 'partitions' } = settings
  const lags = partitions.map((partition) => lagOf(partition, settings))
  const lag = lags.reduce((sum, it) => sum + it, 0)

  const wanted =
    limit === 'evenDistribution' ? evenReplicas(lag, partitions.length, lagThreshold) * lagThreshold : lag
  const bound =
    limit === 'none'
      ? Number.POSITIVE_INFINITY
      : limit === 'partitionsWithLag'
        ? lags.filter((it) => it > 0).length
        : partitions.length
  // KEDA divides whole numbers: up to one threshold less one job over the bound passes uncapped.
  const limited = Math.trunc(wanted / lagThreshold) > bound ? bound * lagThreshold : wanted

  return {
    metric: Math.max(0, limited),
    active: lag > activationLagThreshold,
    lag,
    uncommitted: partitions.filter(({ committedOffset }) => committedOffset === null).length,
    limitedTo: limited === lag ? undefined : limited / lagThreshold,
  }
}
