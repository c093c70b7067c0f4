/**
 * The watchers of this process: those used last stay in memory, so that an append neither reads nor writes a state as a rule. What stands in
 * the store is a state now and then, and the points since: a watcher is made from the one and taken through the others.
 *
 * Invariant: a watcher in memory has seen exactly the points that the series had at its version. Another version is another's work (or other
 * settings): it is made anew.
 */
import { AppError } from '../../../core/errors.ts'
import type { Database } from '../../../core/store/database.ts'
import type { Series } from '../../../core/store/series.ts'
import { type PointChunk, readChunks, readState } from '../../../core/store/series-points.ts'
import type { StreamingDetector } from '../../detection/detector.ts'
import { judgeAll } from './judge.ts'
import { decodeState } from './state.ts'
import { Watcher } from './watcher.ts'

/** A state is stored after so many points: as many are gone through again where it is loaded, at most. */
export const STATE_EVERY = 500
const MAX_WATCHERS = 64

interface Held {
  readonly version: number
  readonly createdAt: number
  readonly watcher: Watcher
}

/** By the series' name, those used last at the end. */
const held = new Map<string, Held>()

/** Takes the watcher of this version of the series out of memory. */
const take = ({ name, version, createdAt }: Series): Watcher | undefined => {
  const found = held.get(name)
  held.delete(name)
  return found?.version === version && found.createdAt === createdAt ? found.watcher : undefined
}

/** Keeps a watcher that has seen all points of the next version of the series. */
export const keep = ({ name, version, createdAt }: Series, watcher: Watcher): void => {
  held.set(name, { version: version + 1, createdAt, watcher })
  const [oldest] = held.keys()
  if (held.size > MAX_WATCHERS && oldest !== undefined) held.delete(oldest)
}

export interface Loaded {
  readonly watcher: Watcher
  /** Points that the store's state knows: the watcher has seen more. */
  readonly stateRow: number
  /** What is to be known of how it came about. */
  readonly remark: string | undefined
}

const replay = async (
  watcher: Watcher,
  chunks: readonly PointChunk[],
  from: number,
  signal: AbortSignal,
): Promise<number> => {
  let points = 0
  for (const { firstRow, values, timesMs } of chunks) {
    const at = Math.max(0, from - firstRow)
    points += (await judgeAll(watcher, values.slice(at), timesMs?.slice(at), signal)).length
  }
  return points
}

/** Goes on from the stored state; undefined where that can't be read, or is not the detector's. */
const resume = async (
  bytes: Buffer,
  detector: StreamingDetector,
  threshold: number,
): Promise<Watcher | undefined> => {
  const saved = await decodeState(bytes)
  if (saved?.detector !== detector.name) return undefined
  try {
    return new Watcher(detector, threshold, saved)
  } catch (error) {
    if (error instanceof AppError && error.code === 'REQUEST_INVALID') return undefined
    throw error
  }
}

/** The watcher that has seen all points of the series: from memory, from its state, or else anew from the points that are kept. */
export const loadWatcher = async (
  db: Database,
  series: Series,
  detector: StreamingDetector,
  signal: AbortSignal,
): Promise<Loaded> => {
  const { name, rows, stateRow, threshold } = series
  const present = take(series)
  if (present) return { watcher: present, stateRow, remark: undefined }
  const bytes = stateRow > 0 ? await readState(db, name) : undefined
  const resumed = bytes && (await resume(bytes, detector, threshold))
  const from = resumed ? stateRow : 0
  const watcher = resumed ?? new Watcher(detector, threshold)
  const points = rows > from ? await replay(watcher, await readChunks(db, name, from, rows), from, signal) : 0
  const remark =
    resumed || !bytes
      ? undefined
      : `The state of ${detector.name} could not be read, and was made anew from the last ${points} points.`
  return { watcher, stateRow: from, remark }
}
