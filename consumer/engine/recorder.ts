import { setTimeout as delay } from 'node:timers/promises'
import { SerialLoop } from '../../core/serial-loop.ts'
import type { Logger } from '../../core/telemetry/logger.ts'

/** Results and bytes of one group at most. */
const MAX_GROUP = 500
const MAX_GROUP_BYTES = 16_000_000
/** Finished but unrecorded results and their bytes, at which no more jobs start. */
export const MAX_UNRECORDED = 1_000
const MAX_UNRECORDED_BYTES = 64_000_000
const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 2_000

/**
 * Group commit: results that arrive while a group is being written make up the next one. One group is in flight; a
 * group that can't be written is tried again, for ever, since its offsets are not committed until it is. Meanwhile, and
 * beyond {@link MAX_UNRECORDED}, the engine starts nothing.
 */
export interface RecorderEdges<Item> {
  /** Makes a group durable, all or none, except for what it refuses for good: resolves to that. */
  write(items: readonly Item[]): Promise<ReadonlySet<Item>>
  sizeOf(item: Item): number
  onWritten(recorded: readonly Item[], refused: readonly Item[]): void
}

export class Recorder<Item> {
  readonly #edges: RecorderEdges<Item>
  readonly #log: Logger
  #waiting: Item[] = []
  #inFlight = 0
  #bytes = 0
  readonly #writing = new SerialLoop(() => this.#drain())
  #failure: unknown
  readonly #gaveUp = new AbortController()

  constructor(edges: RecorderEdges<Item>, log: Logger) {
    this.#edges = edges
    this.#log = log
  }

  add(item: Item): void {
    this.#waiting.push(item)
    this.#bytes += this.#edges.sizeOf(item)
    this.#writing.poke()
  }

  get unrecorded(): number {
    return this.#waiting.length + this.#inFlight
  }

  /** Whether more may finish: else nothing is started. Nothing is while writing fails: a kill would repeat all that waits. */
  get hasRoom(): boolean {
    return (
      this.#failure === undefined && this.unrecorded < MAX_UNRECORDED && this.#bytes < MAX_UNRECORDED_BYTES
    )
  }

  /** Why the last write failed, while it is being tried again. */
  get failure(): unknown {
    return this.#failure
  }

  /** What is not recorded by now is given up (and not committed). */
  stop(): void {
    this.#gaveUp.abort()
  }

  async #drain(): Promise<void> {
    // A turn of the loop lets the jobs that end together be written together.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0 && !this.#gaveUp.signal.aborted) {
      const group = this.#takeGroup()
      this.#inFlight = group.length
      const refused = await this.#writeUntilDone(group)
      if (!refused) return
      this.#inFlight = 0
      for (const item of group) this.#bytes -= this.#edges.sizeOf(item)
      this.#edges.onWritten(
        group.filter((it) => !refused.has(it)),
        [...refused],
      )
    }
  }

  #takeGroup(): readonly Item[] {
    let bytes = 0
    const end = this.#waiting.findIndex((item, index) => {
      bytes += this.#edges.sizeOf(item)
      return index === MAX_GROUP || (index > 0 && bytes > MAX_GROUP_BYTES)
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  async #writeUntilDone(group: readonly Item[]): Promise<ReadonlySet<Item> | undefined> {
    for (let wait = RETRY_MIN_MS; ; wait = Math.min(RETRY_MAX_MS, wait * 2)) {
      try {
        const refused = await this.#edges.write(group)
        if (this.#failure !== undefined)
          this.#log.info({ results: group.length }, 'results can be recorded again')
        this.#failure = undefined
        return refused
      } catch (error) {
        if (this.#failure === undefined)
          this.#log.error({ err: error }, 'results can’t be recorded; trying again')
        this.#failure = error
        await delay(wait, undefined, { signal: this.#gaveUp.signal }).catch(() => {})
        if (this.#gaveUp.signal.aborted) return undefined
      }
    }
  }
}
