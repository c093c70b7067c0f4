/** Standing series as the API uses them. */
import { AppError, faultsOf } from '../core/errors.ts'
import type { HandlerRegistry } from '../core/handlers/registry.ts'
import type { JobSubmission } from '../core/job.ts'
import { newSecret, type SeriesSettings, type SeriesView } from '../core/series/settings.ts'
import { MAX_SERIES, type Point } from '../core/series/watch.ts'
import { type Database, storeError } from '../core/store/database.ts'
import {
  deleteSeries,
  getSeries,
  listSeries,
  type PutSeries,
  putSeries,
  type Series,
} from '../core/store/series.ts'

/** All throw AppError STORE_UNAVAILABLE, and NOT_FOUND where a series has to be there and is not. */
export interface SeriesStore {
  get(name: string): Promise<Series>
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<Series[]>
  /** @throws AppError SERIES_FULL, REQUEST_INVALID (a detector that there is not) */
  put(name: string, settings: SeriesSettings): Promise<PutSeries>
  remove(name: string): Promise<void>
}

/** Does what asks the store. @throws AppError STORE_UNAVAILABLE */
export const stored = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof AppError ? error : storeError(error)
  })

const there = <T>(name: string, found: T | undefined): T => {
  if (found === undefined) throw new AppError('NOT_FOUND', `There is no series ${name}.`)
  return found
}

/** The job that appends points: its key is the series' name, so that all of them are appended in order. */
export const appendJob = (series: string, points: readonly Point[]): JobSubmission => ({
  type: 'watch',
  key: series,
  payload: { series, points },
})

export const createSeries = (db: Database, handlers: HandlerRegistry): SeriesStore => {
  /** The handler knows which detectors there are: what it would take is taken. */
  const checkDetector = (series: string, detector: string | undefined): void => {
    const checked = handlers.get('watch')?.handler.schema.safeParse({ series, points: [0], detector })
    if (checked === undefined || checked.success) return
    const faults = faultsOf(checked.error.issues)
    throw new AppError(
      'REQUEST_INVALID',
      faults.map(({ path, message }) => `${path}: ${message}`).join('; '),
      {
        faults,
      },
    )
  }

  return {
    get: async (name) => there(name, await stored(getSeries(db, name))),
    list: (page) => stored(listSeries(db, page)),
    async put(name, { detector, threshold, webhook }) {
      checkDetector(name, detector)
      const settings = {
        detector,
        threshold,
        webhook: webhook && { url: webhook.url, secret: webhook.secret },
      }
      const put = await stored(putSeries(db, name, settings, newSecret))
      if (!put) throw new AppError('SERIES_FULL', `There are ${MAX_SERIES} series, which is the limit.`)
      return put
    },
    async remove(name) {
      there(name, (await stored(deleteSeries(db, name))) || undefined)
    },
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** As it is shown: without its secret, unless that was made just now. */
export const viewOf = (series: Series, made?: string): SeriesView => {
  const { name, detector, threshold, webhook, rows, alarms, lastMs, appendedAt } = series
  return {
    name,
    detector,
    threshold,
    ...(webhook === undefined
      ? {}
      : {
          webhook: {
            url: webhook.url,
            ...(webhook.disabled === undefined ? {} : { disabled: webhook.disabled }),
            ...(made === undefined ? {} : { secret: made }),
          },
        }),
    points: rows,
    alarms,
    ...(lastMs === undefined ? {} : { lastAt: iso(lastMs) }),
    createdAt: iso(series.createdAt),
    updatedAt: iso(series.updatedAt),
    ...(appendedAt === undefined ? {} : { appendedAt: iso(appendedAt) }),
  }
}
