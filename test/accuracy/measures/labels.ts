import type { LabelledSeries } from '../generator/series.ts'

/** 1 in each row that is labelled. */
export const maskOf = ({ input, labels }: LabelledSeries): Uint8Array => {
  const mask = new Uint8Array(input.columns[0].values.length)
  for (const { start, end } of labels) mask.fill(1, start, end + 1)
  return mask
}
