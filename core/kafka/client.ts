/** kafkajs behind one thin module: the connection's settings, its logs in ours, its error names in our codes. */
import kafkajs from 'kafkajs'
import { type Config, required } from '../config.ts'
import { AppError, toError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { answeringSockets } from './connections.ts'
import { batchProducer } from './produce.ts'
import './request-queue.ts'

export type {
  Admin,
  Assigner,
  Consumer,
  ConsumerRunConfig,
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

const REQUEST_LIMIT_MS = 10_000

/** What kafkajs says again and again while a broker is away is worth a line this often, ms. */
const REPEAT_MS = 60_000
const MAX_KNOWN = 100

/** Whether the same was not said lately. */
const isNews = (): ((message: string) => boolean) => {
  const said = new Map<string, number>()
  return (message) => {
    const now = performance.now()
    const last = said.get(message)
    if (last !== undefined && now - last < REPEAT_MS) return false
    if (said.size >= MAX_KNOWN) said.clear()
    said.set(message, now)
    return true
  }
}

/** Whether Kafka says that the same request may succeed later. */
export const isRetriable = (thrown: unknown): boolean =>
  thrown instanceof Error && 'retriable' in thrown && thrown.retriable === true

/** What a broker answered where a repeat of the same request will not change it (kafkajs wraps all the others). */
export const refusalOf = (thrown: unknown): string | undefined =>
  thrown instanceof kafkajs.KafkaJSProtocolError && !thrown.retriable ? thrown.type : undefined

/**
 * A Kafka client. `brokers` must be set by now. `answerLimitMs`: a connection on which no answer comes for so long is made anew.
 * `connectRetries`: how often connecting is tried again before a call fails; with 8 it fails after some 9 s of refusals.
 * @throws AppError CONFIG_INVALID
 */
export const createKafka = (
  config: Config['kafka'],
  nodeId: string,
  log: Logger,
  answerLimitMs = REQUEST_LIMIT_MS,
  connectRetries = 8,
): kafkajs.Kafka => {
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
    requestTimeout: REQUEST_LIMIT_MS,
    socketFactory: answeringSockets(answerLimitMs),
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: connectRetries },
    logLevel: logLevel.WARN,
    logCreator: () => {
      const own = log.child({ module: 'kafkajs' })
      const isNew = isNews()
      return ({ level, log: { message, timestamp: _timestamp, logger: _logger, ...rest }, namespace }) => {
        const worth = answered(namespace) || !isNew(`${namespace} ${message}`) ? 'debug' : levels[level]
        own[worth ?? 'debug']({ namespace, ...rest }, message)
      }
    },
  })
}

const producerConfig = (retry: kafkajs.RetryOptions): kafkajs.ProducerConfig => ({
  createPartitioner: Partitioners.DefaultPartitioner,
  allowAutoTopicCreation: false,
  maxInFlightRequests: 1,
  retry,
})

/**
 * A producer of ours: never the idempotent one (it loses acknowledged records after an unknown outcome), one request in
 * flight (so that a repeat can't overtake), topics made by the installation alone.
 */
export const createProducer = (kafka: kafkajs.Kafka, retry: kafkajs.RetryOptions): kafkajs.Producer =>
  kafka.producer(producerConfig(retry))

/** The same for many messages, each of which names its partition: their records are encoded by us, which is far cheaper. */
export const createBatchProducer = (kafka: kafkajs.Kafka, retry: kafkajs.RetryOptions): kafkajs.Producer =>
  batchProducer(kafka, producerConfig(retry))

/** A failure of Kafka as our error: retryable, since nothing that we send is wrong in itself. */
export const kafkaError = (thrown: unknown): AppError =>
  new AppError('KAFKA_UNAVAILABLE', `Kafka is not available: ${toError(thrown).message}`, {
    retryable: true,
    retryAfterS: 5,
    cause: thrown,
  })
