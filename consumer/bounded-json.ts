/** Why something has no JSON text within the bounds. */
export class OutOfBounds extends Error {}

/** The least that a member's text takes, with its punctuation: names and brackets make up for the comma that the last one lacks. */
const leastOf = (holder: unknown, key: string, value: unknown): number => {
  const inArray = Array.isArray(holder)
  if (!inArray && (value === undefined || typeof value === 'function' || typeof value === 'symbol')) return 0
  const place = inArray ? 1 : key.length + 4
  if (typeof value === 'string') return place + value.length + 2
  return place + (typeof value === 'number' && !Number.isInteger(value) ? 3 : 1)
}

/**
 * `JSON.stringify` that gives up on the way, as soon as the text is sure to be larger or deeper than allowed. A small object
 * may stand for an endless text (one string in a million places): it would fill the heap, and stop the event loop for
 * minutes, before anybody could measure it. What is counted is never more than the text, which may still be some ten
 * times `maxSize` (escapes, long numbers): whoever needs it exact measures the text.
 * @throws OutOfBounds; or what `JSON.stringify`, a getter or a `toJSON` throws
 */
export const boundedJson = (value: unknown, maxSize: number, maxDepth: number): string | undefined => {
  let room = maxSize
  /** Those that are being written now, each inside of the one before. */
  const open: unknown[] = []
  return JSON.stringify(value, function (this: unknown, key: string, each: unknown): unknown {
    while (open.length > 0 && open.at(-1) !== this) open.pop()
    // The whole is a member of nothing; what it holds is counted.
    room -= open.length > 0 ? leastOf(this, key, each) : typeof each === 'string' ? each.length + 2 : 1
    if (room < 0) throw new OutOfBounds(`larger than ${maxSize} bytes`)
    if (typeof each === 'object' && each !== null && open.push(each) > maxDepth) {
      throw new OutOfBounds(`nested deeper than ${maxDepth} levels`)
    }
    return each
  })
}
