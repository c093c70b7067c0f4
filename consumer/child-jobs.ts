/** Children of control jobs: submitted and cancelled by the master, read from the store. */
import { inGroups } from '../core/children.ts'
import type { ChildJobs } from '../core/handlers/platform.ts'
import { whileRetryable } from '../core/retry.ts'
import { type Database, fromStore } from '../core/store/database.ts'
import { findOutcomes, readResults } from '../core/store/outcomes.ts'
import type { Ask } from './ask-parent.ts'

/** Results read at once. Each may take 8 MB, but those of jobs that fan out are small as a rule. */
const RESULTS = 50

/** Jobs whose ends are looked up at once. */
const LOOK_UP = 2_000

const steps = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))

export const childJobs = (db: Database, ask: Ask): ChildJobs => ({
  async submit(parent, first, children, signal) {
    const ids: string[] = []
    for (const group of inGroups(children)) {
      const question = { what: 'submit' as const, parent, first: first + ids.length, children: group }
      ids.push(...(await whileRetryable(() => ask(question, signal), signal)))
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
      await whileRetryable(() => ask({ what: 'cancel', ids: some }, signal), signal)
  },
})
