/**
 * How long after it was due to be submitted a job runs, and its result is known, at rates that don't depend on how fast the system is.
 * What comes late, in the client or in the system, is counted from the schedule: there is no coordinated omission.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'hdr-histogram-js'
import type { RunningProcess } from '../../support/process.ts'
import { DUE_MARK } from '../lib/due.ts'
import { able, type Installed, withInstalled } from '../lib/installed.ts'
import { smallPayload } from '../lib/payload.ts'
import { runProgram } from '../lib/programs.ts'
import { inRounds } from '../lib/rounds.ts'
import { columnsOf, compare, type Row, type Section } from '../lib/section.ts'
import { readStamps } from '../lib/stamps.ts'
import type { ScheduleReport } from '../programs/schedule.ts'
import { type Context, type Group, pick } from './group.ts'

const RATES = [100, 500, 2_000]
const CONNECTIONS = 256
const WARM_MS = 1_000
/** Processes that have run for less are still being compiled. */
const WARM_UP_S = 3
/** A job that has not run so long after the last was due is counted as if it ran now. */
const LATE_MS = 5_000

const ratios = { column: 'p99 ms', of: 'ours' }
const columns = [
  { name: 'ran %', decimals: 1 },
  { name: 'p50 ms', decimals: 1 },
  { name: 'p99 ms', decimals: 1 },
  { name: 'p99.9 ms', decimals: 1 },
]

interface Running extends Installed {
  readonly server: RunningProcess
}

const submitAt = (
  { name, installation, server }: Running,
  rate: number,
  seconds: number,
  waits: boolean,
): Promise<ScheduleReport> => {
  const payload = { ...smallPayload, due: DUE_MARK }
  const { path, body, headers = {} } = able(name, 'request', installation.request)(payload, { waits })
  const env = {
    PORT: String(server.port),
    URL_PATH: path,
    BODY: body,
    HEADERS: JSON.stringify(headers),
    RATE: String(rate),
    CONNECTIONS: String(CONNECTIONS),
    WARM_MS: String(WARM_MS),
    MEASURE_MS: String(seconds * 1_000),
  }
  return runProgram<ScheduleReport>('schedule', env, seconds * 1_000 + 30_000)
}

/** Latencies of the jobs that were due in the time measured, until their handlers ran. */
const untilRun = async (folder: string, report: ScheduleReport): Promise<Record<string, number>> => {
  const from = BigInt(report.from)
  const to = BigInt(report.to)
  const left = (): number => LATE_MS - Number(process.hrtime.bigint() - to) / 1e6
  let ran = readStamps(folder, from, to)
  while (ran.size < report.submitted && left() > 0) {
    await delay(100)
    ran = readStamps(folder, from, to)
  }
  const latencies = build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 })
  for (const ms of ran.values()) latencies.recordValue(Math.max(0, Math.round(ms * 1_000)))
  // They ran later than now: this is the least that it can have been.
  const missing = report.submitted - ran.size
  if (missing > 0) latencies.recordValueWithCount((LATE_MS + Number(to - from) / 2e6) * 1_000, missing)
  const ms = (percentile: number): number => latencies.getValueAtPercentile(percentile) / 1_000
  return {
    'ran %': (100 * ran.size) / report.submitted,
    'p50 ms': ms(50),
    'p99 ms': ms(99),
    'p99.9 ms': ms(99.9),
  }
}

const untilKnown = (report: ScheduleReport): Record<string, number> => ({
  'ran %': (100 * report.answered) / report.submitted,
  'p50 ms': report.p50,
  'p99 ms': report.p99,
  'p99.9 ms': report.p999,
})

interface Measurement {
  readonly rate: number
  readonly waits: boolean
  readonly folder: string
  readonly rounds: number
}

const measure = async (
  { seconds, say }: Context,
  all: readonly Running[],
  { rate, waits, folder, rounds }: Measurement,
): Promise<Section> => {
  const measured = await inRounds(all, rounds, async (running, round) => {
    const report = await submitAt(running, rate, seconds, waits)
    // Also where it is not asked: jobs that are still to be run would slow the next one down.
    const ran = await untilRun(folder, report)
    const latencies = waits ? untilKnown(report) : ran
    await running.installation.clear()
    say(
      `latency, ${rate}/s${waits ? ', until known' : ''}, round ${round + 1}: ${running.name} ${Object.entries(
        latencies,
      )
        .map(([name, value]) => `${name} ${value.toFixed(1)}`)
        .join(', ')}`,
    )
    return latencies
  })
  const rows: Row[] = all.map(({ name }) => ({ name, measures: columnsOf(measured.get(name) ?? []) }))
  const goal = { goal: { limit: 1, better: 'less' as const } }
  const name = `latency.${rate}${waits ? ' known' : ''} p99`
  return {
    title: `Latency at ${rate} jobs/s, until ${waits ? 'the client knows the result' : 'the handler runs'}`,
    about: waits
      ? 'The same, with `Prefer: wait` (ours) and `waitUntilFinished` (BullMQ): until the answer that holds the result.'
      : `An open loop over HTTP: job number n is due at n/${rate} s, and its latency counts from then. ${seconds} s a round, one worker, 5 at once. Under 100 % is saturation: what had not run ${LATE_MS / 1_000} s after the end is counted as so late.`,
    columns,
    rows,
    ratios: [
      ...compare(rows, { ...ratios, name, by: 'bullmq-everysec', ...(rate === 500 && !waits ? goal : {}) }),
      ...compare(rows, { ...ratios, name, by: 'bullmq-always', ...(rate === 500 && !waits ? goal : {}) }),
    ],
  }
}

const start = async ({ name, installation }: Installed): Promise<Running> => {
  const server = await able(name, 'server', installation.server)()
  await able(name, 'worker', installation.worker)()
  const running = { name, installation, server }
  await submitAt(running, 300, WARM_UP_S, false)
  return running
}

export const latency: Group = {
  name: 'latency',
  about:
    'from when a job is due to be submitted until it runs, and until its result is known, at 100, 500, 2000/s (known: at 500/s)',
  quick: true,
  parts: RATES.map(String),
  async run(context, part) {
    const { quick } = context
    const all = pick(context, [
      'ours',
      'bullmq-everysec',
      ...(quick ? [] : ['bullmq-always', 'raw-kafkajs', 'graphile-worker', 'pg-boss']),
    ])
    const folder = mkdtempSync(join(tmpdir(), 'bench-stamps-'))
    const setUp = { partitions: 24, concurrency: 5, stamps: folder, swift: true }
    const rates = part === undefined ? (quick ? [500] : RATES) : [Number(part)]
    const rounds = Math.min(2, context.rounds)
    try {
      return await withInstalled(context, all, setUp, async (installed) => {
        const running: Running[] = []
        for (const it of installed) running.push(await start(it))
        const sections: Section[] = []
        for (const rate of rates)
          sections.push(await measure(context, running, { rate, waits: false, folder, rounds }))
        const waiting = running.filter(({ name }) => name === 'ours' || name.startsWith('bullmq'))
        for (const rate of rates.filter((each) => !quick && (each === 500 || part !== undefined)))
          sections.push(await measure(context, waiting, { rate, waits: true, folder, rounds }))
        return sections
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
