/** kafkajs behind one thin module: the connection's settings, its logs in ours, its error names in our codes. */
import kafkajs from 'kafkajs'
import { type Config, required } from '../config.ts'
import { AppError, toError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'

export type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage, Message, Producer } from 'kafkajs'

const { Kafka: KafkaClient, logLevel } = kafkajs

const levels: Record<number, 'error' | 'warn' | 'debug' | 'trace'> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
}

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
        own[levels[level] ?? 'debug']({ namespace, ...rest }, message)
    },
  })
}

/** A failure of Kafka as our error: retryable, since nothing that we send is wrong in itself. */
export const kafkaError = (thrown: unknown): AppError =>
  new AppError('KAFKA_UNAVAILABLE', `Kafka is not available: ${toError(thrown).message}`, {
    retryable: true,
    retryAfterS: 5,
    cause: thrown,
  })
