/** What events told of the attempts of jobs that have no outcome yet: those that ended, and what the one that runs says of itself. */
import { AttemptLog, boundLogs } from '../../core/attempt-log.ts'
import type { JobEnded, JobNoted, JobStarted } from '../../core/events/event.ts'
import type { Attempt, Progress } from '../../core/job.ts'

/** Jobs and bytes of JSON that are remembered, about; of those that were told of the longest ago nothing is known then. */
const MAX_JOBS = 20_000
const MAX_BYTES = 64_000_000
const MAX_ATTEMPTS = 100
const PLAIN_BYTES = 1_000

/** Which run of a job: after a loss an attempt is begun again under its number. */
interface Run {
  readonly node: string
  readonly attempt: number
  /** When it started; undefined where that was not told. */
  readonly at: number | undefined
}

interface History {
  ended: readonly Attempt[]
  endedBytes: number
  run: Run | undefined
  progress: Progress | undefined
  log: AttemptLog
}

const bytesOf = ({ endedBytes, log }: History): number => PLAIN_BYTES + endedBytes + log.bytes

const nothing = (): Pick<History, 'run' | 'progress' | 'log'> => ({
  run: undefined,
  progress: undefined,
  log: new AttemptLog(),
})

/** Forgets what another run has told. */
const begin = (history: History, run: Run): void => {
  const { node, attempt, at = run.at } = history.run ?? {}
  const same = node === run.node && attempt === run.attempt && (run.at === undefined || at === run.at)
  if (!same) Object.assign(history, nothing())
  history.run = { ...run, at: same ? at : run.at }
}

/** By number; of two records of one attempt the one with a log, if any, is kept. */
const merged = (known: readonly Attempt[], told: readonly Attempt[]): Attempt[] => {
  const all = new Map(known.map((it) => [it.attempt, it]))
  for (const it of told) if (!all.get(it.attempt)?.log) all.set(it.attempt, it)
  const attempts = [...all.values()].sort((a, b) => a.attempt - b.attempt).slice(-MAX_ATTEMPTS)
  boundLogs(attempts)
  return attempts
}

export class Histories {
  /** Told of the longest ago first. */
  readonly #jobs = new Map<string, History>()
  #bytes = 0

  /** A run that was told of, in an event or a heartbeat. Nothing is kept of one of which there is nothing to tell. */
  onRun(node: string, { id, attempt, at, attempts = [], progress }: JobStarted): void {
    const known = this.#jobs.get(id)
    if (!known && attempts.length === 0 && !progress) return
    this.#change(id, (history) => {
      begin(history, { node, attempt, at })
      history.progress = progress ?? history.progress
      const unknown = attempts.filter((it) => !history.ended.some((other) => other.attempt === it.attempt))
      if (unknown.length > 0) this.#setEnded(history, unknown)
    })
  }

  onNoted(node: string, { id, attempt, progress, log = [], logged = 0 }: JobNoted): void {
    this.#change(id, (history) => {
      begin(history, { node, attempt, at: undefined })
      history.progress = progress ?? history.progress
      history.log.append(log, logged)
    })
  }

  onFailed({ id, attempt }: JobEnded): void {
    if (!attempt) return
    this.#change(id, (history) => {
      Object.assign(history, nothing())
      this.#setEnded(history, [attempt])
    })
  }

  /** It has its outcome. */
  forget(id: string): void {
    const history = this.#jobs.get(id)
    if (!history) return
    this.#jobs.delete(id)
    this.#bytes -= bytesOf(history)
  }

  /** Attempts that ended, by number. */
  ended(id: string): readonly Attempt[] {
    return this.#jobs.get(id)?.ended ?? []
  }

  /** What the attempt that runs there has told of itself. */
  told(node: string, id: string, attempt: number): Pick<Attempt, 'progress' | 'log' | 'logDropped'> {
    const { run, progress, log } = this.#jobs.get(id) ?? {}
    if (!log || run?.node !== node || run.attempt !== attempt) return {}
    return { ...(progress ? { progress } : {}), ...log.told() }
  }

  #setEnded(history: History, told: readonly Attempt[]): void {
    history.ended = merged(history.ended, told)
    history.endedBytes = JSON.stringify(history.ended).length
  }

  #change(id: string, change: (history: History) => void): void {
    const history = this.#jobs.get(id) ?? { ended: [], endedBytes: 0, ...nothing() }
    this.forget(id)
    change(history)
    this.#jobs.set(id, history)
    this.#bytes += bytesOf(history)
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= MAX_JOBS && this.#bytes <= MAX_BYTES) break
      this.forget(oldest)
    }
  }
}
