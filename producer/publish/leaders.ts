import { AppError } from '../../core/errors.ts'
import { type Admin, type Kafka, kafkaError } from '../../core/kafka/client.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

type Metadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>

const AGE_MS = 5_000
const PROBE_MS = 500
/** kafkajs asks one broker, at random, and that may be the one that is away: only several attempts tell of all of them. */
const ATTEMPTS = 3

/**
 * Who leads each partition of a topic, and whether Kafka can be reached at all.
 * From the first failure that is told or seen here until Kafka answers again, {@link Leaders.failure} says why not.
 */
export class Leaders {
  readonly #admin: Admin
  readonly #topic: string
  readonly #log: Logger
  /** By partition. */
  #leaders: readonly number[] = []
  #partitions: readonly number[] = []
  #all: readonly number[] = []
  #failure: unknown
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> | undefined
  #stopped = false

  constructor(kafka: Kafka, topic: string, log: Logger) {
    this.#admin = kafka.admin({ retry: { retries: 1 } })
    this.#topic = topic
    this.#log = log
  }

  /** Connects and reads the leaders. @throws AppError SETUP_FAILED without the topic; or what kafkajs throws */
  async start(): Promise<void> {
    await this.#admin.connect()
    await this.#refresh()
    this.#schedule(AGE_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#admin.disconnect()
  }

  /** Every partition. */
  get partitions(): readonly number[] {
    return this.#partitions
  }

  /** Every leader, once. */
  get all(): readonly number[] {
    return this.#all
  }

  of(partition: number): number {
    return this.#leaders[partition] ?? 0
  }

  /** A leader's partitions; all of them where it has lost its own meanwhile (the client finds the new leader). */
  partitionsOf(leader: number): readonly number[] {
    const own = this.partitions.filter((partition) => this.#leaders[partition] === leader)
    return own.length > 0 ? own : this.partitions
  }

  get failure(): unknown {
    return this.#failure
  }

  /** Kafka counts as away until it answers a question of ours. */
  doubt(error: unknown): void {
    if (this.#failure === undefined) {
      this.#log.error({ err: error }, 'Kafka does not take jobs')
      this.#schedule(PROBE_MS)
    }
    this.#failure = error
  }

  /** A request failed: reads the leaders anew, or learns that Kafka is away. Never throws. */
  async check(): Promise<void> {
    await this.#refresh().catch((error: unknown) => this.doubt(error))
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#timer = setTimeout(async () => {
      await this.check()
      this.#schedule(this.#failure === undefined ? AGE_MS : PROBE_MS)
    }, ms)
    this.#timer.unref()
  }

  /** Who asks meanwhile shares it. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #read(): Promise<void> {
    const { topics } = await this.#ask()
    const partitions = topics[0]?.partitions ?? []
    if (partitions.length === 0) {
      throw new AppError('SETUP_FAILED', `topic ${this.#topic} does not exist: run the installation`)
    }
    const leaders: number[] = []
    for (const { partitionId, leader } of partitions) leaders[partitionId] = leader
    if (leaders.some((leader) => leader < 0)) {
      throw kafkaError(new Error(`a partition of ${this.#topic} has no leader`))
    }
    this.#leaders = leaders
    this.#partitions = [...leaders.keys()]
    this.#all = [...new Set(leaders)]
    if (this.#failure !== undefined) this.#log.info('Kafka takes jobs again')
    this.#failure = undefined
  }

  async #ask(): Promise<Metadata> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#admin.fetchTopicMetadata({ topics: [this.#topic] })
      } catch (error) {
        if (attempt === ATTEMPTS) throw error
      }
    }
  }
}
