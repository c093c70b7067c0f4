/** Watches the committed offsets of the workers' group: whether one ever goes back. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from './platform.ts'

export interface CommitWatch {
  /** Each step backwards that was seen, in words. */
  readonly backwards: readonly string[]
  /** Times that it looked. */
  readonly looks: number
  stop(): Promise<void>
}

/** Looks every 50 ms, through a client of its own. */
export const watchCommits = async ({ kafka, prefix, topic }: Platform): Promise<CommitWatch> => {
  const admin = kafka.admin()
  await admin.connect()
  const committed = new Map<number, number>()
  const backwards: string[] = []
  let looks = 0
  let stopped = false
  const done = (async () => {
    while (!stopped) {
      // A broker that has just started has no coordinator for a moment.
      const [group] = await admin
        .fetchOffsets({ groupId: `${prefix}-slaves`, topics: [topic('jobs')] })
        .catch(() => [])
      for (const { partition, offset } of group?.partitions ?? []) {
        const before = committed.get(partition) ?? -1
        if (Number(offset) < before) backwards.push(`partition ${partition}: ${before} → ${offset}`)
        committed.set(partition, Number(offset))
      }
      looks++
      await delay(50)
    }
  })()
  return {
    backwards,
    get looks() {
      return looks
    },
    async stop() {
      stopped = true
      await done.finally(() => admin.disconnect())
    },
  }
}
