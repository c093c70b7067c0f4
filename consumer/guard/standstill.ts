/**
 * How long the main thread has stood still, measured from beside it.
 *
 * Only time in which the measuring thread itself ran counts: when the whole process is frozen (SIGSTOP, a laptop asleep,
 * a stalled machine) both stand still, and the first look afterwards sees a gap that says nothing about the main
 * thread. So one look never adds more than twice its period.
 */
export class Standstill {
  readonly #periodMs: number
  #beats: number
  #lookedAt: number
  #ms = 0

  /** `periodMs`: time between two looks; the main thread beats more often. */
  constructor(periodMs: number, beats: number, now: number) {
    this.#periodMs = periodMs
    this.#beats = beats
    this.#lookedAt = now
  }

  /** Takes a look. `ms`: how long it stands still by now; `ended`: how long it had, where it has just gone on. */
  look(beats: number, now: number): { readonly ms: number; readonly ended: number } {
    const passed = Math.min(now - this.#lookedAt, 2 * this.#periodMs)
    this.#lookedAt = now
    if (beats === this.#beats) {
      this.#ms += passed
      return { ms: this.#ms, ended: 0 }
    }
    const ended = this.#ms
    this.#beats = beats
    this.#ms = 0
    return { ms: 0, ended }
  }
}
