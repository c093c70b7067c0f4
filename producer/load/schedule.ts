/**
 * When each request of the load is due, and how they are sent.
 *
 * **Open loop** (`rate` above 0): request r, which carries the jobs from r·batch on, is due at start + r·batch/rate,
 * whatever the answers. Latencies count from when it was *due*, not from when it was sent: a server that stalls for a
 * second makes every job that should have come in that second slow, and all of them are measured. Counting from
 * the sending would leave them out (coordinated omission, Gil Tene). With batches arrivals come in bursts of `batch`.
 *
 * **Closed loop** (`rate` 0): a fixed number of requests is under way; the next is sent when one is answered, and is
 * due when sent. It finds the highest throughput; its latencies do suffer from coordinated omission.
 */
export interface Schedule {
  readonly jobs: number
  readonly batch: number
  /** Jobs/s; 0 is the closed loop. */
  readonly rate: number
}

export const requestsOf = ({ jobs, batch }: Schedule): number => Math.ceil(jobs / batch)

/** Jobs of a request: `batch`, and what is left over in the last. */
export const sizeOf = ({ jobs, batch }: Schedule, request: number): number =>
  Math.max(0, Math.min(batch, jobs - request * batch))

/** When a request is due, milliseconds from the start; open loop. */
export const dueMs = ({ batch, rate }: Schedule, request: number): number => (request * batch * 1_000) / rate

/** How many requests are due by then; open loop. */
export const dueBy = (schedule: Schedule, elapsedMs: number): number => {
  if (elapsedMs < 0) return 0
  const guess = Math.floor((elapsedMs * schedule.rate) / (schedule.batch * 1_000)) + 1
  // Division rounds: a request on the edge is decided by the same function that says when it is due.
  const isDue = (request: number): boolean => dueMs(schedule, request) <= elapsedMs
  const exact = isDue(guess) ? guess + 1 : isDue(guess - 1) ? guess : guess - 1
  return Math.min(requestsOf(schedule), exact)
}

export interface RunParts {
  /** Sends a request; resolves when it is answered, however that was. Never rejects. `dueAt` is on `now`'s clock. */
  readonly send: (request: number, dueAt: number) => Promise<void>
  /** Told of a request that was due while too many were unanswered; open loop. */
  readonly skip: (request: number) => void
  /** Unanswered requests at most: in the open loop a bound on memory, in the closed loop the number under way. */
  readonly maxUnderWay: number
  /** Stops sending; what is under way is still awaited. */
  readonly signal: AbortSignal
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

const openLoop = async (schedule: Schedule, parts: RunParts): Promise<void> => {
  const { send, skip, maxUnderWay, signal, now, sleep } = parts
  const requests = requestsOf(schedule)
  const start = now()
  const underWay = new Set<Promise<void>>()
  for (let request = 0; request < requests && !signal.aborted; ) {
    const due = dueBy(schedule, now() - start)
    for (; request < due; request++) {
      if (underWay.size >= maxUnderWay) {
        skip(request)
        continue
      }
      const answer = send(request, start + dueMs(schedule, request)).finally(() => underWay.delete(answer))
      underWay.add(answer)
    }
    // At least a turn of the event loop, in which answers come in.
    if (request < requests) await sleep(Math.max(0, start + dueMs(schedule, request) - now()))
  }
  await Promise.all(underWay)
}

const closedLoop = async (
  schedule: Schedule,
  { send, maxUnderWay, signal, now }: RunParts,
): Promise<void> => {
  const requests = requestsOf(schedule)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < requests && !signal.aborted) await send(next++, now())
  }
  await Promise.all(Array.from({ length: Math.min(maxUnderWay, requests) }, worker))
}

/** Sends everything; resolves when all that was sent is answered. */
export const runSchedule = (schedule: Schedule, parts: RunParts): Promise<void> =>
  schedule.rate > 0 ? openLoop(schedule, parts) : closedLoop(schedule, parts)
