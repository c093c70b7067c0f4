/**
 * What goes wrong, and when: a pure function of seed, length and the groups of faults that are wanted.
 *
 * Faults come in rounds. A round is a shuffled deck with every fault of the groups in it (one of each group where the
 * whole run is too short for that), dealt at about equal distances. Everything is healed at the end.
 */
import { randomFrom } from '../support/random.ts'
import { type Card, decks, type FaultGroup, type FaultKind } from './deck.ts'
import { between, type Random, shuffled } from './random.ts'

export interface Fault {
  /** Milliseconds since the start of the run. */
  readonly at: number
  readonly kind: FaultKind
  readonly forMs: number
  /** In [0, 1): which of the workers that are there at that moment. */
  readonly target: number
  /** Of connections: all workers instead of one. */
  readonly everyone: boolean
  /** Of `scale`: how many workers from then on. */
  readonly workers: number
}

type Drawn = Omit<Fault, 'at'>

/** Workers at the start, at least and at most. */
export const fleetSize = { start: 3, min: 2, max: 6 } as const

/** Distance of two faults: a deck of all groups is dealt in less than 60 s. */
const STEP_MS = 4_200
/** How often a round is dealt anew in which not every card has found room. */
const MOST_DEALS = 50
/** Lasting faults at once, so that progress is possible. */
export const MAX_OVERLAP = 3
/** The first fault meets workers that work. */
const FIRST_MS = 1_000
/** A server that was restarted is left in peace for that long: it comes up, and is found again by those who use it. */
const SERVER_REST_MS = 4_000

/**
 * Workers that lose Kafka come back as new members of the group, which waits for the old ones until their sessions of 10 s
 * end; a broker takes some seconds to come up, and counts the sessions anew. What happens to all of them more often than
 * that leaves no time to work in.
 */
const GROUP_REST_MS = 20_000

const meetsGroup = ({ kind, everyone }: Drawn): boolean =>
  kind.startsWith('broker') || (everyone && kind.endsWith('kafka'))

const isServer = (kind: FaultKind): boolean => kind.startsWith('broker') || kind.startsWith('database')

/** When a fault is over, as far as the distance to others goes. */
export const endOf = ({ at, kind, forMs }: Fault): number =>
  at + forMs + (isServer(kind) ? SERVER_REST_MS : 0)

const oneKind = (random: Random, cards: readonly Card[]): Card[] => {
  const [chosen] = shuffled(random, cards)
  return cards.filter(({ kind }) => kind === chosen?.kind)
}

/** The cards of a round, in random order: all of the groups where there is time for them, else one of each group. */
const draw = (random: Random, groups: readonly FaultGroup[], endMs: number): Drawn[] => {
  const fitting = groups.map((group): Card[] => {
    const cards = decks[group].filter(({ forMs: [min] }) => min + 2 * FIRST_MS < endMs)
    return group === 'scale' ? [...cards, ...cards] : cards
  })
  const whole = fitting.flat().length * STEP_MS <= endMs
  const cards = whole ? fitting.flat() : fitting.flatMap((it) => oneKind(random, it))
  return shuffled(random, cards).map(({ kind, forMs: [min, max] }) => ({
    kind,
    forMs: between(random, min, Math.min(max, Math.max(min, Math.floor(endMs / 3)))),
    target: random(),
    everyone: random() < 1 / 4,
    workers: 0,
  }))
}

const fits = (card: Drawn, at: number, endMs: number, before: readonly Fault[]): boolean => {
  const active = before.filter((fault) => endOf(fault) > at)
  if (at + card.forMs > endMs || active.some(({ kind }) => kind === card.kind)) return false
  if (isServer(card.kind) && active.some(({ kind }) => isServer(kind))) return false
  const regrouping = before.some((it) => meetsGroup(it) && it.at + it.forMs + GROUP_REST_MS > at)
  if (regrouping && meetsGroup(card)) return false
  return card.forMs === 0 || active.length < MAX_OVERLAP
}

/** Deals a deck from `startMs` on, a card about every `stepMs`; a card that finds no room in its round is left out. */
const deal = (
  random: Random,
  deck: readonly Drawn[],
  startMs: number,
  stepMs: number,
  endMs: number,
  before: readonly Fault[],
): Fault[] => {
  const left = [...deck]
  const dealt: Fault[] = []
  const roundEndMs = Math.min(endMs, startMs + deck.length * stepMs)
  for (let slot = 0, at = before.at(-1)?.at ?? FIRST_MS; slot < deck.length; slot++) {
    at = Math.max(at, Math.round(startMs + (slot + random() * 0.6) * stepMs))
    for (; at < roundEndMs; at += 250) {
      const card = left.find((it) => fits(it, at, endMs, [...before, ...dealt]))
      if (!card) continue
      left.splice(left.indexOf(card), 1)
      dealt.push({ ...card, at })
      break
    }
  }
  return dealt
}

/** Each `scale` gets a number that differs from the one before; up and down in turn. */
const withWorkers = (random: Random, faults: readonly Fault[]): Fault[] => {
  const { start, min, max } = fleetSize
  let workers: number = start
  let up = random() < 0.5
  return faults.map((fault) => {
    if (fault.kind !== 'scale') return fault
    workers = up ? between(random, workers + 1, max) : between(random, min, workers - 1)
    up = !up
    return { ...fault, workers }
  })
}

/** The faults of a run of `seconds`, by time. */
export const makeSchedule = (seed: number, seconds: number, groups: readonly FaultGroup[]): Fault[] => {
  const random = randomFrom(seed)
  const endMs = seconds * 1_000
  let faults: Fault[] = []
  for (let startMs = 0; startMs < endMs; ) {
    const size = draw(random, groups, endMs).length
    if (size === 0) break
    const stepMs = Math.min(STEP_MS, endMs / size)
    const round = (): Fault[] => deal(random, draw(random, groups, endMs), startMs, stepMs, endMs, faults)
    let dealt = round()
    // Long ones that come late may find no room: then it is dealt anew. In a last, short round not all can have room.
    const deals = startMs + size * stepMs <= endMs ? MOST_DEALS : 1
    for (let again = 1; again < deals && dealt.length < size; again++) {
      const other = round()
      if (other.length > dealt.length) dealt = other
    }
    faults = [...faults, ...dealt]
    startMs += size * stepMs
  }
  return withWorkers(random, faults)
}

/** A fault in words. */
export const describeFault = ({ kind, forMs, everyone, workers }: Fault): string =>
  [
    kind,
    ...(kind === 'scale' ? [`to ${workers}`] : []),
    ...(forMs > 0 ? [`for ${(forMs / 1_000).toFixed(1)} s`] : []),
    ...(everyone && /^(cut|half)/.test(kind) ? ['of everyone'] : []),
  ].join(' ')
