/** What a scaler tells the masters: how many workers it wants, once a second, and its decisions, where they are news. */
import type { Decision } from '../core/events/event.ts'
import type { EventPublisher } from '../core/events/publisher.ts'
import { newsOf, type Told } from './news.ts'

const SAY_EVERY_MS = 1_000

export interface TellerParts {
  readonly events: Pick<EventPublisher, 'publish'>
  readonly min: number
  readonly max: number
  /** Workers that are wanted; undefined: nobody knows yet, and nothing is said. */
  readonly desired: () => number | undefined
}

export interface Teller {
  /** Tells a decision in any case. */
  say(decision: Decision): void
  /** Tells it where it is news, and whether it was. */
  tell(decision: Decision): boolean
  stop(): void
}

export const createTeller = ({ events, min, max, desired }: TellerParts): Teller => {
  let told: Told | undefined
  const publish = (wanted: number, decision?: Decision): void =>
    events.publish({
      kind: 'scaler',
      at: Date.now(),
      min,
      max,
      desired: wanted,
      ...(decision ? { decision } : {}),
    })
  const say = (decision: Decision): void => publish(desired() ?? decision.to, decision)
  const timer = setInterval(() => {
    const wanted = desired()
    if (wanted !== undefined) publish(wanted)
  }, SAY_EVERY_MS)
  return {
    say,
    tell(decision) {
      const news = newsOf(told, decision, Date.now())
      if (!news) return false
      told = news
      say(decision)
      return true
    },
    stop: () => clearInterval(timer),
  }
}
