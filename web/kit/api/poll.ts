/** Asks again and again: some time after each answer, at once where somebody wants it, not while nobody looks. Without a DOM. */

/** Waits after failures grow to this. */
const LONGEST_WAIT_MS = 10_000

export interface PollParts {
  readonly ask: (signal: AbortSignal) => Promise<void>
  /** Gives whether it is to be tried again by itself. */
  readonly onFault: (thrown: unknown) => boolean
  /** 0: once. */
  readonly everyMs: number
  readonly isHidden: () => boolean
}

export interface Poll {
  /** Asks at once. What is being asked is given up: its answer may be of before that which the reader has just done. */
  readonly again: () => void
  /** The page is seen again: what waited for that is asked. */
  readonly seen: () => void
  readonly stop: () => void
}

export const startPoll = ({ ask, onFault, everyMs, isHidden }: PollParts): Poll => {
  let round = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let wait = everyMs
  let waitsForReader = false

  const begin = async (): Promise<void> => {
    round.abort()
    clearTimeout(timer)
    waitsForReader = false
    round = new AbortController()
    const { signal } = round
    let goesOn = everyMs > 0
    try {
      await ask(signal)
      wait = everyMs
    } catch (thrown) {
      if (signal.aborted) return
      goesOn = onFault(thrown)
      wait = Math.min(LONGEST_WAIT_MS, Math.max(1_000, wait * 2))
    }
    if (signal.aborted || !goesOn) return
    waitsForReader = isHidden()
    if (!waitsForReader) timer = setTimeout(begin, wait)
  }
  void begin()
  return {
    again: () => void begin(),
    seen: () => {
      if (waitsForReader && !isHidden()) void begin()
    },
    stop() {
      round.abort()
      clearTimeout(timer)
      waitsForReader = false
    },
  }
}
