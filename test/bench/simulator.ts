/**
 * The simulator against the real thing: one burst of sleeping jobs on real workers (processes, scaled by `scaler/main.ts`), recorded
 * second by second; then the same arrivals, simulated with the start-up and service times that were measured.
 *
 * `node test/bench/simulator.ts [--jobs N] [--keep FILE.jsonl] [options of npm run simulate]` runs it on this machine;
 * `… --recorded FILE.jsonl [--first-look-s S] …` takes a timeline that was recorded elsewhere (JSON lines `{at, lag, desired, ready, finished, accepted?}`).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readArgs } from '../../scaler/simulator/args.ts'
import { chosenPolicy, settingsOf } from '../../scaler/simulator/scenario.ts'
import type { Run } from '../../scaler/simulator/simulate.ts'
import { simulate } from '../../scaler/simulator/simulate.ts'
import { lengthened } from '../../scaler/simulator/trace.ts'
import { readTimeline, traceOfTimeline } from '../../scaler/simulator/trace-file.ts'
import { provideServers } from '../runner/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { type Platform, startPlatform } from '../support/platform.ts'
import { until } from '../until.ts'
import { courses, figuresOf, momentsOf, type Recorded, record, sideBySide } from './recording.ts'

const LIMIT_MS = 200_000
const QUIET_MS = 6_000
const BATCH = 2_000

const { values: own, tokens } = parseArgs({
  options: { recorded: { type: 'string' }, keep: { type: 'string' }, 'first-look-s': { type: 'string' } },
  strict: false,
  tokens: true,
})
const ownNames = new Set(['recorded', 'keep', 'first-look-s'])
/** What is not ours is the simulator's. */
const rest = tokens.flatMap((token, index) => {
  if (token.kind === 'option')
    return ownNames.has(token.name) ? [] : [token.rawName, ...(token.inlineValue ? [token.value ?? ''] : [])]
  const before = tokens[index - 1]
  return token.kind === 'positional' && !(before?.kind === 'option' && ownNames.has(before.name))
    ? [token.value]
    : []
})
const options = readArgs(rest)

interface Measured extends Recorded {
  readonly serviceMs: number
  readonly startupMs: number
}

