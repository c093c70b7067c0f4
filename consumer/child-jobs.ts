/** Children of control jobs: submitted and cancelled by the master, read from the store. */
import { setTimeout as delay } from 'node:timers/promises'
import { inGroups } from '../core/children.ts'
import { AppError, toError } from '../core/errors.ts'
import type { ChildJobs } from '../core/handlers/platform.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { findOutcomes, readResults } from '../core/store/outcomes.ts'
import type { Ask } from './ask-parent.ts'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000

/** Results read at once. Each may take 8 MB, but those of jobs that fan out are small as a rule. */
const RESULTS = 50

/** Jobs whose ends are looked up at once. */
const LOOK_UP = 2_000

/** Does it again for as long as what fails may pass. @throws what won't pass, or the signal's reason */
const patiently = async <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, 2 * wait)) {
    try {
      signal.throwIfAborted()
      return await attempt()
    } catch (error) {
      if (signal.aborted) throw toError(signal.reason)
      if (!(error instanceof AppError && error.retryable)) throw error
      await delay(wait, undefined, { signal }).catch(() => {})
    }
  }
}

const steps = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))

export const childJobs = (db: Database, ask: Ask): ChildJobs => {
  const fromStore = <T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const attempt = (): Promise<T> =>
      read().catch((error: unknown) => {
        throw storeError(error)
      })
    return patiently(attempt, signal)
  }
  return {
    async submit(parent, first, children, signal) {
      const ids: string[] = []
      for (const group of inGroups(children)) {
        const question = { what: 'submit' as const, parent, first: first + ids.length, children: group }
        ids.push(...(await patiently(() => ask(question, signal), signal)))
      }
      return ids
    },
    async *outcomes(ids, signal) {
      for (const some of steps(ids, LOOK_UP)) {
        const ended = await fromStore(() => findOutcomes(db, some), signal)
        for (const few of steps([...ended.keys()], RESULTS))
          yield* await fromStore(() => readResults(db, few), signal)
      }
    },
    async cancel(ids, signal) {
      for (const some of steps(ids, LOOK_UP))
        await patiently(() => ask({ what: 'cancel', ids: some }, signal), signal)
    },
  }
}
