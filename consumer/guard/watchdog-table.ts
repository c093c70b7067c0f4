/**
 * What runs in the main thread, in memory that the watchdog's thread sees while the main thread stands still. An entry
 * costs some 130 ns a job: two short copies into a slot, no message.
 *
 * Layout: a header of 8 bytes (beats, debugged), then slots of 128: the entry's number (4 bytes), lengths of id and type (1
 * each), id (at 8, 40 bytes), type (at 48, 80 bytes). A slot whose type has no length is free. Only the main thread writes;
 * the other reads slots once the main thread has stood still for long, so that nothing is torn.
 */
const HEADER = 8
const SLOT = 128
const ID_LENGTH = 4
const TYPE_LENGTH = 5
const ID = 8
const TYPE = 48
const BEATS = 0
const DEBUGGED = 1

export interface RunningJob {
  readonly job: string
  readonly type: string
}

export class RunningTable {
  readonly memory: SharedArrayBuffer
  readonly #bytes: Buffer
  readonly #numbers: Int32Array
  readonly #free: number[]
  #last = 0

  /** Room for `slots` entries; those beyond are not seen. */
  constructor(slots: number) {
    this.memory = new SharedArrayBuffer(HEADER + slots * SLOT)
    this.#bytes = Buffer.from(this.memory)
    this.#numbers = new Int32Array(this.memory)
    this.#free = Array.from({ length: slots }, (_, slot) => HEADER + slot * SLOT)
  }

  /** Notes that a job runs; gives what {@link leave} wants. */
  enter(job: string, type: string): number {
    const at = this.#free.pop()
    if (at === undefined) return 0
    const bytes = this.#bytes
    this.#last = (this.#last + 1) | 0
    this.#numbers[at >> 2] = this.#last
    bytes[at + ID_LENGTH] = bytes.write(job, at + ID, TYPE - ID, 'latin1')
    bytes[at + TYPE_LENGTH] = bytes.write(type, at + TYPE, SLOT - TYPE, 'latin1')
    return at
  }

  leave(at: number): void {
    if (at === 0) return
    this.#bytes[at + TYPE_LENGTH] = 0
    this.#free.push(at)
  }

  /** The main thread's sign of life; `debugged` says that a debugger may hold it. */
  beat(debugged: boolean): void {
    Atomics.store(this.#numbers, DEBUGGED, debugged ? 1 : 0)
    Atomics.add(this.#numbers, BEATS, 1)
  }
}

/** The other thread's view. */
export class RunningTableView {
  readonly #bytes: Buffer
  readonly #numbers: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = Buffer.from(memory)
    this.#numbers = new Int32Array(memory)
  }

  get beats(): number {
    return Atomics.load(this.#numbers, BEATS)
  }

  get debugged(): boolean {
    return Atomics.load(this.#numbers, DEBUGGED) === 1
  }

  /** The jobs that run, started last first: what never gives the loop back has most often just been started. */
  running(): RunningJob[] {
    const found: (RunningJob & { number: number })[] = []
    const bytes = this.#bytes
    for (let at = HEADER; at < bytes.length; at += SLOT) {
      const typeLength = bytes[at + TYPE_LENGTH] ?? 0
      if (typeLength === 0) continue
      const idLength = bytes[at + ID_LENGTH] ?? 0
      found.push({
        number: this.#numbers[at >> 2] ?? 0,
        job: bytes.toString('latin1', at + ID, at + ID + idLength),
        type: bytes.toString('latin1', at + TYPE, at + TYPE + typeLength),
      })
    }
    // The difference, not the order: the number wraps.
    found.sort((a, b) => (b.number - a.number) | 0)
    return found.map(({ job, type }) => ({ job, type }))
  }
}
