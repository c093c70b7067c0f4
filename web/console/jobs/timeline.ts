/** A job's life as segments in time, and how wide each is drawn. Pure. */
import type { Attempt, Job } from '../../kit/api/types.ts'
import { duration, plural } from '../../kit/format.ts'

/** `ahead`: planned, until it may run. */
export type SegmentKind = 'wait' | 'run' | 'backoff' | 'ahead'

export interface Segment {
  readonly kind: SegmentKind
  /** What it was, in words. */
  readonly text: string
  readonly ms: number
  /** It goes on now. */
  readonly open: boolean
  /** How an attempt ended, as the badges look. */
  readonly look?: 'run' | 'good' | 'warn' | 'bad' | 'off'
  readonly attempt?: number
}

/** Clocks of machines differ a little: nothing takes less than no time. */
const between = (from: number, to: number): number => Math.max(0, to - from)
const ms = (at: string): number => Date.parse(at)

const lookOf = (attempt: Attempt, job: Job, isLast: boolean): NonNullable<Segment['look']> => {
  if (!isLast) return attempt.error ? 'warn' : 'off'
  if (job.status === 'succeeded') return 'good'
  if (job.status === 'dead') return 'bad'
  if (attempt.error) return 'warn'
  return job.status === 'cancelled' ? 'off' : 'run'
}

/** Why nothing ran before this attempt. What can't be tried again was replayed by somebody. */
const gapText = (before: Attempt | undefined): string => {
  if (before === undefined) return 'Waiting'
  // A backoff, or the time until somebody put it back: jobs don't tell which.
  return before.error?.retryable === false ? 'Until it was replayed' : 'Until the next'
}

const openText = ({ waitsFor }: Job, before: Attempt | undefined): string => {
  if (waitsFor === 'replay') return 'Replayed, waiting'
  return before ? 'Backoff' : 'Waiting'
}

/** From its submission to its end, or to `now`, and on to the time that it waits for. Nothing is left out, however short. */
export const segmentsOf = (job: Job, now: number): Segment[] => {
  const segments: Segment[] = []
  let from = ms(job.submittedAt)
  let before: Attempt | undefined
  job.attempts.forEach((attempt, index) => {
    const started = ms(attempt.startedAt)
    const gap = between(from, started)
    if (gap > 0 || index === 0)
      segments.push({
        kind: index === 0 ? 'wait' : 'backoff',
        text: gapText(before),
        ms: gap,
        open: false,
      })
    const isLast = index === job.attempts.length - 1
    const end = attempt.finishedAt ?? (isLast ? job.finishedAt : undefined)
    const open = end === undefined && isLast
    // One that was cut off and left no end: the next begins where it was.
    const ended = end === undefined ? (open ? now : started) : ms(end)
    segments.push({
      kind: 'run',
      text: `Attempt ${attempt.attempt}`,
      ms: between(started, ended),
      open,
      look: lookOf(attempt, job, isLast),
      attempt: attempt.attempt,
    })
    from = Math.max(started, ended)
    before = attempt
  })
  const runs = segments.at(-1)?.open === true
  if (job.finishedAt !== undefined) {
    const rest = between(from, ms(job.finishedAt))
    if (job.attempts.length === 0 || (rest > 0 && job.status === 'cancelled'))
      segments.push({
        kind: before ? 'backoff' : 'wait',
        text: before ? 'Until it was cancelled' : 'Waiting',
        ms: rest,
        open: false,
      })
  } else if (!runs) {
    segments.push({
      kind: before ? 'backoff' : 'wait',
      text: openText(job, before),
      ms: between(from, now),
      open: true,
    })
    const ahead = job.runAt === undefined ? 0 : between(now, ms(job.runAt))
    if (ahead > 0) {
      const text = job.waitsFor === 'retry' ? 'Until its retry' : 'Until its time'
      segments.push({ kind: 'ahead', text, ms: ahead, open: false })
    }
  }
  return segments
}

/** At most so many times wider than the narrowest. */
const MOST_RATIO = 16
/** Each takes this share at least, or as much as there is for so many. */
const LEAST_SHARE = 0.025

export interface Layout {
  /** Of the whole, 1; in the order of the segments. */
  readonly shares: readonly number[]
  /** False: short ones are drawn wider than they are, so that they are seen. */
  readonly toScale: boolean
}

/**
 * Widths for lengths (ms). To scale where that can be seen; else by a power of the length that brings the longest down to {@link MOST_RATIO}
 * times the shortest. Either way a longer one is never narrower than a shorter one.
 */
export const layOut = (lengths: readonly number[]): Layout => {
  if (lengths.length === 0) return { shares: [], toScale: true }
  const sizes = lengths.map((it) => Math.max(1, it))
  const spread = Math.max(...sizes) / Math.min(...sizes)
  const power = spread <= MOST_RATIO ? 1 : Math.log(MOST_RATIO) / Math.log(spread)
  const powers = sizes.map((it) => it ** power)
  const sum = powers.reduce((a, b) => a + b, 0)
  const least = Math.min(LEAST_SHARE, 0.5 / lengths.length)
  const raised = powers.map((it) => Math.max(least, it / sum))
  const all = raised.reduce((a, b) => a + b, 0)
  return { shares: raised.map((it) => it / all), toScale: power === 1 && all < 1.001 }
}

const total = (segments: readonly Segment[], ...kinds: SegmentKind[]): number =>
  segments.filter(({ kind }) => kinds.includes(kind)).reduce((sum, it) => sum + it.ms, 0)

/** The whole in a sentence, for those who don't see the drawing. */
export const summaryOf = (segments: readonly Segment[]): string => {
  const runs = segments.filter(({ kind }) => kind === 'run').length
  const between = total(segments, 'backoff')
  const all = total(segments, 'wait', 'run', 'backoff')
  if (runs === 0) return segments[0]?.open ? `Has waited ${duration(all)}` : `Waited ${duration(all)}`
  const parts = [
    `Waited ${duration(total(segments, 'wait'))}`,
    `ran ${duration(total(segments, 'run'))} in ${plural(runs, 'attempt')}`,
    ...(between === 0
      ? []
      : [`${duration(between)} ${runs === 1 ? 'waiting for another' : 'between attempts'}`]),
  ]
  return `${parts.join(', ')}; ${duration(all)} in all`
}
