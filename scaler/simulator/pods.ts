/**
 * The pods of the Deployment (locally: worker processes): asked for, starting, in the group, leaving. A Deployment that shrinks
 * ends those that are not Ready yet first, then the newest.
 */
import type { Random } from './random.ts'
import type { TimingSettings } from './settings.ts'

interface Starting {
  readonly pod: number
  readonly joinAt: number
}

interface Leaving {
  readonly pod: number
  readonly goneAt: number
}

/** What changed in a step, by pod. */
export interface PodChanges {
  readonly joined: readonly number[]
  readonly gone: readonly number[]
}

const NO_CHANGES: PodChanges = { joined: [], gone: [] }

export class Pods {
  /** Members of the group that are not told to leave, in the order in which they joined. */
  #members: number[]
  #starting: Starting[] = []
  #leaving: Leaving[] = []
  readonly #told = new Set<number>()
  #made: number
  readonly #timing: TimingSettings
  /** What a leaving pod lets end, ms. */
  readonly #drainMs: number
  readonly #random: Random

  constructor(replicas: number, timing: TimingSettings, serviceMs: number, random: Random) {
    this.#members = Array.from({ length: replicas }, (_, pod) => pod)
    this.#made = replicas
    this.#timing = timing
    this.#drainMs = Math.min(serviceMs, timing.drainTimeoutMs)
    this.#random = random
  }

  /** Pods there are, those that start or leave included: what is paid for. */
  get existing(): number {
    return this.#starting.length + this.#members.length + this.#leaving.length
  }

  /** Asked for: `spec.replicas`. */
  get desired(): number {
    return this.#starting.length + this.#members.length
  }

  /** Told to leave: such a pod starts nothing more. */
  get leaving(): ReadonlySet<number> {
    return this.#told
  }

  /** Starts pods, or tells some to leave. */
  ask(replicas: number, nowMs: number): void {
    const { startupMs, startupSpread, joinMs } = this.#timing
    for (let missing = replicas - this.desired; missing > 0; missing--) {
      const startup = startupMs * (1 + startupSpread * (2 * this.#random() - 1))
      // It is Ready when the group has let it in.
      this.#starting.push({ pod: this.#made++, joinAt: nowMs + Math.max(0, startup - joinMs) })
    }
    const surplus = this.desired - replicas
    if (surplus <= 0) return
    this.#starting.splice(Math.max(0, this.#starting.length - surplus))
    const told = this.#members.splice(Math.min(replicas, this.#members.length))
    for (const pod of told) {
      this.#leaving.push({ pod, goneAt: nowMs + this.#drainMs })
      this.#told.add(pod)
    }
  }

  /** Lets those join, and those go, whose time has come. */
  advance(nowMs: number): PodChanges {
    if (this.#starting.length === 0 && this.#leaving.length === 0) return NO_CHANGES
    const joined = this.#starting.filter(({ joinAt }) => joinAt <= nowMs).map(({ pod }) => pod)
    const gone = this.#leaving.filter(({ goneAt }) => goneAt <= nowMs).map(({ pod }) => pod)
    this.#starting = this.#starting.filter(({ joinAt }) => joinAt > nowMs)
    this.#leaving = this.#leaving.filter(({ goneAt }) => goneAt > nowMs)
    this.#members.push(...joined)
    return { joined, gone }
  }
}
