/** What an attempt tells of itself while it runs: how far it is, and lines of a log. Bounded, cheap, and never in its way. */
import { AttemptLog } from '../core/attempt-log.ts'
import type { Attempt, LogLine, Progress } from '../core/job.ts'
import { messageOf } from './thrown.ts'

const MAX_PROGRESS_TEXT = 200
const MAX_LINE = 500

/** What is new since it was asked for last. */
export interface NotesUpdate {
  readonly progress?: Progress
  readonly log?: LogLine[]
  /** Lines logged so far, those of `log` included. */
  readonly logged?: number
}

/** Text that PostgreSQL's json takes, cut, and a string of its own: a slice would keep the whole alive. */
const plain = (text: unknown, length: number): string => {
  const whole = typeof text === 'string' ? text : messageOf(text)
  const cut = whole.length <= length ? whole : Buffer.from(whole.slice(0, length)).toString()
  return cut.includes('\0') || !cut.isWellFormed() ? cut.replaceAll('\0', '\ufffd').toWellFormed() : cut
}

export class AttemptNotes {
  readonly #onChange: () => void
  #log: AttemptLog | undefined
  #progress: Progress | undefined
  /** The progress that was taken, and lines. */
  #takenProgress: Progress | undefined
  #takenLines = 0
  /** Lines that were told here before it went on elsewhere. */
  #before = 0
  #over = false

  /** `onChange` is called at each change: it must be cheap. */
  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange
  }

  /** As `HandlerContext.progress` has it. */
  get progress(): (fraction: number, text?: string) => void {
    return (fraction, text) => this.#tell(fraction, text)
  }

  /** As `HandlerContext.log` has it. */
  get log(): (text: string) => void {
    return (text) => {
      if (this.#over) return
      this.#lines.add({ at: new Date().toISOString(), text: plain(text, MAX_LINE) })
      this.#onChange()
    }
  }

  get lastProgress(): Progress | undefined {
    return this.#progress
  }

  /** From now on nothing is added. */
  end(): void {
    this.#over = true
  }

  /** What is new since the last call; undefined for nothing. */
  take(): NotesUpdate | undefined {
    const update = this.#since(this.#takenProgress, this.#takenLines)
    this.#takenProgress = this.#progress
    this.#takenLines = this.#log?.count ?? 0
    return update
  }

  /** All of it, as `take` would give it. */
  whole(): NotesUpdate | undefined {
    return this.#since(undefined, 0)
  }

  /** From now on it tells of itself elsewhere, and what it tells there comes after all of this. */
  goesOnElsewhere(): void {
    this.#before = this.#log?.count ?? 0
  }

  /** Adds what the same attempt told elsewhere: in its thread. What is known already may be told again. */
  merge({ progress, log = [], logged: there = 0 }: NotesUpdate): void {
    if (this.#over) return
    const logged = this.#before + there
    if (logged > (this.#log?.count ?? 0)) {
      this.#lines.append(log, logged)
      this.#onChange()
    }
    if (progress) this.#set(progress)
  }

  /** What is kept of it with the attempt: empty where it told nothing. */
  told(): Pick<Attempt, 'progress' | 'log' | 'logDropped'> {
    return { ...(this.#progress ? { progress: this.#progress } : {}), ...this.#log?.told() }
  }

  /** Most attempts tell nothing. */
  get #lines(): AttemptLog {
    this.#log ??= new AttemptLog()
    return this.#log
  }

  #tell(fraction: number, text: string | undefined): void {
    // Handlers may be JavaScript.
    if (this.#over || typeof fraction !== 'number' || Number.isNaN(fraction)) return
    const told = text === undefined ? undefined : plain(text, MAX_PROGRESS_TEXT)
    this.#set({
      fraction: Math.min(1, Math.max(0, fraction)),
      ...(told === undefined ? {} : { text: told }),
    })
  }

  #set(progress: Progress): void {
    const last = this.#progress
    if (last?.fraction === progress.fraction && last.text === progress.text) return
    this.#progress = progress
    this.#onChange()
  }

  #since(progress: Progress | undefined, lines: number): NotesUpdate | undefined {
    const news = this.#progress && this.#progress !== progress ? { progress: this.#progress } : undefined
    const log = this.#log
    if (!log || log.count <= lines) return news
    return { ...news, log: log.since(lines), logged: log.count }
  }
}
