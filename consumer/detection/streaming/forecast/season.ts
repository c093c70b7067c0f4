/** What a season says about a phase: the median of the last values at that phase, so that no single cycle decides. */
export interface Season {
  /** Length of a cycle, in steps. */
  readonly period: number
  /** True once two whole cycles are known: before, it has nothing to say. */
  readonly established: boolean
  /** The value usual at the position (in steps); undefined where nothing was seen at that phase yet. */
  usual(position: number): number | undefined
  learn(position: number, value: number): void
}

/** A season that remembers `cycles` values a phase. */
export const createSeason = (period: number, cycles: number): Season => {
  const phases = Math.max(1, Math.round(period))
  const kept = new Float64Array(phases * cycles)
  const seen = new Uint32Array(phases)
  const sorted = new Float64Array(cycles)
  let rows = 0
  // Rounded rather than cut, so that positions a hair off a step's boundary stay in one phase.
  const phaseOf = (position: number): number => {
    const turns = position / period
    return Math.round((turns - Math.floor(turns)) * phases) % phases
  }
  return {
    period,
    get established() {
      return rows > 2 * period
    },
    usual(position) {
      const phase = phaseOf(position)
      const count = Math.min(cycles, seen[phase] ?? 0)
      if (count === 0) return undefined
      // Insertion sort: for five values it is faster than any call.
      for (let at = 0; at < count; at++) {
        const value = kept[phase * cycles + at] ?? 0
        let to = at
        for (; to > 0 && (sorted[to - 1] ?? 0) > value; to--) sorted[to] = sorted[to - 1] ?? 0
        sorted[to] = value
      }
      const [low, high] = [sorted[(count - 1) >> 1] ?? 0, sorted[count >> 1] ?? 0]
      return low + (high - low) / 2
    },
    learn(position, value) {
      const phase = phaseOf(position)
      const times = seen[phase] ?? 0
      kept[phase * cycles + (times % cycles)] = value
      seen[phase] = times + 1
      rows++
    },
  }
}
