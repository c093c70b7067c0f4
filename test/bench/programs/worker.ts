/** A worker of a library: `LIBRARY`, `PLACE` (JSON), `CONCURRENCY`. */
import { runBenchJob } from '../lib/job.ts'
import { type LibraryName, loadLibrary } from '../libraries/index.ts'
import type { Place } from '../libraries/library.ts'
import { runChild, setting } from './child.ts'

await runChild(async () => {
  const library = await loadLibrary(setting('LIBRARY') as LibraryName)
  const place = JSON.parse(setting('PLACE')) as Place
  const worker = await library.work(place, Number(setting('CONCURRENCY')), runBenchJob)
  return { stop: () => worker.close() }
})
