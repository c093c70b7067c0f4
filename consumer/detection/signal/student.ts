/** Quantiles of the normal and of Student's distribution. */

const evaluate = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

/**
 * The value that a standard normal variable exceeds with probability p, to seven digits: PPND7 of Wichura, "Algorithm AS 241: The
 * percentage points of the normal distribution", Applied Statistics 37, 1988.
 */
export const normalExceededBy = (p: number): number => {
  const q = 0.5 - p
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    const above = evaluate([3.3871327179, 50.434271938, 159.29113202, 59.10937472], r)
    return (q * above) / evaluate([1, 17.895169469, 78.757757664, 67.1875636], r)
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)))
  const tail =
    r <= 5
      ? evaluate([1.4234372777, 2.75681539, 1.3067284816, 0.17023821103], r - 1.6) /
        evaluate([1, 0.7370016425, 0.12021132975], r - 1.6)
      : evaluate([6.657905115, 3.081226386, 0.42868294337, 0.017337203997], r - 5) /
        evaluate([1, 0.24197894225, 0.012258202635], r - 5)
  return q < 0 ? -tail : tail
}

/**
 * The value that Student's t with `freedom` degrees exceeds with probability p below ½: the expansion of the normal quantile in powers
 * of 1/freedom (Fisher and Cornish, "The percentile points of distributions having known cumulants", Technometrics 2, 1960), to three
 * digits from 10 degrees on.
 */
export const studentExceededBy = (p: number, freedom: number): number => {
  const z = normalExceededBy(p)
  const s = z * z
  const terms = [
    1,
    (s + 1) / 4,
    ((5 * s + 16) * s + 3) / 96,
    (((3 * s + 19) * s + 17) * s - 15) / 384,
    ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160,
  ]
  return z * evaluate(terms, 1 / freedom)
}
