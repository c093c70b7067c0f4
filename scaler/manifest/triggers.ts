/** What KEDA 2.21 asks for the lag: the triggers of a ScaledObject, from the product's settings. */
import type { IScaleTriggers } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaleTriggers'
import type { Config } from '../../core/config.ts'
import { topicNames } from '../../core/kafka/topics.ts'
import type { KafkaTriggerSettings } from '../policy/kafka-trigger.ts'
import { addressOf, database, kafka } from './names.ts'

/** KEDA's names of the mechanisms (pkg/scalers/kafka_scaler.go). */
const saslNames = {
  plain: 'plaintext',
  'scram-sha-256': 'scram_sha256',
  'scram-sha-512': 'scram_sha512',
} as const

/**
 * The lag of the workers' group on all of its topics: without `topic` KEDA asks for every offset that the group has committed (the
 * installation seeds them all). Its cap is then the partitions of all topics together (72), so that `maxReplicaCount` is the
 * one that holds, and can be reached: a metric capped at what 24 replicas are worth would never get an HPA beyond 22.
 * Left out on purpose: `excludePersistentLag` (it takes long jobs for no work) and `scaleToZeroOnInvalidOffset`
 * (it takes partitions without a commit for empty ones).
 */
export const kafkaLag = (config: Config['kafka'], trigger: KafkaTriggerSettings): IScaleTriggers => ({
  type: 'kafka',
  metadata: {
    bootstrapServers: config.brokers?.join(',') ?? addressOf('kafka', 9092),
    consumerGroup: topicNames(config.prefix).slaves,
    lagThreshold: String(trigger.lagThreshold),
    offsetResetPolicy: trigger.offsetResetPolicy,
    ...(config.ssl ? { tls: 'enable' } : {}),
    ...(config.sasl ? { sasl: saslNames[config.sasl.mechanism] } : {}),
  },
  ...(config.sasl ? { authenticationRef: { name: kafka } } : {}),
})

/** The jobs that are parked and due: lag that the log doesn't show (docs/jobs.md). A worker is worth as many as of the log's. */
export const dueJobs = (
  { kafka: { prefix }, database: { schema } }: Pick<Config, 'kafka' | 'database'>,
  lagThreshold: number,
): IScaleTriggers => ({
  type: 'postgresql',
  metadata: {
    query:
      `select count(*) from ${schema}.parked where due <= now() and due < 'infinity' ` +
      `and topic in (${topicNames(prefix)
        .byPriority.map((topic) => `'${topic}'`)
        .join(', ')})`,
    targetQueryValue: String(lagThreshold),
  },
  authenticationRef: { name: database },
})

/** Our own scaler (`scaler/keda`): it answers with the replicas that its policy wants, and wakes the fleet from zero at once. */
export const drainTime = (): IScaleTriggers => ({
  type: 'external-push',
  metadata: { scalerAddress: addressOf('scaler', 9090) },
})
