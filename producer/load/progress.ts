import type { WriteStream } from 'node:tty'
import type { Sample } from './watch.ts'

const integer = (value: number): string => Math.round(value).toLocaleString('en-US')

/** A sample in a line. */
export const progressLine = (sample: Sample): string => {
  const { atS, sent, accepted, finished, lag, ready, desired, arrivalRate, drainRate } = sample
  return [
    `${atS.toFixed(0).padStart(4)} s`,
    `sent ${integer(sent)}`,
    `accepted ${integer(accepted)}`,
    `finished ${integer(finished)}`,
    `lag ${integer(lag)}`,
    `workers ${ready}/${desired}`,
    `in ${integer(arrivalRate)}/s, out ${integer(drainRate)}/s`,
  ].join('  ')
}

/** Lines of a stream that is no terminal are this far apart, milliseconds. */
const PLAIN_MS = 3_000

export interface Progress {
  /** Shows a line in place of the last one; on a stream that is no terminal now and then. */
  show(line: string): void
  /** Writes a line that stays. */
  say(line: string): void
  /** Ends the line that is shown. */
  end(): void
}

export const createProgress = (
  stream: Pick<WriteStream, 'write' | 'columns' | 'isTTY'>,
  now: () => number = Date.now,
): Progress => {
  let shown = false
  let last = Number.NEGATIVE_INFINITY
  const clear = (): void => {
    if (shown) stream.write('\r\x1b[2K')
    shown = false
  }
  return {
    show(line) {
      if (stream.isTTY) {
        clear()
        // A line that wraps can't be taken back.
        stream.write(line.slice(0, Math.max(20, stream.columns - 1)))
        shown = true
      } else if (now() - last >= PLAIN_MS) {
        last = now()
        stream.write(`${line}\n`)
      }
    },
    say(line) {
      clear()
      stream.write(`${line}\n`)
    },
    end: clear,
  }
}
