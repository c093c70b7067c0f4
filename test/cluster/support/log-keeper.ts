/** Keeps the logs of the product's pods while a suite runs, also of those that go: a pod's log goes with it. */
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Api } from './api.ts'
import { paths } from './names.ts'
import { podsOf, restartsOf } from './state.ts'

const EVERY_MS = 1_500

export interface LogKeeper {
  /** Where they are: a file a start of each container. */
  readonly folder: string
  stop(): Promise<void>
}

/** `name`: of the suite; the logs of its last run are replaced. */
export const keepLogs = (api: Api, name: string): LogKeeper => {
  const folder = fileURLToPath(
    new URL(`../../../.data/cluster/logs/${name.replace(/[^a-z0-9]+/g, '-')}`, import.meta.url),
  )
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const stopped = new AbortController()
  const { signal } = stopped
  const followed = new Set<string>()

  const follow = async (pod: string, container: string, file: string): Promise<void> => {
    const query = `container=${container}&follow=true&timestamps=true`
    const response = await fetch(`${api.url}${paths.pod(pod)}/log?${query}`, { signal })
    // Not started yet: the next look tries again.
    if (!response.ok || !response.body) followed.delete(file)
    else await pipeline(Readable.fromWeb(response.body), createWriteStream(join(folder, file)), { signal })
  }
  const look = async (): Promise<void> => {
    for (const pod of await podsOf(api)) {
      for (const { name: container } of pod.spec.containers) {
        const file = `${pod.metadata.name}.${restartsOf(pod)}.log`
        if (followed.has(file) || pod.status.phase === 'Pending') continue
        followed.add(file)
        follow(pod.metadata.name, container, file).catch(() => {})
      }
    }
  }
  const loop = (async (): Promise<void> => {
    while (!signal.aborted) {
      await look().catch(() => {})
      await delay(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    folder,
    async stop() {
      stopped.abort()
      await loop
    },
  }
}
