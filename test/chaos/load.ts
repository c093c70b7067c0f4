/**
 * Submits jobs at a rate, whether answers come or not (open loop): most in batches, some one by one with an
 * Idempotency-Key, which are repeated until they are accepted. And, past the API, records that are no jobs.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka, Producer } from 'kafkajs'
import { toError } from '../../core/errors.ts'
import { makeJobId } from '../../core/job-id.ts'
import { call, type JobView } from '../support/api.ts'
import { ndjson, sendBatch } from '../support/batch.ts'
import { randomFrom } from '../support/random.ts'
import { CHAOS_TYPE, type JobMix, jobOf } from './jobs.ts'
import { between, pick, type Random } from './random.ts'
import { POISON_HEADER } from './stores.ts'

const TICK_MS = 100
/** Of the jobs of a tick, so many go alone. */
const ALONE = 2
/** One tick of so many makes a record that is no job. */
const POISON_EVERY_TICKS = 8
/** What is repeated is given up so long after the load's end. */
const GIVE_UP_MS = 15_000

export interface LoadParts {
  readonly seed: number
  /** Jobs/s. */
  readonly rate: number
  readonly mix: JobMix
  /** Of the masters: they take turns. */
  readonly urls: readonly string[]
  readonly kafka: Kafka
  readonly topics: readonly string[]
  readonly partitions: number
  /** Jobs accepted and not ended at which a tick is left out: the backlog must drain in bounded time. */
  readonly mostWaiting: number
  readonly waiting: () => number
  readonly onAccepted: (id: string, seq: number) => void
}

export interface LoadCounts {
  readonly sent: number
  readonly accepted: number
  /** Not accepted, as far as the client knows. */
  readonly refused: number
  /** Requests made again with their Idempotency-Key. */
  readonly repeated: number
  readonly poison: number
}

/** How a record may fail to be a job. */
const poisons = ['not JSON', 'no id', 'no value', 'unknown type'] as const

const poisonRecord = (random: Random, partitions: number) => {
  const kind = pick(poisons, random()) ?? 'not JSON'
  const partition = between(random, 0, partitions - 1)
  const id = makeJobId({ submittedAt: Date.now(), partition, epoch: 0 })
  const key = random() < 0.5 ? null : `key-${between(random, 1, 100)}`
  const value = JSON.stringify({ payload: { seq: -1, ms: 0 }, maxAttempts: 1 })
  return {
    key,
    partition,
    value: kind === 'no value' ? null : kind === 'not JSON' ? value.slice(0, -3) : value,
    headers: {
      ...(kind === 'no id' ? {} : { id }),
      type: kind === 'unknown type' ? 'test.nobody' : CHAOS_TYPE,
      [POISON_HEADER]: kind,
    },
  }
}

export class Load {
  readonly #parts: LoadParts
  readonly #random: Random
  readonly #producer: Producer
  readonly #underWay = new Set<Promise<void>>()
  /** Ids answered with 202, and the number of the job. */
  readonly accepted = new Map<string, number>()
  /** Numbers of the jobs whose answer said for certain that they were not published. */
  readonly refused = new Set<number>()
  #next = 0
  #ticks = 0
  #lastTick = 0
  #refused = 0
  #repeated = 0
  #poison = 0
  #requests = 0
  #timer: NodeJS.Timeout | undefined
  #failure: unknown
  #stopping: Promise<void> | undefined
  #stoppedAt = Number.POSITIVE_INFINITY

  constructor(parts: LoadParts) {
    this.#parts = parts
    this.#random = randomFrom(parts.seed)
    this.#producer = parts.kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 })
  }

  async start(): Promise<void> {
    await this.#producer.connect()
    this.#lastTick = performance.now()
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  get counts(): LoadCounts {
    return {
      sent: this.#next,
      accepted: this.accepted.size,
      refused: this.#refused,
      repeated: this.#repeated,
      poison: this.#poison,
    }
  }

  /** Submits no more, and waits for the answers under way. Rejects where an answer was none that could be. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stoppedAt = performance.now()
    await Promise.all(this.#underWay)
    await this.#producer.disconnect()
    if (this.#failure !== undefined) throw toError(this.#failure)
  }

  #tick(): void {
    const { rate, mostWaiting, waiting } = this.#parts
    this.#ticks++
    if (this.#ticks % POISON_EVERY_TICKS === 0) this.#follow(this.#sendPoison())
    // A late tick makes up for those it came instead of.
    const now = performance.now()
    const due = Math.round((rate * Math.min(1_000, now - this.#lastTick)) / 1_000)
    this.#lastTick = now
    if (waiting() > mostWaiting) return
    const jobs = Array.from({ length: due }, () => this.#next++)
    this.#follow(this.#batch(jobs.slice(ALONE)))
    for (const seq of jobs.slice(0, ALONE)) this.#follow(this.#alone(seq))
  }

  #follow(doing: Promise<void>): void {
    const following = doing
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#underWay.delete(following))
    this.#underWay.add(following)
  }

  #accept(id: string, seq: number): void {
    this.accepted.set(id, seq)
    this.#parts.onAccepted(id, seq)
  }

  #url(): string {
    const { urls } = this.#parts
    return urls[this.#requests++ % urls.length] ?? ''
  }

  #job(seq: number) {
    return jobOf(this.#parts.seed, seq, this.#parts.mix)
  }

  async #batch(jobs: readonly number[]): Promise<void> {
    const body = ndjson(jobs.map((seq) => this.#job(seq)))
    const answers = await sendBatch(this.#url(), [body]).then(
      (batch) => batch.answers,
      () => [],
    )
    let taken = 0
    for (const { line, id, status, code } of answers) {
      const seq = jobs[line - 1] ?? -1
      if (code === 'KAFKA_UNAVAILABLE') this.refused.add(seq)
      if (id === undefined || status !== 'queued') continue
      this.#accept(id, seq)
      taken++
    }
    this.#refused += jobs.length - taken
  }

  async #alone(seq: number): Promise<void> {
    const headers = { 'idempotency-key': `${this.#parts.seed}-${seq}` }
    for (let again = false; performance.now() < this.#stoppedAt + GIVE_UP_MS; again = true) {
      if (again) this.#repeated++
      const answer = await call(`${this.#url()}/api/jobs`, { json: this.#job(seq), headers }).catch(
        () => undefined,
      )
      if (answer?.status === 202) {
        return this.#accept((answer.body as JobView).id, seq)
      }
      if (answer !== undefined && answer.status < 500)
        throw new Error(`job ${seq} was refused: ${answer.text}`)
      await delay(300)
    }
    this.#refused++
  }

  async #sendPoison(): Promise<void> {
    const { topics, partitions } = this.#parts
    const topic = pick(topics, this.#random()) ?? ''
    const messages = [poisonRecord(this.#random, partitions)]
    // What is in the log counts, not what was sent: while Kafka is away some are lost on the way.
    await this.#producer.send({ topic, acks: -1, messages }).then(
      () => {
        this.#poison++
      },
      () => {},
    )
  }
}
