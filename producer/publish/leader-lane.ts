import { AppError, toError } from '../../core/errors.ts'
import { kafkaError } from '../../core/kafka/client.ts'
import { SerialLoop } from '../../core/serial-loop.ts'

/** Bytes of one partition's records in one request at most: below the broker's `message.max.bytes`, 1 MiB. */
const MAX_PARTITION_BYTES = 950_000
/**
 * Keyless jobs of one request that go to one partition at most. Few large record batches are cheaper than many small ones,
 * but a partition has one worker: a burst in one partition would keep one busy and leave the others idle.
 */
const MAX_KEYLESS_RUN = 100
/** Records in one request at most: keeps the time of one encoding short. */
const MAX_RECORDS = 2_000

/** What waits to be sent. */
export interface Waiting {
  /** Undefined for a keyless job: the lane puts it where the others of its request go. */
  readonly partition: number | undefined
  readonly bytes: number
  /** Milliseconds since the epoch after which nobody waits for it any more. */
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: AppError) => void
  /** Called once, when nothing of it is on the way any more (its promise may have been rejected before). */
  readonly settled: () => void
}

/** A job and where it goes. */
export type Sent<Item> = readonly [item: Item, partition: number]

export interface LaneEdges<Item extends Waiting> {
  /** The partition for the next run of keyless jobs. */
  choose(): number
  /** A job goes to this partition. */
  placed(partition: number): void
  /**
   * Sends one produce request; resolves when all replicas have all of it.
   * @throws AppError PAYLOAD_TOO_LARGE where a partition's records are more than it takes at once; else what failed
   */
  send(items: readonly Sent<Item>[]): Promise<void>
  onFailure(error: unknown): void
}

/**
 * The queue of one partition leader, with one produce request in flight.
 *
 * One in flight is what keeps the order of a key and makes a repeat the worst that a lost answer can do (the
 * idempotent producer loses records after one). What arrives meanwhile makes up the next request, so requests grow with
 * the load and a lone job never waits for company.
 */
export class LeaderLane<Item extends Waiting> {
  readonly #edges: LaneEdges<Item>
  readonly #queue: Item[] = []
  #inFlight: readonly Item[] = []
  readonly #draining = new SerialLoop(() => this.#drain())
  #timer: NodeJS.Timeout | undefined
  #bytes = 0

  constructor(edges: LaneEdges<Item>) {
    this.#edges = edges
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  add(item: Item): void {
    this.#queue.push(item)
    this.#bytes += item.bytes
    this.#draining.poke()
    this.#timer ??= setTimeout(() => this.#expire(), Math.max(0, item.deadline - Date.now()))
  }

  /** Resolves when nothing is left in flight or waiting. */
  idle(): Promise<void> {
    return this.#draining.idle()
  }

  /** Refuses all that was not sent. */
  refuse(error: AppError): void {
    for (const item of this.#queue.splice(0)) this.#takeBack(item, error)
    this.#bytes = 0
  }

  async #drain(): Promise<void> {
    // The requests that one turn of the loop reads leave together.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) {
      const items = this.#take()
      this.#inFlight = items.map(([item]) => item)
      await this.#deliver(items)
      this.#inFlight = []
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Too large a request goes in halves, one after the other, so that the one job too many is found and is told alone. */
  async #deliver(items: readonly Sent<Item>[]): Promise<void> {
    try {
      await this.#edges.send(items)
      for (const [item] of items) item.resolve()
    } catch (error) {
      const tooLarge = error instanceof AppError && error.code === 'PAYLOAD_TOO_LARGE'
      if (tooLarge && items.length > 1) {
        const half = items.length >> 1
        await this.#deliver(items.slice(0, half))
        return this.#deliver(items.slice(half))
      }
      for (const [item] of items) item.reject(tooLarge ? error : unknownOutcome(error))
      if (!tooLarge) this.#edges.onFailure(error)
    }
    for (const [item] of items) item.settled()
  }

  #takeBack(item: Item, error: AppError): void {
    item.reject(error)
    item.settled()
  }

  /** The longest prefix of the queue that fits one request. A prefix, so that the order of every key holds. */
  #take(): Sent<Item>[] {
    const taken: Sent<Item>[] = []
    const bytes = new Map<number, number>()
    let keyless = this.#edges.choose()
    let run = 0
    for (const item of this.#queue) {
      if (item.partition === undefined && run++ === MAX_KEYLESS_RUN) {
        keyless = this.#edges.choose()
        run = 1
      }
      const partition = item.partition ?? keyless
      const sum = (bytes.get(partition) ?? 0) + item.bytes
      if (taken.length === MAX_RECORDS || (sum > MAX_PARTITION_BYTES && bytes.has(partition))) break
      bytes.set(partition, sum)
      this.#edges.placed(partition)
      taken.push([item, partition])
    }
    this.#queue.splice(0, taken.length)
    for (const sum of bytes.values()) this.#bytes -= sum
    return taken
  }

  /** Tells those whose time is up. What is in flight may still arrive; what waits is taken back for certain. */
  #expire(): void {
    this.#timer = undefined
    const now = Date.now()
    for (const item of this.#inFlight)
      if (item.deadline <= now) item.reject(unknownOutcome(new Error('no answer in time')))
    while (this.#queue[0] && this.#queue[0].deadline <= now) {
      const item = this.#queue.shift()
      if (!item) break
      this.#bytes -= item.bytes
      this.#takeBack(item, kafkaError(new Error('no request could be sent in time')))
    }
    const open = [...this.#inFlight, ...this.#queue.slice(0, 1)].map(({ deadline }) => deadline)
    const next = Math.min(...open.filter((deadline) => deadline > now))
    if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#expire(), next - now)
  }
}

const unknownOutcome = (cause: unknown): AppError =>
  new AppError(
    'PUBLISH_UNKNOWN',
    `Kafka did not acknowledge the job (${toError(cause).message}), so it may or may not have been accepted. ` +
      'Repeat the request with the same Idempotency-Key: it stands for one job however often it is sent.',
    { retryable: true, retryAfterS: 2, cause },
  )
