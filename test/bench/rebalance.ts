/**
 * What a change of the fleet costs: 3 → 12 → 3 workers, then one killed with -9, under full load.
 * `node test/bench/rebalance.ts [JOB_MS]` (100). For each phase: jobs finished a second before and while it settles, the longest time in which
 * nothing of a partition ended (those that stayed with their worker apart from those that moved), and runs begun twice.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { startPlatform } from '../support/platform.ts'
import type { RunningProcess } from '../support/process.ts'
import { until } from '../until.ts'

const PARTITIONS = 24
const JOB_MS = Number(process.argv[2] ?? 100)
/** Of each phase: before the change is not counted, the change and what follows is. */
const STEADY_MS = 8_000
const PHASE_MS = 15_000

const workspace = await openWorkspace()
const servers = await provideServers(process.env, workspace.folder, () => {}, new AbortController().signal)
Object.assign(process.env, servers.env)
const folder = mkdtempSync(join(tmpdir(), 'anomalyguard-bench-'))
const file = join(folder, 'trace')
const platform = await startPlatform('bench', { PARTITIONS: String(PARTITIONS), LOG_LEVEL: 'warn' })

interface Ended {
  readonly partition: number
  readonly at: number
  readonly worker: string
}

/** Ends by wall clock, from the store. */
const ends = async (): Promise<Ended[]> => {
  const rows = await platform.sql<{ partition: number; finished_at: Date; worker: string }>(
    'select partition, finished_at, worker from outcomes order by finished_at',
  )
  return rows.map((row) => ({ partition: row.partition, at: row.finished_at.getTime(), worker: row.worker }))
}

const longestGap = (times: readonly number[], from: number, to: number): number => {
  let last = from
  let longest = 0
  for (const at of times) {
    if (at < from || at > to) continue
    longest = Math.max(longest, at - last)
    last = at
  }
  return Math.max(longest, to - last)
}

/** What became of a phase that began with a change at `at`. */
const report = (name: string, all: readonly Ended[], at: number, lasting: number): void => {
  const rate = (from: number, to: number): number =>
    Math.round(all.filter((it) => it.at >= from && it.at < to).length / ((to - from) / 1000))
  const gaps = { kept: [] as number[], moved: [] as number[] }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = all.filter((it) => it.partition === partition)
    const before = own.findLast((it) => it.at < at)?.worker
    const after = own.findLast((it) => it.at < at + lasting)?.worker
    const times = own.map((it) => it.at)
    const gap = longestGap(times, at, at + lasting) - longestGap(times, at - STEADY_MS, at)
    gaps[before === after ? 'kept' : 'moved'].push(Math.max(0, gap))
  }
  const median = (of: number[]): string => {
    const sorted = of.toSorted((a, b) => a - b)
    const pick = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
    return sorted.length === 0 ? 'none' : `${sorted.length}: median ${pick(0.5)} ms, longest ${pick(1)} ms`
  }
  const seconds = Array.from({ length: Math.floor(lasting / 1_000) }, (_, s) =>
    rate(at + s * 1000, at + (s + 1) * 1000),
  )
  console.log(`${name}`)
  console.log(`  jobs/s before ${rate(at - 4_000, at)}, then second by second ${seconds.join(' ')}`)
  console.log(`  longer pause than before, partitions that stayed  ${median(gaps.kept)}`)
  console.log(`  longer pause than before, partitions that moved   ${median(gaps.moved)}`)
}

/** Attempts that began more often than once. */
const begunAgain = (): number => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const starts = lines
    .map((line) => JSON.parse(line) as { what: string; id: string; attempt: number })
    .filter(({ what }) => what === 'start')
    .map(({ id, attempt }) => `${id} ${attempt}`)
  return starts.length - new Set(starts).size
}

try {
  const master = await platform.master()
  const capacity = (12 * 5 * 1000) / JOB_MS
  const jobs = Math.round((capacity * (3 * (STEADY_MS + PHASE_MS) + 10_000)) / 1000)
  const line = JSON.stringify({ type: 'test.work', payload: { file, ms: JOB_MS } })
  for (let sent = 0; sent < jobs; sent += 2_000) {
    const answer = await fetch(`${master.url}/api/jobs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${line}\n`.repeat(Math.min(2_000, jobs - sent)),
    })
    await answer.text()
  }
  console.log(
    `${jobs} jobs of ${JOB_MS} ms on ${PARTITIONS} partitions; capacity of 12 workers ${capacity} jobs/s`,
  )
  const start = (count: number): Promise<RunningProcess[]> =>
    Promise.all(Array.from({ length: count }, () => platform.worker()))
  const first = await start(3)
  await until('the first work', async () => (await ends()).length > 100, 30_000)
  await delay(STEADY_MS)
  const marks: [string, number, number][] = []
  const joining = Date.now()
  const more = await start(9)
  await delay(PHASE_MS)
  marks.push(['3 → 12 workers (their start included)', joining, Date.now() - joining])
  const joined = begunAgain()
  const killed = first[0]
  marks.push(['kill -9 of one of 12', Date.now(), PHASE_MS])
  killed?.kill('SIGKILL')
  await delay(PHASE_MS + STEADY_MS)
  const killing = begunAgain()
  marks.push(['11 → 3 workers (SIGTERM)', Date.now(), PHASE_MS])
  await Promise.all([...more.slice(0, 8)].map((it) => it.stop()))
  await delay(PHASE_MS)
  const all = await ends()
  for (const [name, at, lasting] of marks) report(name, all, at, lasting)
  console.log(
    `begun again: ${joined} by joining, ${killing - joined} by the kill, ${begunAgain() - killing} by leaving`,
  )
} finally {
  await platform.stop()
  rmSync(folder, { recursive: true, force: true })
  await servers.stop()
  await workspace.close()
}
process.exit()
