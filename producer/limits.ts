/** Limits of types and of prefixes of keys, as the API changes and shows them. */
import { AppError } from '../core/errors.ts'
import type { HandlerRegistry } from '../core/handlers/registry.ts'
import { isOpen } from '../core/limits.ts'
import { type Database, storeError } from '../core/store/database.ts'
import { hasParked, type LimitUsage, readLimitUsage, setPaused } from '../core/store/limit-usage.ts'
import { type LimitSetting, removeLimit, setLimit } from '../core/store/limits.ts'
import type { RecentJobs } from './find-job.ts'

/** What is limited. */
export type Scope = { readonly type: string } | { readonly keyPrefix: string }

const subjectOf = (scope: Scope): string =>
  'type' in scope ? `type:${scope.type}` : `key:${scope.keyPrefix}`

export const scopeOf = (subject: string): Scope =>
  subject.startsWith('type:') ? { type: subject.slice(5) } : { keyPrefix: subject.slice(4) }

export interface LimitsParts {
  readonly db: Database
  readonly schema: string
  readonly handlers: HandlerRegistry
  readonly recent: RecentJobs
}

/** Each rejects with AppError STORE_UNAVAILABLE where the store is away. */
export interface Limits {
  /** Those that limit something, or hold jobs still. */
  list(): Promise<LimitUsage[]>
  /** Replaces it; all absent, or null, is none. @throws AppError TYPE_UNKNOWN */
  set(scope: Scope, setting: LimitSetting): Promise<LimitUsage>
  remove(scope: Scope): Promise<void>
  /** @throws AppError TYPE_UNKNOWN */
  pause(scope: Scope, paused: boolean): Promise<LimitUsage>
}

export const createLimits = ({ db, schema, handlers, recent }: LimitsParts): Limits => {
  const read = async (subject: string): Promise<LimitUsage> =>
    (await readLimitUsage(db)).find((it) => it.subject === subject) ?? {
      ...{ subject, paused: false, concurrency: undefined, rate: undefined },
      ...{ running: 0, held: 0 },
    }

  /** A typing error must not look like a limit. A type whose handler is gone may have jobs that wait. */
  const check = async (scope: Scope): Promise<void> => {
    if (!('type' in scope) || handlers.has(scope.type)) return
    for (const job of recent.all()) if (job.type === scope.type) return
    if (await hasParked(db, scope.type)) return
    throw new AppError(
      'TYPE_UNKNOWN',
      `There is no handler for the type ${scope.type}, and no job of it is known to wait.`,
    )
  }

  const stored = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof AppError ? error : storeError(error)
    }
  }

  return {
    list: () => stored(async () => (await readLimitUsage(db)).filter((it) => !isOpen(it) || it.held > 0)),
    set: (scope, setting) =>
      stored(async () => {
        await check(scope)
        const subject = subjectOf(scope)
        const { paused, concurrency, rate } = setting
        const open = !paused && (concurrency ?? rate ?? undefined) === undefined
        if (open) await removeLimit(db, schema, subject)
        else await setLimit(db, schema, subject, setting)
        return read(subject)
      }),
    remove: (scope) => stored(async () => void (await removeLimit(db, schema, subjectOf(scope)))),
    pause: (scope, paused) =>
      stored(async () => {
        await check(scope)
        const subject = subjectOf(scope)
        await setPaused(db, schema, subject, paused)
        return read(subject)
      }),
  }
}
