/**
 * What is remembered for long is remembered in whole grains, 1/512 to 1/256 of the running error: judgements don't
 * need more, and a saved state becomes small when compressed. A power of two, so that grains are exact.
 */
export const grainOf = (error: number): number =>
  error > 0 && Number.isFinite(error) ? 2 ** Math.floor(Math.log2(error / 256)) : 0

/** As it is where there is no grain yet. */
export const inGrains = (value: number, grain: number): number =>
  grain > 0 ? Math.round(value / grain) * grain : value
