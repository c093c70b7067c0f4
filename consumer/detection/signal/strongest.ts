/** The usual score is the median; scores over this share of all are what is far from it. */
const far = 0.85
/** As many scores, evenly taken, tell both. */
const enough = 100_000
const power = 4
/** Further out nothing is told apart: fourth powers don't overflow. */
const farthest = 1e70

/**
 * Several scores of the same points as one: of each how far it is above its median, in units of the way from there to its 85 %
 * quantile; then the root of the sum of fourth powers, which is about the largest of them.
 */
export const strongest = (scores: readonly Float64Array[]): Float64Array => {
  const together = new Float64Array(scores[0]?.length ?? 0)
  for (const each of scores) {
    const every = Math.ceil(each.length / enough)
    const sorted = each.filter((_, at) => at % every === 0).sort()
    const median = sorted[sorted.length >> 1] ?? 0
    const reach = (sorted[Math.floor(far * (sorted.length - 1))] ?? 0) - median
    const unit = reach > 0 ? reach : (sorted.at(-1) ?? 0) - median
    if (!(unit > 0)) continue
    for (let at = 0; at < together.length; at++) {
      const units = Math.max(0, ((each[at] ?? 0) - median) / unit)
      together[at] = (together[at] ?? 0) + Math.min(farthest, units) ** power
    }
  }
  return together.map((sum) => sum ** (1 / power))
}
