import type { NodeType } from '../core/config.ts'
import type { EventPublisher } from '../core/events/publisher.ts'
import type { Engine } from './engine/engine.ts'
import type { Reporter } from './reporter.ts'
import type { Result, Task } from './task.ts'

const INTERVAL_MS = 1_000

export interface HeartbeatParts {
  readonly events: EventPublisher
  readonly engine: Engine<Task, Result>
  readonly reporter: Reporter
  readonly nodeId: string
  readonly nodeType: NodeType
  readonly leaving: AbortSignal
}

/** Tells the masters once a second that this node lives and what it does; the last one says that it leaves. */
export const startHeartbeat = (parts: HeartbeatParts): { stop(): void } => {
  const { events, engine, reporter, nodeId, nodeType, leaving } = parts
  const startedAt = Date.now()
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
