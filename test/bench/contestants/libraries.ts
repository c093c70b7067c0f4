/** What the installations of libraries have in common: their server and workers are the benchmark's own programs. */
import { randomBytes } from 'node:crypto'
import type { RunningProcess } from '../../support/process.ts'
import { startLibrary } from '../lib/programs.ts'
import { type LibraryName, loadLibrary } from '../libraries/index.ts'
import type { LibraryClient, Place } from '../libraries/library.ts'
import type { Bench, Installation, SetUp } from './contestant.ts'

const BATCH = 1_000

/** A place of its own. */
export const placeOf = ({ brokers, databaseUrl }: Bench, { swift = false }: SetUp, redisPort = 0): Place => ({
  brokers,
  databaseUrl,
  redisPort,
  swift,
  name: `bench${randomBytes(4).toString('hex')}`,
})

export interface LibraryParts extends Pick<Installation, 'clear' | 'done'> {
  readonly library: LibraryName
  readonly place: Place
  readonly setUp: SetUp
  readonly fill?: Installation['fill']
  /** Removes what is left once its processes have ended. */
  remove(): Promise<void>
}

/** Jobs are queued by the library's own call for many, from here; it is connected when that is first asked for. */
export const libraryInstallation = (
  parts: LibraryParts,
): Installation & { client(): Promise<LibraryClient> } => {
  const { library, place, setUp } = parts
  const running: RunningProcess[] = []
  let connecting: Promise<LibraryClient> | undefined
  const client = (): Promise<LibraryClient> => {
    connecting ??= loadLibrary(library).then((loaded) => loaded.connect(place))
    return connecting
  }
  const note = async (starting: Promise<RunningProcess>): Promise<RunningProcess> => {
    const started = await starting
    running.push(started)
    return started
  }
  const env = {
    CONCURRENCY: String(setUp.concurrency),
    ...(setUp.stamps === undefined ? {} : { BENCH_STAMPS: setUp.stamps }),
  }
  return {
    client,
    library: { name: library, place },
    server: () => note(startLibrary('server', library, place)),
    request: (payload, { waits = false } = {}) => ({
      path: '/jobs',
      body: JSON.stringify({ type: 'job', payload }),
      headers: waits ? { prefer: 'wait=30' } : {},
    }),
    fill:
      parts.fill ??
      (async (jobs, payload) => {
        const { addMany } = await client()
        for (let sent = 0; sent < jobs; sent += BATCH) {
          await addMany(Array.from({ length: Math.min(BATCH, jobs - sent) }, () => payload))
        }
      }),
    worker: () => note(startLibrary('worker', library, place, env)),
    ...(parts.done === undefined ? {} : { done: parts.done }),
    clear: parts.clear,
    async close() {
      await Promise.all(running.filter(({ hasEnded }) => !hasEnded).map((it) => it.stop(15_000)))
      await (await connecting)?.close()
      await parts.remove()
    },
  }
}
