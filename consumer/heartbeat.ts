import type { NodeType } from '../core/config.ts'
import type { EventPublisher } from '../core/events/publisher.ts'
import type { Engine } from './engine/engine.ts'
import type { Reporter } from './reporter.ts'
import type { Result, Task } from './task.ts'

const INTERVAL_MS = 1_000
/** Fewer jobs done beyond a committed offset are daily life, and not told. */
const WORTH_TELLING = 10
/** With less of the slots' time taken there was room for jobs, if only they could have run. */
const BUSY = 0.9

export interface HeartbeatParts {
  readonly events: EventPublisher
  readonly engine: Engine<Task, Result>
  readonly reporter: Reporter
  readonly nodeId: string
  readonly nodeType: NodeType
  readonly concurrency: number
  readonly leaving: AbortSignal
}

/** Tells the masters once a second that this node lives and what it does; the last one says that it leaves. */
export const startHeartbeat = (parts: HeartbeatParts): { stop(): void } => {
  const { events, engine, reporter, nodeId, nodeType, concurrency, leaving } = parts
  const startedAt = Date.now()
  let before = { slotMs: engine.slotsUsed.slotMs, at: performance.now() }
  const load = () => {
    const used = engine.slotsUsed
    const now = performance.now()
    const hadRoom = used.slotMs - before.slotMs < BUSY * concurrency * (now - before.at)
    before = { slotMs: used.slotMs, at: now }
    const partitions = engine.progress().flatMap(({ topic, partition, finished, keys }) => {
      const parallel = hadRoom && keys !== undefined ? { parallel: keys } : {}
      const worth = finished >= WORTH_TELLING || 'parallel' in parallel
      return worth ? [{ topic, partition, finished, ...parallel }] : []
    })
    return { concurrency, used, ...(partitions.length > 0 ? { partitions } : {}) }
  }
  const beat = (): void =>
    events.publish({
      kind: 'heartbeat',
      at: Date.now(),
      node: nodeId,
      nodeType,
      pid: process.pid,
      startedAt,
      claimed: engine.claimed,
      active: engine.running.size,
      running: reporter.running(),
      ...load(),
      leaving: leaving.aborted,
    })
  beat()
  leaving.addEventListener('abort', beat)
  const timer = setInterval(beat, INTERVAL_MS)
  return {
    stop: () => {
      clearInterval(timer)
      beat()
    },
  }
}
