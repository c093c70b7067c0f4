/** What arithmetic on values of this magnitude may be off by: some units in the last place. */
export const roundingError = (magnitude: number): number => magnitude * 2 ** -46
