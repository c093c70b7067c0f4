/**
 * Linear programs over time, by an interior point method: Mehrotra's predictor and corrector (S. J. Wright, Primal-Dual
 * Interior-Point Methods, 1997, chapter 10). Variables lie in boxes and are numbered so that rows join near ones only.
 */
import { addTo, createBanded, factorize, solve } from './banded.ts'

/** `coefficients · z[indexes] ≤ 0` */
export interface Row {
  readonly indexes: readonly number[]
  readonly coefficients: readonly number[]
}

/** Minimise cost · z, where low ≤ z ≤ high and every row holds. */
export interface Program {
  readonly cost: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
  readonly rows: readonly Row[]
}

export interface Solution {
  readonly values: Float64Array
  /** What z costs. */
  readonly cost: number
  /** No z that is allowed costs less: true for whatever multipliers were found (weak duality), so true whatever rounding did. */
  readonly bound: number
  readonly iterations: number
}

const MAX_ITERATIONS = 120
/** Relative distance of cost and bound at which it ends. */
const GAP = 1e-7
/** By how much rows may be missed. */
const FEASIBLE = 1e-7
/** How far a step goes towards the border. */
const SHORT_OF = 0.995

const dot = (row: Row, z: Float64Array): number => {
  let sum = 0
  for (const [at, index] of row.indexes.entries()) sum += (row.coefficients[at] ?? 0) * (z[index] ?? 0)
  return sum
}

/** cost + rowsᵀ · multipliers, by variable. */
const reducedCost = ({ cost, rows }: Program, multipliers: Float64Array): Float64Array => {
  const reduced = cost.slice()
  for (const [at, { indexes, coefficients }] of rows.entries()) {
    const multiplier = multipliers[at] ?? 0
    for (const [place, index] of indexes.entries()) {
      reduced[index] = (reduced[index] ?? 0) + multiplier * (coefficients[place] ?? 0)
    }
  }
  return reduced
}

/** The least of cost · z + multipliers · rows over the boxes alone. */
const lagrangian = (program: Program, multipliers: Float64Array): number => {
  let sum = 0
  for (const [index, reduced] of reducedCost(program, multipliers).entries()) {
    sum += Math.min(reduced * (program.low[index] ?? 0), reduced * (program.high[index] ?? 0))
  }
  return sum
}

/** The longest step up to 1 after which all stay above 0. */
const stepTo = (values: Float64Array, change: Float64Array): number => {
  let step = 1
  for (let at = 0; at < values.length; at++) {
    const by = change[at] ?? 0
    if (by < 0) step = Math.min(step, -(values[at] ?? 0) / by)
  }
  return step
}

/** Boxes as rows, so that all constraints are alike: `row · z ≤ limit`. */
const withBoxes = ({ low, high, rows }: Program): { all: Row[]; limits: Float64Array } => {
  const all = [...rows]
  const limits = new Float64Array(rows.length + 2 * low.length)
  for (let index = 0; index < low.length; index++) {
    limits[all.length] = -(low[index] ?? 0)
    all.push({ indexes: [index], coefficients: [-1] })
    limits[all.length] = high[index] ?? 0
    all.push({ indexes: [index], coefficients: [1] })
  }
  return { all, limits }
}

const dotOf = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

/** Solves a program that has a solution, every box having an inside. */
export const solveProgram = (program: Program): Solution => {
  const { cost, low, high } = program
  const { all, limits } = withBoxes(program)
  const size = cost.length
  const count = all.length
  const width = Math.max(...program.rows.map(({ indexes }) => Math.max(...indexes) - Math.min(...indexes)), 0)
  const z = low.map((least, index) => (least + (high[index] ?? 0)) / 2)
  const slack = Float64Array.from(all, (row, at) => Math.max(1e-2, (limits[at] ?? 0) - dot(row, z)))
  const dual = new Float64Array(count).fill(1)
  let bound = Number.NEGATIVE_INFINITY
  let values = z
  let iterations = 0

  for (; iterations < MAX_ITERATIONS; iterations++) {
    const value = dotOf(cost, z)
    const primal = Float64Array.from(all, (row, at) => dot(row, z) + (slack[at] ?? 0) - (limits[at] ?? 0))
    const below = lagrangian(program, dual)
    // Numbers have come to their end: what was found before stands.
    if (!Number.isFinite(below) || !Number.isFinite(value)) break
    bound = Math.max(bound, below)
    values = z.slice()
    const far = primal.reduce((most, it) => Math.max(most, Math.abs(it)), 0)
    if (far < FEASIBLE && value - bound <= GAP * Math.max(1, Math.abs(value))) break
    const dualRest = reducedCost({ ...program, rows: all }, dual)
    const matrix = createBanded(size, width)
    for (const [at, { indexes, coefficients }] of all.entries()) {
      const weight = (dual[at] ?? 0) / (slack[at] ?? 1)
      for (let a = 0; a < indexes.length; a++) {
        for (let b = 0; b <= a; b++) {
          addTo(
            matrix,
            indexes[a] ?? 0,
            indexes[b] ?? 0,
            weight * (coefficients[a] ?? 0) * (coefficients[b] ?? 0),
          )
        }
      }
    }
    factorize(matrix)

    /** Newton's step to where each slack × dual is its target. */
    const newton = (excess: Float64Array) => {
      const right = dualRest.map((it) => -it)
      for (const [at, { indexes, coefficients }] of all.entries()) {
        const push = ((excess[at] ?? 0) - (dual[at] ?? 0) * (primal[at] ?? 0)) / (slack[at] ?? 1)
        for (const [place, index] of indexes.entries()) {
          right[index] = (right[index] ?? 0) + push * (coefficients[place] ?? 0)
        }
      }
      const change = solve(matrix, right)
      const bySlack = Float64Array.from(all, (row, at) => -(primal[at] ?? 0) - dot(row, change))
      const byDual = bySlack.map((by, at) => -((excess[at] ?? 0) + (dual[at] ?? 0) * by) / (slack[at] ?? 1))
      return { change, bySlack, byDual }
    }

    const products = slack.map((it, at) => it * (dual[at] ?? 0))
    const mean = products.reduce((sum, it) => sum + it, 0) / count
    const predicted = newton(products)
    const reach = { slack: stepTo(slack, predicted.bySlack), dual: stepTo(dual, predicted.byDual) }
    let after = 0
    for (let at = 0; at < count; at++) {
      after +=
        ((slack[at] ?? 0) + reach.slack * (predicted.bySlack[at] ?? 0)) *
        ((dual[at] ?? 0) + reach.dual * (predicted.byDual[at] ?? 0))
    }
    const centre = mean * (after / count / mean) ** 3
    const corrected = newton(
      products.map((it, at) => it + (predicted.bySlack[at] ?? 0) * (predicted.byDual[at] ?? 0) - centre),
    )
    const bySlack = SHORT_OF * stepTo(slack, corrected.bySlack)
    const byDual = SHORT_OF * stepTo(dual, corrected.byDual)
    for (let index = 0; index < size; index++)
      z[index] = (z[index] ?? 0) + bySlack * (corrected.change[index] ?? 0)
    for (let at = 0; at < count; at++) {
      slack[at] = (slack[at] ?? 0) + bySlack * (corrected.bySlack[at] ?? 0)
      dual[at] = (dual[at] ?? 0) + byDual * (corrected.byDual[at] ?? 0)
    }
  }
  return { values, cost: dotOf(cost, values), bound, iterations }
}
