/** kafkajs behind one thin module: the connection's settings, its logs in ours, its error names in our codes. */
import kafkajs from 'kafkajs'
import { type Config, required } from '../config.ts'
import { AppError, toError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'

export type {
  Admin,
  Assigner,
  Consumer,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
  Message,
  Producer,
} from 'kafkajs'

export const { AssignerProtocol, PartitionAssigners } = kafkajs
const { Kafka: KafkaClient, logLevel, Partitioners } = kafkajs

// A step milder: what kafkajs warns of (a rebalance, a retry) is daily life, and what fails in the end is thrown to us.
const levels: Record<number, 'warn' | 'info' | 'debug' | 'trace'> = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'info',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
}

/** What a broker answers with an error is thrown where it was asked, and much of it is daily life (a rebalance, a new leader). */
const answered = (namespace: string): boolean => namespace === 'Connection'

/** Whether Kafka says that the same request may succeed later. */
export const isRetriable = (thrown: unknown): boolean =>
  thrown instanceof Error && 'retriable' in thrown && thrown.retriable === true

/** A Kafka client. `brokers` must be set by now. @throws AppError CONFIG_INVALID */
export const createKafka = (config: Config['kafka'], nodeId: string, log: Logger): kafkajs.Kafka => {
  const { sasl } = config
  return new KafkaClient({
    clientId: nodeId,
    brokers: [...required(config.brokers, 'KAFKA_BROKERS')],
    ssl: config.ssl,
    ...(sasl
      ? {
          sasl: {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: sasl.password,
          } as kafkajs.SASLOptions,
        }
      : {}),
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator: () => {
      const own = log.child({ module: 'kafkajs' })
      return ({ level, log: { message, timestamp: _timestamp, logger: _logger, ...rest }, namespace }) =>
        own[answered(namespace) ? 'debug' : (levels[level] ?? 'debug')]({ namespace, ...rest }, message)
    },
  })
}

/**
 * A producer of ours: never the idempotent one (it loses acknowledged records after an unknown outcome), one request in
 * flight (so that a repeat can't overtake), topics made by the installation alone.
 */
export const createProducer = (kafka: kafkajs.Kafka, retry: kafkajs.RetryOptions): kafkajs.Producer =>
  kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    retry,
  })

/** A failure of Kafka as our error: retryable, since nothing that we send is wrong in itself. */
export const kafkaError = (thrown: unknown): AppError =>
  new AppError('KAFKA_UNAVAILABLE', `Kafka is not available: ${toError(thrown).message}`, {
    retryable: true,
    retryAfterS: 5,
    cause: thrown,
  })