const submit = async (url: string, jobs: number, onAccepted: (jobs: number) => void): Promise<void> => {
  const line = `${JSON.stringify({ type: 'test.work', payload: { ms: options['service-ms'] } })}\n`
  for (let sent = 0; sent < jobs; sent += BATCH) {
    const answer = await fetch(`${url}/api/jobs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: line.repeat(Math.min(BATCH, jobs - sent)),
    })
    await answer.text()
    onAccepted(Math.min(BATCH, jobs - sent))
  }
}

/** When the policy decided last, ms ago: a burst in the middle of a period leaves no doubt which decision was the first to see it. */
const sinceDecision = async (url: string): Promise<number> => {
  const answer = (await (await fetch(`${url}/api/scaling`)).json()) as { decisions: { at: string }[] }
  return Date.now() - Math.max(...answer.decisions.map(({ at }) => Date.parse(at)))
}

const mean = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length

const measure = async (platform: Platform): Promise<Measured> => {
  const master = await platform.master()
  const scaler = await platform.scaler({
    MIN_REPLICAS: String(options['workers-min']),
    MAX_REPLICAS: String(options['workers-max']),
    SCALING_POLICY: options.policy === 'drain-time' ? 'drain-time' : 'kafka',
    SCALE_DOWN_STABILIZATION_MS: String(options['window-s'] * 1_000),
    DRAIN_OBJECTIVE_MS: String(options['objective-ms']),
    LAG_THRESHOLD: String(options['lag-threshold']),
    WORKER_STARTUP_MS: String(options['startup-ms']),
  })
  const finished = async (): Promise<number> => {
    const [row] = await platform.sql<{ count: string }>('select count(*) as count from outcomes')
    return Number(row?.count)
  }
  await until('the first workers', async () => {
    const answer = (await (await fetch(`${master.url}/api/scaling`)).json()) as {
      replicas: { ready: number }
    }
    return answer.replicas.ready >= options['workers-min']
  })
  const jobs = { all: options.jobs, accepted: 0 }
  const recording = record(master.url, finished, jobs, LIMIT_MS)
  await delay(QUIET_MS)
  if (options.policy !== 'drain-time') {
    const isMiddle = async (): Promise<boolean> => Math.abs((await sinceDecision(master.url)) - 7_000) < 1_500
    await until('the middle of a period', isMiddle, 40_000)
  }
  await submit(master.url, options.jobs, (accepted) => {
    jobs.accepted += accepted
  })
  const recorded = await recording
  const started = [...scaler.output().matchAll(/"afterMs":(\d+)/g)].map(([, ms]) => Number(ms))
  const [service] = await platform.sql<{ ms: number }>(
    `select avg(extract(epoch from (a->>'finishedAt')::timestamptz - (a->>'startedAt')::timestamptz)) * 1000 as ms
     from outcomes, json_array_elements(attempts) a`,
  )
  return {
    ...recorded,
    serviceMs: Number(service?.ms ?? options['service-ms']),
    // Those that came later than the fleet's minimum: they started beside work.
    startupMs: mean(started.slice(options['workers-min'])) || options['startup-ms'],
  }
}

/** Of a cluster's timeline moments at which lag was not known are left out, and the summary at its end. */
const whole = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.includes('"lag":'))
    .join('\n')

const fromFile = (file: string): Measured => ({
  timeline: readTimeline(whole(readFileSync(file, 'utf8')), file),
  decisions: [],
  serviceMs: options['service-ms'],
  startupMs: options['startup-ms'],
})

const onThisMachine = async (): Promise<Measured> => {
  const workspace = await openWorkspace()
  const servers = await provideServers(process.env, workspace.folder, () => {}, new AbortController().signal)
  Object.assign(process.env, servers.env)
  const platform = await startPlatform('bench', {
    PARTITIONS: String(options.partitions ?? 24),
    LOG_LEVEL: 'info',
  })
  try {
    return await measure(platform)
  } finally {
    await platform.stop()
    await servers.stop()
    await workspace.close()
  }
}

const measured = typeof own.recorded === 'string' ? fromFile(own.recorded) : await onThisMachine()
const { timeline, decisions, serviceMs, startupMs } = measured
if (typeof own.keep === 'string') {
  writeFileSync(
    own.keep,
    timeline.map((it) => `${JSON.stringify({ ...it, at: new Date(it.at).toISOString() })}\n`).join(''),
  )
}
const real = momentsOf(timeline)
const lastS = real.at(-1)?.atS ?? 0
const trace = lengthened(traceOfTimeline('recorded', timeline), Math.ceil(lastS))

/** When decisions are made: that of the first one that grew, modulo the period. */
const grownAt = decisions.find(({ from, to }) => to > from && from > 0)?.at
const sinceStart = grownAt === undefined ? undefined : Date.parse(grownAt) - (timeline[0]?.at ?? 0)
const period = options.policy === 'drain-time' && options.through === 'direct' ? 1_000 : options['sync-ms']
const told = own['first-look-s']
const firstLookMs =
  typeof told === 'string' ? Number(told) * 1_000 : (sinceStart ?? period) % period || period
const settings = settingsOf({
  ...options,
  'service-ms': serviceMs,
  'startup-ms': Math.round(startupMs),
  'phase-ms': Math.round(firstLookMs),
})
const jobs = trace.jobsBySecond.reduce((sum, it) => sum + it, 0)
const run: Run = chosenPolicy(options, settings, (_, policy) => simulate(policy, trace, settings))

console.log(
  `${Math.round(jobs)} jobs of ${serviceMs.toFixed(0)} ms (measured); workers Ready after ${Math.round(startupMs)} ms (measured)`,
)
for (const { at, from, to, reason } of decisions.filter((it) => it.from !== it.to && it.from > 0)) {
  console.log(
    `  measured  ${((Date.parse(at) - (timeline[0]?.at ?? 0)) / 1_000).toFixed(1)} s: ${from} → ${to}: ${reason}`,
  )
}
for (const { at, from, to, reason } of run.decisions) {
  console.log(`  simulated ${(Date.parse(at) / 1_000).toFixed(1)} s: ${from} → ${to}: ${reason}`)
}
console.log(sideBySide(figuresOf(real, jobs, lastS), figuresOf(run.moments, jobs, lastS)).join('\n'))
console.log(courses(real, run.moments, 5).join('\n'))
process.exit()
