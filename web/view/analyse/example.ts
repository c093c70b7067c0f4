/** A series to try the page with: two weeks of a service's requests, a point each 5 minutes, with three events in them. Pure: the same each time. */

const DAY = 288
const DAYS = 14
const BEGIN_MS = Date.UTC(2026, 0, 5)
const STEP_MS = 300_000

/** Numbers from 0 to 1, a pure function of the seed (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let it = Math.imul(state ^ (state >>> 15), 1 | state)
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A spike of twenty minutes, an outage of three hours, and a night that is as busy as a day. */
export const exampleEvents = [
  { from: 6 * DAY + 190, to: 6 * DAY + 193 },
  { from: 9 * DAY + 130, to: 9 * DAY + 165 },
  { from: 12 * DAY + 10, to: 12 * DAY + 70 },
] as const
const [spike, outage, night] = exampleEvents

const within = (row: number, { from, to }: { from: number; to: number }): boolean => row >= from && row <= to

const values = (): number[] => {
  const random = randomOf(20260105)
  const noise = (): number => (random() + random() + random() - 1.5) * 90
  return Array.from({ length: DAY * DAYS }, (_, row) => {
    const hour = ((row % DAY) / DAY) * 2 * Math.PI
    const usual = 620 - 340 * Math.cos(hour) - 60 * Math.cos(2 * hour) + noise()
    if (within(row, spike)) return usual + 700
    if (within(row, outage)) return usual * 0.35
    if (within(row, night)) return usual + 480
    return usual
  })
}

export const exampleName = 'Example: requests a second'

export const exampleRows = (): { readonly timestamp: string; readonly value: number }[] =>
  values().map((value, row) => ({
    timestamp: new Date(BEGIN_MS + row * STEP_MS).toISOString(),
    value: Number(value.toFixed(1)),
  }))

export const exampleCsv = (): string =>
  `timestamp,requests\n${exampleRows()
    .map(({ timestamp, value }) => `${timestamp},${value}\n`)
    .join('')}`
