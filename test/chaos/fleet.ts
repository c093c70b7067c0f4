/**
 * Workers as a Deployment keeps them: so many of them, and one that has ended is replaced. Each has a place of its own,
 * with its own ways to the servers, which the worker that replaces it takes over.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { toError } from '../../core/errors.ts'
import type { Ended, RunningProcess } from '../support/process.ts'
import type { ProcessState } from './evidence.ts'
import type { Link } from './installation.ts'
import { pick } from './random.ts'

/** Grace of a pod, ms: then it is killed. */
const GRACE_MS = 30_000
const RESTART_MS = 300

/** A process that was a worker, or is one. */
export interface Life {
  readonly node: string
  readonly process: RunningProcess
  readonly link: Link
  /** What was done to it that ends it; undefined where it ended by itself, or lives. */
  fate: 'kill' | 'term' | undefined
  frozen: boolean
  wasFrozen: boolean
  /** It was told to end while it could not record: what it had done by then is done again. */
  unheard: boolean
  ended: Ended | undefined
}

interface Place {
  readonly number: number
  readonly link: Link
  wanted: boolean
  lives: number
  life: Life | undefined
  keeping: Promise<void> | undefined
}

export interface FleetParts {
  /** The ways to the servers, a place each: at most so many workers. */
  readonly links: readonly Link[]
  readonly start: (node: string, link: Link) => Promise<RunningProcess>
  /** Whether what is done at this moment can't be recorded over this way. */
  readonly isCut: (link: Link) => boolean
  readonly log: (line: string) => void
}

export class Fleet {
  readonly #parts: FleetParts
  readonly #places: readonly Place[]
  readonly lives: Life[] = []
  /** Starts that failed, and what they said: while a server is away they may. */
  readonly failedStarts: { readonly node: string; readonly said: string }[] = []

  constructor(parts: FleetParts) {
    this.#parts = parts
    this.#places = parts.links.map((link, index) => ({
      number: index + 1,
      link,
      wanted: false,
      lives: 0,
      life: undefined,
      keeping: undefined,
    }))
  }

  /** Sets how many workers there are. Those that are too many are told to leave (SIGTERM). */
  scaleTo(workers: number): void {
    for (const [index, place] of this.#places.entries()) {
      place.wanted = index < workers
      if (place.wanted) place.keeping ??= this.#keep(place)
      else if (place.life) this.term(place.life)
    }
  }

  get wanted(): number {
    return this.#places.filter(({ wanted }) => wanted).length
  }

  /** The ways of all workers that are wanted, or of one of them. */
  links(target: number, everyone: boolean): Link[] {
    const links = this.#places.filter(({ wanted }) => wanted).map(({ link }) => link)
    const one = pick(links, target)
    return everyone || !one ? links : [one]
  }

  /** A worker that runs and that nothing was done to; undefined where there is none. */
  target(target: number): Life | undefined {
    const free = this.#places.flatMap(({ life }) =>
      life && !life.process.hasEnded && life.fate === undefined && !life.frozen ? [life] : [],
    )
    return pick(free, target)
  }

  kill(life: Life): void {
    life.fate = 'kill'
    life.unheard = this.#parts.isCut(life.link)
    life.process.kill('SIGKILL')
  }

  term(life: Life): void {
    if (life.fate !== undefined) return
    life.fate = 'term'
    life.unheard = this.#parts.isCut(life.link)
    life.process.stop(GRACE_MS).catch(() => this.#parts.log(`${life.node} did not leave within its grace`))
  }

  /** Stops it for so long, in its tracks. */
  async freeze(life: Life, forMs: number): Promise<void> {
    life.frozen = true
    life.wasFrozen = true
    life.process.kill('SIGSTOP')
    await delay(forMs)
    life.process.kill('SIGCONT')
    life.frozen = false
  }

  /** What `/ready` says of each. */
  states(): Promise<ProcessState[]> {
    const wanted = this.#places.filter((place) => place.wanted)
    return Promise.all(
      wanted.flatMap(({ life }) =>
        life && !life.process.hasEnded ? [stateOf(life.node, life.process)] : [],
      ),
    )
  }

  /** Ends all, and waits for their ends. */
  async stop(): Promise<void> {
    this.scaleTo(0)
    await Promise.all(this.#places.map(({ keeping }) => keeping))
    await Promise.all(this.#places.flatMap(({ link }) => [link.kafka.close(), link.database.close()]))
  }

  async #keep(place: Place): Promise<void> {
    while (place.wanted) {
      const node = `worker-${place.number}-${++place.lives}`
      try {
        const process = await this.#parts.start(node, place.link)
        const life: Life = {
          node,
          process,
          link: place.link,
          fate: undefined,
          frozen: false,
          wasFrozen: false,
          unheard: false,
          ended: undefined,
        }
        this.lives.push(life)
        place.life = life
        this.#parts.log(`${node} runs, pid ${process.pid}`)
        if (!place.wanted) this.term(life)
        life.ended = await process.ended
        this.#parts.log(`${node} has ended: ${life.ended.signal ?? `code ${life.ended.code}`}`)
        place.life = undefined
      } catch (error) {
        this.failedStarts.push({ node, said: toError(error).message })
        this.#parts.log(`${node} did not start`)
      }
      if (place.wanted) await delay(RESTART_MS)
    }
    place.keeping = undefined
  }
}

/** What its `/ready` says. */
export const stateOf = async (node: string, { url }: RunningProcess): Promise<ProcessState> => {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5_000) })
    return { node, status: response.status, said: (await response.text()).slice(0, 300) }
  } catch (error) {
    return { node, status: 0, said: String(error) }
  }
}
