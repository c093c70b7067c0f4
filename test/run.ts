/**
 * The test runner: `node test/run.ts [unit|integration|cluster|…|file.test.ts …]`. Without arguments: types, lint and format,
 * unit, integration, chaos and browser tests; in CI (`CI=true`) those of the cluster, too. Test files are uvu files, each run in a
 * process of its own. Its last line is `N passed, N failed`; the exit code is 1 where something failed or nothing passed.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { toError } from '../core/errors.ts'
import { provideCluster } from './runner/cluster.ts'
import { type Limits, type Outcome, runFile } from './runner/run-file.ts'
import { kindsFor, needsOf, selectFiles } from './runner/select.ts'
import { provideServers } from './runner/servers.ts'
import { add, type Count, describeCount, none, testsIn } from './runner/summary.ts'
import { openWorkspace, type Workspace } from './runner/workspace.ts'

/** Files with servers run one at a time, unless told otherwise: many of them watch the clock. */
const PARALLEL = {
  unit: Math.min(2, availableParallelism()),
  servers: Number(process.env['TEST_PARALLEL'] ?? 1),
}

/** Where the scripts of a cluster may lie, beside the repository. */
const CLUSTER_SCRIPTS = '../shared/cluster'

/** A file of cluster tests waits for autoscalers, which look every 15 s, and for pods. */
const onCluster: Limits = { fileMs: 900_000, leaveMs: 10_000 }

/** Lines shown of the output of what failed: the last ones. */
const OUTPUT_LINES = 150

const checks = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc'] },
  { name: 'types of the pages', args: ['node_modules/typescript/bin/tsc', '-p', 'web'] },
  {
    name: 'lint and format',
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--reporter=summary', '.'],
  },
]

const interrupted = new AbortController()
const { signal } = interrupted
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort())

const env: NodeJS.ProcessEnv = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  KAFKAJS_NO_PARTITIONER_WARNING: '1',
}
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const print = (name: string, { count, output, ms }: Outcome): void => {
  const failed = count.failed > 0
  console.log(`${failed ? 'FAIL' : 'ok  '}  ${name.padEnd(52)} ${describeCount(count)}  (${seconds(ms)})`)
  // Tests that find that they can't run here, and say why.
  for (const [line] of output.matchAll(/^skipped: .*$/gm)) console.log(`      ${line}`)
  if (!failed) return
  const lines = output.trimEnd().split('\n')
  if (lines.length > OUTPUT_LINES) console.log(`      … ${lines.length - OUTPUT_LINES} lines before`)
  for (const line of lines.slice(-OUTPUT_LINES)) console.log(`      ${line}`)
}

/** A check passes or fails as one test, by its exit code. */
const runCheck = async ({ name, args }: (typeof checks)[number]): Promise<Count> => {
  const verdict = (_output: string, endedWell: boolean): Count => ({
    ...none,
    ...(endedWell ? { passed: 1 } : { failed: 1 }),
  })
  const outcome = await runFile(process.execPath, args, env, signal, { verdict })
  print(name, outcome)
  return outcome.count
}

const runFiles = async (
  files: readonly string[],
  parallel: number,
  extra: NodeJS.ProcessEnv,
  limits?: Limits,
): Promise<Count> => {
  let total = none
  const left = files.values()
  const work = async (): Promise<void> => {
    for (const file of left) {
      if (signal.aborted) return
      const args = ['--disable-warning=TimeoutNegativeWarning', file]
      const options = limits === undefined ? {} : { limits }
      const outcome = await runFile(process.execPath, args, { ...env, ...extra }, signal, options)
      print(file, outcome)
      total = add(total, outcome.count)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, work))
  return total
}

const runWithServers = async (files: readonly string[], { folder, tmp }: Workspace): Promise<Count> => {
  if (files.length === 0 || signal.aborted) return none
  const started = performance.now()
  try {
    const servers = await provideServers(process.env, folder, (line) => console.log(`      ${line}`), signal)
    console.log(
      `      servers ready: Kafka ${servers.env.KAFKA_BROKERS}, PostgreSQL (${seconds(performance.now() - started)})`,
    )
    try {
      return await runFiles(files, PARALLEL.servers, { ...servers.env, TMPDIR: tmp })
    } finally {
      await servers.stop()
    }
  } catch (error) {
    console.log(`FAIL  ${files.length} files did not run: ${toError(error).message}`)
    return { ...none, failed: files.length }
  }
}

const runOnCluster = async (files: readonly string[], { tmp }: Workspace): Promise<Count> => {
  if (files.length === 0 || signal.aborted) return none
  const started = performance.now()
  try {
    const log = (line: string): void => console.log(`      ${line}`)
    const cluster = await provideCluster({ env, scripts: resolve(CLUSTER_SCRIPTS), log, signal })
    if ('missing' in cluster) {
      const skipped = files.reduce((tests, file) => tests + testsIn(readFileSync(file, 'utf8')), 0)
      console.log(`skip  ${skipped} tests of ${files.length} files in test/cluster: ${cluster.missing}`)
      return { ...none, skipped }
    }
    console.log(`      cluster ready (${seconds(performance.now() - started)})`)
    try {
      return await runFiles(files, 1, { ...cluster.env, TMPDIR: tmp }, onCluster)
    } finally {
      await cluster.stop()
    }
  } catch (error) {
    console.log(`FAIL  ${files.length} files did not run: ${toError(error).message}`)
    return { ...none, failed: files.length }
  }
}

const main = async (args: readonly string[]): Promise<Count> => {
  const files = selectFiles(args, kindsFor(process.env))
  const which = (needs: ReturnType<typeof needsOf>): string[] =>
    files.filter((file) => needsOf(file) === needs)
  const workspace = await openWorkspace()
  try {
    let total = none
    if (args.length === 0) for (const check of checks) total = add(total, await runCheck(check))
    total = add(total, await runFiles(which('nothing'), PARALLEL.unit, { TMPDIR: workspace.tmp }))
    total = add(total, await runWithServers(which('servers'), workspace))
    if (args.length === 0 && which('cluster').length === 0)
      console.log('      cluster tests are not in this run: `make cluster-test` runs them')
    return add(total, await runOnCluster(which('cluster'), workspace))
  } finally {
    await workspace.close()
  }
}

const started = performance.now()
try {
  const total = await main(process.argv.slice(2))
  console.log(`\n${signal.aborted ? 'interrupted after' : 'took'} ${seconds(performance.now() - started)}`)
  console.log(describeCount(total))
  process.exit(signal.aborted ? 130 : total.failed > 0 || total.passed === 0 ? 1 : 0)
} catch (error) {
  console.log(toError(error).message)
  console.log(describeCount({ ...none, failed: 1 }))
  process.exit(1)
}
