/** Which decisions are worth telling: a scaler decides each second, and what it says is mostly what it said before. */
import type { Decision } from '../core/events/event.ts'

/** While it asks for the same, other grounds are told this often at most, ms. */
const QUIET_MS = 10_000

/** The last decision that was told. */
export interface Told {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly to: number
  readonly kind: string
}

/** A reason without its numbers: what remains is why. */
export const kindOf = (reason: string): string =>
  reason
    .replace(/\d[\d.,]*/g, '#')
    .replace(/# ms\b/g, '# s')
    .replace(/# ([A-Za-z]{2,}?)s\b/g, '# $1')

/** What to remember where a decision is news; undefined where it is not. */
export const newsOf = (told: Told | undefined, { to, reason }: Decision, at: number): Told | undefined => {
  const kind = kindOf(reason)
  const other = told === undefined || told.to !== to
  const otherGrounds = told !== undefined && told.kind !== kind && at - told.at >= QUIET_MS
  return other || otherGrounds ? { at, to, kind } : undefined
}
