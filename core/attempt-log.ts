import type { Attempt, LogLine } from './job.ts'

const MAX_LINES = 100
const MAX_BYTES = 16_000
/** Of all attempts of a job together. */
const MAX_JOB_BYTES = 64_000

/** What a line takes, as JSON. */
const bytesOf = ({ text }: LogLine): number => 40 + Buffer.byteLength(JSON.stringify(text))

/** The last lines that an attempt has logged, and how many there were. Lines are numbered from 1 on. */
export class AttemptLog {
  readonly #lines: LogLine[] = []
  #bytes = 0
  #count = 0

  /** Lines logged so far. */
  get count(): number {
    return this.#count
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#bytes
  }

  add(line: LogLine): void {
    this.append([line], this.#count + 1)
  }

  /** Adds lines of which the last has the number `count`: those that are here already stay out, those between are missing. */
  append(lines: readonly LogLine[], count: number): void {
    if (count <= this.#count) return
    for (const line of lines.slice(-(count - this.#count))) {
      this.#lines.push(line)
      this.#bytes += bytesOf(line)
    }
    this.#count = count
    while (this.#lines.length > MAX_LINES || this.#bytes > MAX_BYTES) {
      const oldest = this.#lines.shift()
      if (oldest) this.#bytes -= bytesOf(oldest)
    }
  }

  /** Those after the first `count` that are kept. */
  since(count: number): LogLine[] {
    return count >= this.#count ? [] : this.#lines.slice(-(this.#count - count))
  }

  /** As an attempt is told: empty where nothing was logged. */
  told(): Pick<Attempt, 'log' | 'logDropped'> {
    if (this.#count === 0) return {}
    const dropped = this.#count - this.#lines.length
    return { log: [...this.#lines], ...(dropped > 0 ? { logDropped: dropped } : {}) }
  }
}

/** Bytes of the log of an attempt, as JSON, about. */
export const logBytesOf = ({ log = [] }: Attempt): number => log.reduce((sum, line) => sum + bytesOf(line), 0)

/** Drops the logs of the oldest attempts in place, until those of all together are at most 64 kB. */
export const boundLogs = (attempts: Attempt[]): void => {
  let room = MAX_JOB_BYTES
  for (let at = attempts.length - 1; at >= 0; at--) {
    const attempt = attempts[at]
    if (!attempt?.log) continue
    room -= logBytesOf(attempt)
    if (room >= 0) continue
    const { log, logDropped = 0, ...rest } = attempt
    attempts[at] = { ...rest, logDropped: logDropped + log.length }
  }
}
