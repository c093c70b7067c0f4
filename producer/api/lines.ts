const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The lines of a byte stream, without their ends, as many at a time as a chunk completes; undefined stands for one longer
 * than `limit` bytes, which is skipped without being kept. Memory is bounded by the limit and one chunk.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<readonly (Buffer | undefined)[]> {
  let parts: Buffer[] = []
  let length = 0
  const take = (): Buffer | undefined => {
    const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole
    const tooLong = length > limit + 1 || line.length > limit
    parts = []
    length = 0
    return tooLong ? undefined : line
  }
  for await (const chunk of stream) {
    const lines: (Buffer | undefined)[] = []
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      length += at - from
      if (length <= limit + 1) parts.push(chunk.subarray(from, at))
      from = at + 1
      lines.push(take())
    }
    length += chunk.length - from
    // One more for a carriage return.
    if (length <= limit + 1) parts.push(chunk.subarray(from))
    else parts = []
    if (lines.length > 0) yield lines
  }
  if (length > 0) yield [take()]
}
