/** An alarm: the first point of an event, and why it is one, in words. */
import { randomUUID } from 'node:crypto'
import type { Alarm } from '../../../core/series/watch.ts'
import { severityOf } from '../../detection/ranges.ts'
import { probabilityOf } from '../../detection/score.ts'
import type { Verdict } from './watcher.ts'

export interface Alarming extends Verdict {
  readonly series: string
  readonly row: number
  readonly value: number
  /** ms since the epoch; undefined where the series has no times. */
  readonly timeMs: number | undefined
}

const said = (value: number): string => String(Number(value.toPrecision(4)))
const known = (value: number): number | null => (Number.isNaN(value) ? null : value)

const explain = ({ value, score, expected, lower, upper }: Alarming): string => {
  const usual = Number.isNaN(expected)
    ? ''
    : ` where ${said(expected)} was expected (${said(lower)} to ${said(upper)})`
  return `The value ${said(value)}${usual}: about ${said(probabilityOf(score))} of usual points are as strange.`
}

export const alarmOf = (at: Alarming, raisedAt: number): Alarm => ({
  id: randomUUID(),
  series: at.series,
  ...(at.timeMs === undefined ? {} : { at: new Date(at.timeMs).toISOString() }),
  row: at.row,
  value: at.value,
  score: at.score,
  severity: severityOf(at.score),
  expected: known(at.expected),
  lower: known(at.lower),
  upper: known(at.upper),
  explanation: explain(at),
  raisedAt: new Date(raisedAt).toISOString(),
})
