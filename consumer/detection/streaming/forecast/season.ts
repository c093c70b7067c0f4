import { savedBytes, savedFields, savedFloats, savedNumber } from '../saved.ts'
import { inGrains } from './grain.ts'

/** What a season says about a phase of its cycle. */
export interface Season {
  /** Length of a cycle, in steps. */
  readonly period: number
  /** True once two whole cycles are known: before, it has nothing to say. */
  readonly established: boolean
  /** The value usual at the position (in steps); undefined where nothing was seen at that phase yet. */
  usual(position: number): number | undefined
  /**
   * The phase's value moves towards this one: by its mean over the first cycles, then by `follow` of the way; never by
   * more than `limit` in one cycle, so that no outlier decides. It is remembered in whole `grain`s.
   */
  learn(position: number, value: number, limit: number, grain: number): void
  save(): unknown
}

/** Phases of a cycle that are told apart at most. */
const mostPhases = 2048
/** Cycles that a phase counts. */
const mostSeen = 255

export const createSeason = (period: number, follow: number, state?: unknown): Season => {
  const saved = state === undefined ? undefined : savedFields(state, 'season')
  const phases = Math.min(mostPhases, Math.max(1, Math.round(period)))
  const kept = saved ? savedFloats(saved, 'kept', phases) : new Float64Array(phases)
  const seen = saved ? savedBytes(saved, 'seen', phases) : new Uint8Array(phases)
  let rows = saved ? savedNumber(saved, 'rows', 0) : 0
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
      return (seen[phase] ?? 0) > 0 ? (kept[phase] ?? 0) : undefined
    },
    learn(position, value, limit, grain) {
      const phase = phaseOf(position)
      const times = seen[phase] ?? 0
      const before = kept[phase] ?? 0
      const change = Math.max(-limit, Math.min(limit, value - before))
      const after = times === 0 ? value : before + change * Math.max(1 / (times + 1), follow)
      kept[phase] = inGrains(after, grain)
      seen[phase] = Math.min(mostSeen, times + 1)
      rows++
    },
    save: () => ({ kept: kept.slice(), seen: seen.slice(), rows }),
  }
}
