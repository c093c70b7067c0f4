/**
 * What a broker need not be told again: after a first fetch that names all partitions only what has changed of them goes there, and only
 * partitions with news come back (fetch sessions, KIP-227). A fetch of 72 idle partitions is a few bytes then, both ways.
 */

/** Partitions to fetch from one broker, as kafkajs lists them. */
export interface Wanted {
  readonly topic: string
  readonly partitions: readonly WantedPartition[]
}

interface WantedPartition {
  readonly partition: number
  readonly fetchOffset: string
  readonly maxBytes: number
}

/** One request's part of the session. */
export interface SessionRequest {
  readonly id: number
  /** 0 begins a session, and ends the one named. */
  readonly epoch: number
  /** Partitions that are new to the session, or wanted from another offset. */
  readonly topics: readonly Wanted[]
  readonly forgotten: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface SessionAnswer {
  /** Of the answer as a whole. */
  readonly errorCode: number
  readonly sessionId: number
}

// What a broker answers that has lost the session, or lost count of it.
const NOT_FOUND = 70
const WRONG_EPOCH = 71

/** Whether nothing is wrong but with the session. */
export const isOfSession = ({ errorCode }: SessionAnswer): boolean =>
  errorCode === NOT_FOUND || errorCode === WRONG_EPOCH

const NEW = 0
const MAX_EPOCH = 2 ** 31 - 1

/** The session of one client with one broker, which has one request under way at a time. */
export class FetchSession {
  #id = 0
  #epoch = NEW
  /** What the broker knows: the offset of each partition. */
  #told = new Map<string, Map<number, string>>()
  #turn = 0

  /** What is to be asked for these. */
  ask(wanted: readonly Wanted[]): SessionRequest {
    const told = new Map(
      wanted.map(({ topic, partitions }) => [
        topic,
        new Map(partitions.map(({ partition, fetchOffset }) => [partition, fetchOffset])),
      ]),
    )
    const before = this.#epoch === NEW ? new Map<string, Map<number, string>>() : this.#told
    this.#told = told
    const topics = wanted.flatMap(({ topic, partitions }) => {
      const known = before.get(topic)
      const changed = partitions.filter((it) => known?.get(it.partition) !== it.fetchOffset)
      return changed.length === 0 ? [] : [{ topic, partitions: changed }]
    })
    const forgotten = [...before].flatMap(([topic, known]) => {
      const left = [...known.keys()].filter((partition) => !told.get(topic)?.has(partition))
      return left.length === 0 ? [] : [{ topic, partitions: left }]
    })
    return {
      id: this.#id,
      epoch: this.#epoch,
      topics: this.#epoch === NEW ? this.#inTurn(topics) : topics,
      forgotten,
    }
  }

  /** Whether this partition is among those asked for. */
  has(topic: string, partition: number): boolean {
    return this.#told.get(topic)?.has(partition) ?? false
  }

  /** The broker has answered. It gives 0 for an id where it keeps no session for us. */
  answered({ errorCode, sessionId }: SessionAnswer): void {
    const goesOn = errorCode === 0 && sessionId !== 0 && this.#epoch < MAX_EPOCH
    this.#epoch = goesOn ? this.#epoch + 1 : NEW
    if (errorCode === 0) this.#id = sessionId
    else if (errorCode === NOT_FOUND) this.#id = 0
  }

  /** Nobody knows what the broker has taken in: the next request begins anew. */
  lost(): void {
    this.#epoch = NEW
  }

  /**
   * A broker fills its answer in the order of the partitions, and puts what it has given last in the session's own. Where each
   * request names all of them it is we who let another be the first each time.
   */
  #inTurn(topics: readonly Wanted[]): Wanted[] {
    const all = topics.flatMap(({ topic, partitions }) =>
      partitions.map((it) => ({ topic, partitions: [it] })),
    )
    const first = this.#turn++ % Math.max(1, all.length)
    return [...all.slice(first), ...all.slice(0, first)]
  }
}
