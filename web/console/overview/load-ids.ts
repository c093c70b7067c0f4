/** The ids of a load’s jobs. Pure. */

/** Ids in lists of `size`. */
export const slicesOf = (ids: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  )

/** A cursor that leaves the id itself below it: ids sort by the time of submission, and their last digits are by chance. */
export const cursorAbove = (id: string): string => `${id.slice(0, 24)}ffffffffffff`

/** The least and the greatest id. */
export const limitsOf = (ids: Iterable<string>): readonly [least: string, greatest: string] | undefined => {
  let least: string | undefined
  let greatest = ''
  for (const id of ids) {
    if (least === undefined || id < least) least = id
    if (id > greatest) greatest = id
  }
  return least === undefined ? undefined : [least, greatest]
}
