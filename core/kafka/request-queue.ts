/**
 * Lets kafkajs's connections rest. In 2.2.4 each of them, from its first answer on, looks a thousand times a second whether requests wait to
 * be sent (`scheduleCheckPendingRequests` sets its next timer whether any wait or not, for a time that is long past: Node makes that 1 ms, and
 * warns of it; kafkajs issues 1556 and 1704). A worker has four, so that it set 4,000 timers a second while it had nothing to do, which took
 * half of its processor time then.
 */
import { createRequire } from 'node:module'

/** Of kafkajs's `RequestQueue`, which it does not export. */
interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

const load: (path: string) => { readonly prototype: RequestQueue } = createRequire(import.meta.url)
const { prototype } = load('kafkajs/src/network/requestQueue')
const schedule = prototype.scheduleCheckPendingRequests

// What is put in while the queue is throttled or full schedules a look itself, and each answer looks at once.
prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this)
}
