/** Reads pieces of series, a few at a time, and keeps the last ones: rows scroll in and out of view. */
import { api } from '../../kit/api/client.ts'
import type { DataSetPoints } from '../../kit/api/data-set-types.ts'
import type { Stretch } from './spark.ts'

/** A browser has six connections to a server; some are for those who wait for more than a drawing. */
const MAX_AT_ONCE = 3
const MAX_KEPT = 500

let running = 0
const waiting: (() => void)[] = []

/** Runs the work when it is its turn. A place that gets free goes to the one that has waited longest. */
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running < MAX_AT_ONCE) running++
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

const kept = new Map<string, Promise<DataSetPoints>>()

export const readStretch = (
  dataSet: string,
  series: string,
  { from, limit }: Stretch,
): Promise<DataSetPoints> => {
  const key = `${dataSet} ${from} ${limit} ${series}`
  const known = kept.get(key)
  if (known) return known
  const read = inTurn(() =>
    api<DataSetPoints>(`/data-sets/${dataSet}/series/${encodeURIComponent(series)}`, {
      query: { from, limit },
    }),
  )
  kept.set(key, read)
  // One that failed is tried again when it is looked at again.
  read.catch(() => kept.delete(key))
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break
    kept.delete(oldest)
  }
  return read
}
