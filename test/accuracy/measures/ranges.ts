/** Rows `start` to `end`, both included. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** The maximal runs of rows that hold, of so many. Runs with at most `gap` rows between them are one. */
export const runsOf = (rows: number, holds: (row: number) => boolean, gap = 0): Range[] => {
  const runs: { start: number; end: number }[] = []
  for (let row = 0; row < rows; row++) {
    if (!holds(row)) continue
    const last = runs.at(-1)
    if (last !== undefined && row - last.end - 1 <= gap) last.end = row
    else runs.push({ start: row, end: row })
  }
  return runs
}
