/** Cancels jobs, wherever they are by then, and replays dead letters, as those would who run the platform. */
import type pg from 'pg'
import { type Answer, call } from '../support/api.ts'
import type { Cancel, Replay } from './evidence.ts'
import { type JobMix, jobOf, meddlingOf } from './jobs.ts'
import { deadJobs } from './tables.ts'

const LOOK_MS = 500
/** A request is given up after this: what comes of it is unclear then. */
const LIMIT_MS = 10_000

export interface OperatorParts {
  readonly seed: number
  readonly mix: JobMix
  /** Of the masters: any of them may be asked. */
  readonly urls: readonly string[]
  readonly pool: pg.Pool
}

const cancelAnswers: Readonly<Record<number, Cancel['answer']>> = {
  200: 'cancelled',
  409: 'too late',
  404: 'not found',
}
const replayAnswers: Readonly<Record<number, Replay>> = { 202: 'replayed', 404: 'refused', 409: 'refused' }

/** The machine's monotonic clock, as the handler reads it, ms. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

export class Operator {
  readonly #parts: OperatorParts
  readonly #seqs = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #underWay = new Set<Promise<void>>()
  readonly cancels = new Map<string, Cancel>()
  readonly replays = new Map<string, Replay>()
  #looking = false
  #asked = 0
  #stopped = false

  constructor(parts: OperatorParts) {
    this.#parts = parts
  }

  start(): void {
    const timer = setInterval(() => this.#follow(this.#look()), LOOK_MS)
    this.#timers.add(timer)
  }

  /** A job was accepted: plans what is done to it. */
  accepted(id: string, seq: number): void {
    this.#seqs.set(id, seq)
    const { cancelAfterMs } = this.#meddling(seq)
    if (cancelAfterMs === undefined || this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#follow(this.#cancel(id))
    }, cancelAfterMs)
    this.#timers.add(timer)
  }

  /** Asks for no more, and waits for the answers under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#underWay)
  }

  #meddling(seq: number) {
    const { seed, mix } = this.#parts
    return meddlingOf(seed, jobOf(seed, seq, mix))
  }

  #follow(doing: Promise<void>): void {
    const following = doing.finally(() => this.#underWay.delete(following))
    this.#underWay.add(following)
  }

  /** Undefined where nobody answers. */
  #ask(path: string, method: string): Promise<Answer | undefined> {
    const { urls } = this.#parts
    const url = urls[this.#asked++ % urls.length]
    return call(`${url}/api/jobs/${path}`, { method, limitMs: LIMIT_MS }).catch(() => undefined)
  }

  async #cancel(id: string): Promise<void> {
    const answer = await this.#ask(id, 'DELETE')
    this.cancels.set(id, { answer: cancelAnswers[answer?.status ?? 0] ?? 'unclear', at: monotonicMs() })
  }

  async #replay(id: string): Promise<void> {
    const answer = await this.#ask(`${id}/replay`, 'POST')
    this.replays.set(id, replayAnswers[answer?.status ?? 0] ?? 'unclear')
  }

  /** Replays what has died and was not asked for before; while the database is away nobody knows. */
  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const dead = await deadJobs(this.#parts.pool).catch(() => [])
    this.#looking = false
    for (const id of dead) {
      const seq = this.#seqs.get(id)
      if (this.#stopped || seq === undefined || this.replays.has(id) || !this.#meddling(seq).replay) continue
      this.replays.set(id, 'unclear')
      this.#follow(this.#replay(id))
    }
  }
}
