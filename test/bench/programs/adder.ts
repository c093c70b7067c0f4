/**
 * A closed loop of a library's own calls: `CALLS` under way at once, each of which adds `JOBS` jobs. `LIBRARY`, `PLACE`, `PAYLOAD` (JSON),
 * `WARM_MS`, `MEASURE_MS`. Tells its parent what it saw; a call that fails fails it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../../until.ts'
import { type LibraryName, loadLibrary } from '../libraries/index.ts'
import type { BenchPayload, Place } from '../libraries/library.ts'
import { runChild, setting } from './child.ts'

export interface AddReport {
  readonly jobs: number
  readonly seconds: number
  /** Processor time of this process, ms. */
  readonly cpuMs: number
}

const run = async (): Promise<AddReport> => {
  const library = await loadLibrary(setting('LIBRARY') as LibraryName)
  const client = await library.connect(JSON.parse(setting('PLACE')) as Place)
  const payload = JSON.parse(setting('PAYLOAD')) as BenchPayload
  const each = Number(setting('JOBS'))
  let jobs = 0
  let ending = false
  const call = (): Promise<unknown> =>
    each === 1 ? client.add(payload) : client.addMany(Array.from({ length: each }, () => payload))
  const loop = async (): Promise<void> => {
    while (!ending) {
      await call()
      jobs += each
    }
  }
  const loops = Promise.all(Array.from({ length: Number(setting('CALLS')) }, loop))
  const measure = async (): Promise<AddReport> => {
    await until('the first jobs are added', () => jobs > 0, 20_000)
    await delay(Number(setting('WARM_MS')))
    const before = { jobs, at: performance.now(), cpu: process.cpuUsage() }
    await delay(Number(setting('MEASURE_MS')))
    const { user, system } = process.cpuUsage(before.cpu)
    const report = { jobs: jobs - before.jobs, seconds: (performance.now() - before.at) / 1_000 }
    ending = true
    return { ...report, cpuMs: (user + system) / 1_000 }
  }
  const [report] = await Promise.all([measure(), loops])
  await client.close()
  return report
}

await runChild(async () => ({ stop: async () => {} }))
run().then(
  (report) => process.send?.({ report }),
  (error: unknown) => process.send?.({ failure: String(error) }),
)
