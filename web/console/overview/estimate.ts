/** When what waits will be done, at the rates of now. Pure. */
import { wholeSeconds } from '../../kit/format.ts'

export interface Outlook {
  readonly text: string
  /** Why, in few words. */
  readonly about: string
}

/** Rates are means over ten seconds: nearer to each other than this share they are the same. */
const SAME = 0.05
const DAY_MS = 86_400_000

/** `lag` in jobs, rates in jobs/s. */
export const outlookOf = (lag: number, arrivalRate: number, drainRate: number): Outlook => {
  if (lag === 0 && arrivalRate === 0 && drainRate === 0) return { text: 'Idle', about: 'nothing waits' }
  if (lag === 0) return { text: 'Keeps up', about: 'nothing waits' }
  const net = drainRate - arrivalRate
  if (net <= SAME * Math.max(arrivalRate, drainRate)) {
    if (arrivalRate === 0) return { text: '–', about: 'nothing has ended of late' }
    return -net > SAME * arrivalRate
      ? { text: 'Grows', about: 'more comes than goes' }
      : { text: 'Holds', about: 'as much comes as goes' }
  }
  const ms = (lag / net) * 1_000
  const text = ms > DAY_MS ? 'Over a day' : wholeSeconds(Math.ceil(ms / 1_000) * 1_000)
  return { text, about: 'at the rates of now' }
}
