/**
 * The inverse of the lower triangular factor L of a symmetric, positive definite matrix A = L·Lᵀ, row by row in one array:
 * whitens what has A as its covariance, so that |L⁻¹x|² = xᵀA⁻¹x. In O(d³).
 * Pivots are kept at `least` or above, so that it exists for what is only nearly definite.
 */
export const whitening = (matrix: Float64Array, size: number, least: number): Float64Array => {
  const lower = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column] ?? 0
      for (let k = 0; k < column; k++) {
        rest -= (lower[row * size + k] ?? 0) * (lower[column * size + k] ?? 0)
      }
      lower[row * size + column] =
        row === column ? Math.sqrt(Math.max(least, rest)) : rest / (lower[column * size + column] ?? 1)
    }
  }
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    inverse[column * size + column] = 1 / (lower[column * size + column] ?? 1)
    for (let row = column + 1; row < size; row++) {
      let sum = 0
      for (let k = column; k < row; k++) {
        sum += (lower[row * size + k] ?? 0) * (inverse[k * size + column] ?? 0)
      }
      inverse[row * size + column] = -sum / (lower[row * size + row] ?? 1)
    }
  }
  return inverse
}
