/**
 * How full the main thread's heap is after a full collection: what is left then is in use, or leaked. Between
 * collections the heap is full of garbage, and its size says nothing.
 *
 * A process whose heap reaches its limit is aborted by V8 in the middle of everything. Handlers that leak a little with every job
 * come there for sure; so a worker whose heap is nearly full leaves while it still can: it drains, records, commits, and is
 * replaced. A handler that fills the heap at one go can't be foreseen: that process dies, and its jobs run again elsewhere.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/**
 * Of V8's limit, which counts the young generation, too (24 of 216 MB in the local fleet): what stays lies in the rest, so this is
 * 90 % of what it may have there. Once over it there may be no second look: collections follow each other only when the
 * very limit is met, and from there it is a second to the end.
 */
const FULL = 0.8

export interface HeapWatch {
  /** Used share of the limit after the last full collection; 0 before the first. */
  readonly used: number
  /** What is wrong, while it is nearly full. */
  readonly fault: string | undefined
}

const isMajor = (entry: object): boolean =>
  'detail' in entry &&
  entry.detail instanceof Object &&
  'kind' in entry.detail &&
  entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR

/** Watches from now on, at no cost but that of an event a collection. `onFull` is called whenever it finds the heap full. */
export const watchHeap = (onFull: (used: number) => void): HeapWatch => {
  let used = 0
  new PerformanceObserver((list) => {
    if (!list.getEntries().some(isMajor)) return
    const { used_heap_size: size, heap_size_limit: limit } = getHeapStatistics()
    used = size / limit
    if (used > FULL) onFull(used)
  }).observe({ entryTypes: ['gc'] })
  return {
    get used() {
      return used
    },
    get fault() {
      return used > FULL ? `the heap is ${Math.round(used * 100)} % full after a collection` : undefined
    },
  }
}
