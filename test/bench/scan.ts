/**
 * A scan of 500 series through the running product, with a worker killed and the master killed and started again on the way:
 * `node test/bench/scan.ts [SERIES] [ROWS]` (500, 3,000). Some of the series are the samples cut to pieces, where they are; the others
 * are generated. Prints times, the master's memory while it takes the upload, and whether each series has one job with one outcome.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScanResult } from '../../consumer/handlers/scan/gather.ts'
import { generate } from '../accuracy/generator/generate.ts'
import type { Label } from '../accuracy/generator/series.ts'
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { call, expectJob, getJob, type JobView, runJob } from '../support/api.ts'
import { readLog } from '../support/log.ts'
import { startPlatform } from '../support/platform.ts'
import { filesBody } from '../support/series.ts'
import { cpuMs, megabytesIn, peakMb } from '../support/usage.ts'
import { until } from '../until.ts'

const SERIES = Number(process.argv[2] ?? 500)
const ROWS = Number(process.argv[3] ?? 3_000)
/** Far from the seeds that detectors are tuned by and scored on. */
const FIRST_SEED = 9_000_000
const samples = new URL('../../../shared/sample-series/', import.meta.url)

const files = new Map<string, string>()
const labels = new Map<string, readonly Label[]>()

/** Pieces of the samples; the last of each, which is shorter, is left out. */
const addSamples = (): void => {
  if (!existsSync(samples)) return
  for (const file of readdirSync(samples).filter((it) => it.endsWith('.csv'))) {
    const [head, ...rows] = readFileSync(new URL(file, samples), 'utf8').trim().split('\n')
    for (let from = 0; from + ROWS <= rows.length; from += ROWS)
      files.set(
        `${file.replace('.csv', '')}-${from}.csv`,
        [head, ...rows.slice(from, from + ROWS)].join('\n'),
      )
  }
}

const addGenerated = (): void => {
  for (let seed = FIRST_SEED; files.size < SERIES; seed++) {
    const { name, input, labels: known } = generate(seed, { rows: ROWS })
    const { values } = input.columns[0]
    const lines = Array.from(values, (value, row) => {
      const time = input.timesMs?.[row] ?? Date.UTC(2026, 0, 1) + 60_000 * row
      return `${new Date(time).toISOString()},${value}`
    })
    files.set(`${name}.csv`, `timestamp,value\n${lines.join('\n')}`)
    labels.set(name, known)
  }
}

const rssMb = (pid: number): number => megabytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS')
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

addSamples()
console.log(`${files.size} series from the samples`)
addGenerated()
console.log(`${files.size} series of ${ROWS} rows`)

