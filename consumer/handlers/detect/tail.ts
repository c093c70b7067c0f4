const perDecade = 32
const lowest = -4
const bins = perDecade * 12
const fitEvery = 8
const tailShare = 0.05
const priorExcesses = 10
const priorMeanExcess = 0.5
const maxShape = 0.4
const floorP = 1e-12

const lowerEdge = Float64Array.from({ length: bins }, (_, bin) => 10 ** (lowest + bin / perDecade))
const binOf = (u: number): number =>
  u <= 0 ? -1 : Math.min(bins - 1, Math.floor((Math.log10(u) - lowest) * perDecade))

export interface Tail {
  probability(magnitude: number): number
  learn(magnitude: number, floor: number): void
}

export const createTail = (memory: number) => {
  const weight = new Float64Array(bins)
  const sum = new Float64Array(bins)
  const squares = new Float64Array(bins)
  let total = 0
  let increment = 1
  let scale = 0
  let rows = 0
  let t = 0
  let share = 1
  let sigma = priorMeanExcess
  let shape = 0
  const fit = () => {
    let w = 0,
      s = 0,
      q = 0
    let bin = bins
    while (bin > 0 && w < tailShare * total) {
      bin--
      w += weight[bin] ?? 0
      s += sum[bin] ?? 0
      q += squares[bin] ?? 0
    }
    t = lowerEdge[bin] ?? 0
    share = Math.max(tailShare, w / total)
    const n = w / increment
    const mean0 = w > 0 ? s / w - t : 0
    const mean = (mean0 * n + priorMeanExcess * priorExcesses) / (n + priorExcesses)
    const second = w > 0 ? Math.max(0, q / w - 2 * t * (s / w) + t * t) : 0
    const second1 = (second * n + 2 * priorMeanExcess ** 2 * priorExcesses) / (n + priorExcesses)
    const variance = Math.max(second1 - mean * mean, 1e-12)
    const ratio = (mean * mean) / variance
    shape = Math.min(maxShape, Math.max(0, (1 - ratio) / 2))
    sigma = mean * (1 - shape)
  }
  const p = (u: number): number => {
    if (u <= t) return 1
    const z = (u - t) / sigma
    return share * (shape < 1e-6 ? Math.exp(-z) : (1 + shape * z) ** (-1 / shape))
  }
  return {
    get state() {
      return { t, share, sigma, shape, scale }
    },
    observe(magnitude: number, floor: number): number {
      const s = Math.max(scale, floor)
      let u = s > 0 ? Math.min(magnitude / s, 1e8) : 0
      if (magnitude <= floor) u = 0
      const result = rows < 16 ? 1 : Math.max(p(u), floorP)
      // learn
      rows++
      const limit = rows < 16 ? Infinity : cap()
      const learned = Math.min(u, limit)
      scale +=
        (Math.min(magnitude, scale <= 10 * floor || rows < 16 ? magnitude : 5 * s) - scale) *
        Math.max(1 / rows, 1 / 1000)
      if (rows > 4) {
        const bin = binOf(learned)
        if (bin >= 0) {
          weight[bin] = (weight[bin] ?? 0) + increment
          sum[bin] = (sum[bin] ?? 0) + increment * learned
          squares[bin] = (squares[bin] ?? 0) + increment * learned * learned
        }
        total += increment
        increment *= 1 / (1 - 1 / memory)
        if (increment > 1e6) {
          for (let i = 0; i < bins; i++) {
            weight[i] = (weight[i] ?? 0) / increment
            sum[i] = (sum[i] ?? 0) / increment
            squares[i] = (squares[i] ?? 0) / increment
          }
          total /= increment
          increment = 1
        }
        if (rows < 128 || rows % fitEvery === 0) fit()
      }
      return result
    },
  }
  function cap() {
    const target = 1e-5
    if (share <= target) return t
    const z = shape < 1e-6 ? Math.log(share / target) : ((share / target) ** shape - 1) / shape
    return t + sigma * z
  }
}
