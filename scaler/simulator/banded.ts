/** Symmetric positive definite matrices whose entries lie near the diagonal: what a program over time leads to. */

/** The lower half: the entry of row r and column c, c ≤ r ≤ c + width, is `entries[r * (width + 1) + r - c]`. */
export interface Banded {
  readonly size: number
  readonly width: number
  readonly entries: Float64Array
}

export const createBanded = (size: number, width: number): Banded => ({
  size,
  width,
  entries: new Float64Array(size * (width + 1)),
})

/** Adds to the entry of two indexes, in any order. */
export const addTo = ({ width, entries }: Banded, a: number, b: number, value: number): void => {
  const [row, column] = a >= b ? [a, b] : [b, a]
  const at = row * (width + 1) + row - column
  entries[at] = (entries[at] ?? 0) + value
}

/** Replaces the matrix by its Cholesky factor, in size × width² / 2 steps. A pivot that rounding took goes to the next best. */
export const factorize = ({ size, width, entries }: Banded): void => {
  const stride = width + 1
  for (let row = 0; row < size; row++) {
    const first = Math.max(0, row - width)
    for (let column = first; column <= row; column++) {
      let sum = entries[row * stride + row - column] ?? 0
      for (let inner = Math.max(first, column - width); inner < column; inner++) {
        sum -= (entries[row * stride + row - inner] ?? 0) * (entries[column * stride + column - inner] ?? 0)
      }
      entries[row * stride + row - column] =
        column < row ? sum / (entries[column * stride] ?? 1) : Math.sqrt(Math.max(sum, 1e-30))
    }
  }
}

/** Solves with a factor made by {@link factorize}; gives `right` changed into the solution. */
export const solve = ({ size, width, entries }: Banded, right: Float64Array): Float64Array => {
  const stride = width + 1
  for (let row = 0; row < size; row++) {
    let sum = right[row] ?? 0
    for (let column = Math.max(0, row - width); column < row; column++) {
      sum -= (entries[row * stride + row - column] ?? 0) * (right[column] ?? 0)
    }
    right[row] = sum / (entries[row * stride] ?? 1)
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = right[row] ?? 0
    for (let below = row + 1; below <= Math.min(size - 1, row + width); below++) {
      sum -= (entries[below * stride + below - row] ?? 0) * (right[below] ?? 0)
    }
    right[row] = sum / (entries[row * stride] ?? 1)
  }
  return right
}
