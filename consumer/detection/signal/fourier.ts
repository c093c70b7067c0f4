/** The smallest power of two that is no less. */
export const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, least)))

/**
 * The discrete Fourier transform of complex numbers, in place, for a length that is a power of two (Cooley and Tukey, 1965).
 * With re and im exchanged, before and after, it is the inverse, times the length.
 */
export const fourier = (length: number): ((re: Float64Array, im: Float64Array) => void) => {
  const turned = (turn: number): number => (-2 * Math.PI * turn) / length
  const cosines = Float64Array.from({ length: length / 2 }, (_, turn) => Math.cos(turned(turn)))
  const sines = Float64Array.from({ length: length / 2 }, (_, turn) => Math.sin(turned(turn)))
  return (re, im) => {
    const swap = (cells: Float64Array, a: number, b: number): void => {
      const kept = cells[a] ?? 0
      cells[a] = cells[b] ?? 0
      cells[b] = kept
    }
    for (let from = 1, to = 0; from < length; from++) {
      let bit = length >> 1
      for (; to & bit; bit >>= 1) to ^= bit
      to ^= bit
      if (from < to) {
        swap(re, from, to)
        swap(im, from, to)
      }
    }
    for (let size = 2; size <= length; size *= 2) {
      const half = size / 2
      const stride = length / size
      for (let block = 0; block < length; block += size) {
        for (let turn = 0; turn < half; turn++) {
          const low = block + turn
          const high = low + half
          const cos = cosines[turn * stride] ?? 0
          const sin = sines[turn * stride] ?? 0
          const a = re[high] ?? 0
          const b = im[high] ?? 0
          const x = a * cos - b * sin
          const y = a * sin + b * cos
          re[high] = (re[low] ?? 0) - x
          im[high] = (im[low] ?? 0) - y
          re[low] = (re[low] ?? 0) + x
          im[low] = (im[low] ?? 0) + y
        }
      }
    }
  }
}

/**
 * Autocorrelation of the values for the lags 0 to half their number, each divided by how many pairs it has; 1 at lag 0.
 * All zero when the values have no energy. By way of the power spectrum (Wiener–Khinchin), in O(n log n).
 */
export const autocorrelation = (values: Float64Array): Float64Array => {
  const length = values.length
  // As many zeros behind the values keep their end from meeting their beginning.
  const size = powerOfTwo(2 * length)
  const transform = fourier(size)
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  re.set(values)
  transform(re, im)
  for (let k = 0; k < size; k++) {
    re[k] = (re[k] ?? 0) ** 2 + (im[k] ?? 0) ** 2
    im[k] = 0
  }
  transform(re, im)
  const energy = re[0] ?? 0
  return Float64Array.from({ length: Math.floor(length / 2) + 1 }, (_, lag) =>
    energy > 0 ? ((re[lag] ?? 0) / energy) * (length / (length - lag)) : 0,
  )
}
