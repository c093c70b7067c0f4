/**
 * How many rows the labels may be off by in VUS-PR: the series' period as TSB-AD finds it (`find_length_rank`), the lag from 3 on
 * at which the autocorrelation of the first 20,000 rows has its largest local maximum, or 125 where that is too short, too long or
 * none. The measure's own: detectors find their periods as they like. Of several columns, the first one's.
 */
const MOST_ROWS = 20_000
const MOST_LAGS = 400
const FIRST_LAG = 3
const SHORTEST = 3
const LONGEST = 300
const ELSE = 125

/** L of VUS-PR, in rows. O(400 n). */
export const bufferOf = (values: Float64Array): number => {
  const seen = values.subarray(0, MOST_ROWS)
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length
  const around = seen.map((value) => value - mean)
  const lags = Math.min(MOST_LAGS, around.length - 1)
  const correlation = Float64Array.from({ length: Math.max(0, lags + 1 - FIRST_LAG) }, (_, at) => {
    let sum = 0
    for (let row = at + FIRST_LAG; row < around.length; row++) {
      sum += (around[row] ?? 0) * (around[row - at - FIRST_LAG] ?? 0)
    }
    return sum
  })
  let best: number | undefined
  for (let at = 1; at < correlation.length - 1; at++) {
    const here = correlation[at] ?? 0
    if (here <= (correlation[at - 1] ?? 0) || here <= (correlation[at + 1] ?? 0)) continue
    if (best === undefined || here > (correlation[best] ?? 0)) best = at
  }
  return best === undefined || best < SHORTEST || best > LONGEST ? ELSE : best + FIRST_LAG
}