const workspace = await openWorkspace()
const servers = await provideServers(process.env, workspace.folder, () => {}, new AbortController().signal)
Object.assign(process.env, servers.env)
const platform = await startPlatform('scanbench', {
  PARTITIONS: '24',
  LOG_LEVEL: 'warn',
  // As the product's own `make run` and image start it.
  NODE_OPTIONS: '--max-old-space-size=192 --max-semi-space-size=8',
  MALLOC_ARENA_MAX: '2',
})
try {
  let master = await platform.master()
  const workers = await Promise.all([platform.worker(), platform.worker(), platform.worker()])

  const upload = async (some: ReadonlyMap<string, string>): Promise<string> => {
    const { raw, type } = await filesBody(some)
    const [since, cpuBefore, before] = [performance.now(), cpuMs(master.pid), rssMb(master.pid)]
    const headers = { 'content-type': type }
    const answer = await call(`${master.url}/api/data-sets?name=bench`, { raw, headers, limitMs: 200_000 })
    const { id, series, points } = answer.body as { id: string; series: number; points: number }
    const cpu = ((cpuMs(master.pid) - cpuBefore) / 1000).toFixed(1)
    console.log(
      `upload of ${(raw.length / 1e6).toFixed(1)} MB: ${answer.status}, ${series} series, ${points} points in ${seconds(since)}, ` +
        `${cpu} s of the master’s processor; master ${before.toFixed(0)} MB before, ${peakMb(master.pid).toFixed(0)} MB at most`,
    )
    return id
  }
  // Memory is to grow with neither.
  for (const part of [10, 3]) await upload(new Map([...files].slice(0, Math.ceil(files.size / part))))
  const dataSet = await upload(files)

  const submit = async (): Promise<string> =>
    expectJob(
      await call(`${master.url}/api/jobs`, { json: { type: 'scan', payload: { dataSet, top: 100 } } }),
      202,
    ).id
  const ended = async (scan: string): Promise<number> => {
    const rows = await platform.sql<{ count: number }>(
      `select count(*)::int from reservations join outcomes on id = job_id where tenant = 'job ' || $1`,
      [scan],
    )
    return rows[0]?.count ?? 0
  }
  const finished = async (scan: string): Promise<JobView> => {
    const has = async (): Promise<boolean> => (await getJob(master.url, scan)).finishedAt !== undefined
    await until('the scan has ended', has, 200_000)
    return getJob(master.url, scan)
  }

  const calm = performance.now()
  const undisturbed = await finished(await submit())
  console.log(`undisturbed: ${undisturbed.status} in ${seconds(calm)}, "${undisturbed.progress?.text}"`)

  const { result: about } = await runJob(master.url, { type: 'test.control' })
  const node = (about as { pid: number }).pid
  const records = (await readLog(platform, 'jobs')).length
  const scanning = performance.now()
  const scan = await submit()
  await until('100 have ended', async () => (await ended(scan)) >= SERIES / 5, 60_000)
  workers[0]?.kill('SIGKILL')
  console.log(`worker killed at ${seconds(scanning)}, ${await ended(scan)} series had ended`)
  await until('more have ended', async () => (await ended(scan)) >= (2 * SERIES) / 5, 60_000)
  master.kill('SIGKILL')
  process.kill(node, 'SIGKILL')
  console.log(`master and its node killed at ${seconds(scanning)}, ${await ended(scan)} series had ended`)
  await delay(1_000)
  master = await platform.master()
  console.log(`master is back at ${seconds(scanning)}`)
  const { status, result, attempts } = await finished(scan)
  console.log(`disturbed: ${status} in ${seconds(scanning)}, attempts ${attempts.length}`)

  const [counts] = await platform.sql<{
    children: number
    jobs: number
    outcomes: number
    succeeded: number
  }>(
    `select count(*)::int as children, count(distinct job_id)::int as jobs, count(id)::int as outcomes,
            (count(*) filter (where status = 'succeeded'))::int as succeeded
       from reservations left join outcomes on id = job_id where tenant = 'job ' || $1`,
    [scan],
  )
  const published = (await readLog(platform, 'jobs')).length - records
  console.log(
    `series with a job of their own: ${counts?.children}, distinct jobs ${counts?.jobs}, records in the log ${published}, ` +
      `outcomes ${counts?.outcomes}, succeeded ${counts?.succeeded}`,
  )
  const { lines, ranking, anomalies, series: told } = result as ScanResult
  console.log(
    `result: ${lines.length} lines, ${JSON.stringify(told)}, ${anomalies} anomalies, ${JSON.stringify(result).length} bytes`,
  )
  const calmRanking = (undisturbed.result as ScanResult).ranking
  const same = ranking.every(
    ({ series: name, start }, n) => name === calmRanking[n]?.series && start === calmRanking[n]?.start,
  )
  console.log(`the ranking is ${same ? 'the same' : 'another'} as without faults`)
  const known = ranking.filter((it) => labels.has(it.series))
  const right = known.filter((it) =>
    labels.get(it.series)?.some(({ start, end }) => it.start <= end && it.end >= start),
  )
  console.log(
    `of the first ${ranking.length}, ${known.length} are of generated series, ${right.length} of them where an anomaly was put`,
  )
} finally {
  await platform.stop()
  await servers.stop()
  await workspace.close()
}
process.exit()
