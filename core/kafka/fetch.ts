/** kafkajs's consumer with our fetches: in sessions, and their records not taken apart before they are wanted. */
import type { Consumer, ConsumerConfig, Kafka, KafkaMessage } from 'kafkajs'
import { askThrough, type Broker, encoded, type Protocol, withBrokers } from './brokers.ts'
import {
  decodeFetch,
  encodeFetch,
  FETCH_VERSION,
  type FetchAnswer,
  type FetchBounds,
  type FetchedPartition,
} from './fetch-codec.ts'
import { FetchSession, isOfSession, type Wanted } from './fetch-session.ts'
import { BatchRecords, MessageRecords, type RecordBatch, type Records } from './log-records.ts'

interface Asked extends FetchBounds {
  readonly topics: readonly Wanted[]
}

/** All records of a partition's part of an answer, in the place of a message: kafkajs looks at its offset alone, the last of them. */
type Parcel = KafkaMessage & { readonly batches: readonly RecordBatch[] }

const parcel = (batches: readonly RecordBatch[], lastOffset: number): Parcel => ({
  batches,
  offset: String(lastOffset),
  key: null,
  value: null,
  timestamp: '0',
  attributes: 0,
  headers: {},
})

const isParcel = (message: KafkaMessage | undefined): message is Parcel =>
  message !== undefined && 'batches' in message

/** The records of a batch of kafkajs's, whether it has come through {@link fetchConsumer} or not. */
export const recordsOf = (messages: readonly KafkaMessage[]): Records => {
  const [first] = messages
  return isParcel(first) ? new BatchRecords(first.batches) : new MessageRecords(messages)
}

/** What says nothing new is left out: kafkajs handles each that it gets. */
const isNews = ({ errorCode, preferredReadReplica, next }: FetchedPartition): boolean =>
  errorCode !== 0 || preferredReadReplica !== -1 || next !== undefined

/** An answer as kafkajs has it. */
const asKafkajs = ({ throttleMs, errorCode, topics }: FetchAnswer, session: FetchSession) => ({
  throttleTime: 0,
  clientSideThrottleTime: throttleMs,
  responses:
    errorCode === 0
      ? topics.map(({ topic, partitions }) => ({
          topicName: topic,
          partitions: partitions
            .filter((it) => isNews(it) && session.has(topic, it.partition))
            .map(({ batches, next, highWatermark, ...rest }) => ({
              ...rest,
              highWatermark: String(highWatermark),
              abortedTransactions: [],
              messages: next === undefined ? [] : [parcel(batches, next - 1)],
            })),
        }))
      : // kafkajs knows no errors of a fetch but those of a partition.
        [{ topicName: '', partitions: [{ partition: -1, errorCode }] }],
})

/** The same broker; what it is asked to fetch is asked for, and taken apart, here. */
const withSession = (broker: Broker): Broker => {
  const session = new FetchSession()
  let busy = false

  const fetchIn = async (its: FetchSession, asked: Asked): Promise<unknown> => {
    const request = its.ask(asked.topics)
    let isAnswered = false
    const decode = async (body: Buffer) => {
      const answer = await decodeFetch(body)
      its.answered(answer)
      isAnswered = true
      // Nothing has come then, and the next request begins anew.
      return asKafkajs(isOfSession(answer) ? { ...answer, errorCode: 0, topics: [] } : answer, its)
    }
    const change = ({ request: { apiVersion, ...rest }, response, ...more }: Protocol): Protocol => {
      if (apiVersion !== FETCH_VERSION)
        throw new Error(`the broker has Fetch ${apiVersion} only; Kafka 2.4 or later is needed`)
      const encode = async () => encoded(encodeFetch(asked, request))
      return { ...more, request: { ...rest, apiVersion, encode }, response: { ...response, decode } }
    }
    try {
      return await askThrough(broker, 'fetch', { ...asked, topics: [] }, change)
    } finally {
      if (!isAnswered) its.lost()
    }
  }

  const fetch = async (asked: Asked): Promise<unknown> => {
    // A consumer that begins anew may fetch while its last fetch is under way.
    if (busy) return fetchIn(new FetchSession(), asked)
    busy = true
    try {
      return await fetchIn(session, asked)
    } finally {
      busy = false
    }
  }
  return Object.create(broker, { fetch: { value: fetch } })
}

/**
 * A consumer as kafkajs makes it: groups, connections, leaders, positions and errors are all its own, and only fetches are written and read
 * here. What its batches hold is for {@link recordsOf}. A kafkajs that is made otherwise fetches as ever.
 */
export const fetchConsumer = (kafka: Kafka, config: ConsumerConfig): Consumer =>
  (withBrokers(kafka, withSession) ?? kafka).consumer(config)
