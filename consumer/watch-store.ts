/**
 * Keeps a worker up to date with what masters do in the store: cancellations, limits, jobs that were parked. It looks once a second, and
 * at once on a notice.
 */
import type { Config } from '../core/config.ts'
import { SerialLoop } from '../core/serial-loop.ts'
import type { Database } from '../core/store/database.ts'
import { listenForNotices } from '../core/store/notices.ts'
import { cancelledAmong } from '../core/store/outcomes.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Engine } from './engine/engine.ts'
import type { Limits } from './limits.ts'
import type { Result, Task } from './task.ts'

const LOOK_MS = 1_000

export interface StoreWatchParts {
  readonly config: Config['database']
  readonly nodeId: string
  readonly db: Database
  readonly engine: Pick<Engine<Task, Result>, 'ids' | 'cancel' | 'lookAgain'>
  readonly limits: Limits
  readonly log: Logger
}

export const watchStore = ({
  config,
  nodeId,
  db,
  engine,
  limits,
  log,
}: StoreWatchParts): { stop(): Promise<void> } => {
  let failed = false
  const lookForCancelled = async (): Promise<void> => {
    const { ids } = engine
    const cancelled = ids.length === 0 ? new Set<string>() : await cancelledAmong(db, ids)
    if (cancelled.size > 0) engine.cancel(cancelled)
  }
  const looking = new SerialLoop(async () => {
    if (await limits.refresh()) engine.lookAgain()
    try {
      await lookForCancelled()
      failed = false
    } catch (error) {
      if (!failed) log.warn({ err: error }, 'cancellations can’t be looked up; trying again')
      failed = true
    }
  })
  const timer = setInterval(() => looking.poke(), LOOK_MS)
  timer.unref()
  const listening = listenForNotices(
    config,
    nodeId,
    log,
    (notice) => {
      if (notice.kind === 'cancelled') engine.cancel(new Set(notice.ids))
      else if (notice.kind === 'parked') engine.lookAgain()
      else looking.poke()
    },
    () => {
      looking.poke()
      engine.lookAgain()
    },
  )
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all([listening.stop(), looking.idle()])
    },
  }
}
