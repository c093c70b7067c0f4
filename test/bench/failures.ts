/**
 * What failing jobs cost: the same jobs over the same keys, once without failures, once with 5 % that fail their first attempts and wait
 * up to 10 s, and once more with a broker and a database that are killed and come back in the middle. Workers come and go all the time.
 * `node test/bench/failures.ts [JOBS] [KEYS] [MS]` (50000, 500, 5). What is lost or out of order ends it with an error.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startServers } from '../chaos/servers.ts'
import { openWorkspace } from '../runner/workspace.ts'
import { startPlatform } from '../support/platform.ts'

const JOBS = Number(process.argv[2] ?? 50_000)
const KEYS = Number(process.argv[3] ?? 500)
const MS = Number(process.argv[4] ?? 5)
const WORKERS = 4
/** One worker goes and another comes. */
const CHANGE_MS = 6_000
// Once all is submitted: what a client is refused meanwhile it would have to send again.
const BROKER_DOWN_AFTER_MS = 30_000
const DATABASE_DOWN_AFTER_MS = 45_000
const DOWN_MS = 2_000

const loadProgram = fileURLToPath(new URL('../../producer/load/main.ts', import.meta.url))

const workspace = await openWorkspace()
const servers = await startServers(workspace.folder)
Object.assign(process.env, { KAFKA_BROKERS: servers.brokers, DATABASE_URL: servers.databaseUrl })

/** Runs the load script; resolves to its report. It is run as a user does: JSON to stdout, 0 where all is well. */
const load = (url: string, options: readonly string[]): Promise<Record<string, unknown>> => {
  const args = ['--url', url, '--jobs', String(JOBS), '--keys', String(KEYS), '--batch', '500', '--json']
  const payload = JSON.stringify({ ms: MS })
  const all = [loadProgram, ...args, '--type', 'sleep', '--payload', payload, ...options]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      const text = Buffer.concat(chunks).toString()
      if (code === 0) resolve(JSON.parse(text) as Record<string, unknown>)
      else reject(new Error(`the load script ended with ${code}: ${text}`))
    })
  })
}

interface Phase {
  readonly name: string
  readonly options: readonly string[]
  readonly restarts: boolean
}

const run = async ({ name, options, restarts }: Phase): Promise<number> => {
  const platform = await startPlatform('failures', { LOG_LEVEL: 'error' })
  const timers: NodeJS.Timeout[] = []
  try {
    const master = await platform.master()
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => platform.worker()))
    let changes = 0
    const change = async (): Promise<void> => {
      const [leaving] = workers.splice(0, 1)
      workers.push(await platform.worker())
      // Every third is killed.
      if (changes++ % 3 === 2) leaving?.kill('SIGKILL')
      else await leaving?.stop()
    }
    let changing: Promise<void> = Promise.resolve()
    timers.push(
      setInterval(() => {
        changing = changing.then(change)
      }, CHANGE_MS),
    )
    if (restarts) {
      timers.push(setTimeout(() => void servers.restartBroker('kill', DOWN_MS), BROKER_DOWN_AFTER_MS))
      timers.push(setTimeout(() => void servers.restartDatabase('kill', DOWN_MS), DATABASE_DOWN_AFTER_MS))
    }
    const since = performance.now()
    const report = await load(master.url, options)
    const seconds = (performance.now() - since) / 1_000
    for (const timer of timers) clearInterval(timer)
    await changing
    console.log(`${name}: ${seconds.toFixed(1)} s, ${changes} changes of the fleet`)
    console.log(`  ${JSON.stringify(report)}`)
    return seconds
  } finally {
    for (const timer of timers) clearInterval(timer)
    await platform.stop()
  }
}

const failing = ['--fail', '0.05', '--backoff', '10000']
try {
  const plain = await run({ name: 'without failures', options: [], restarts: false })
  const failed = await run({ name: '5 % fail', options: failing, restarts: false })
  const restarted = await run({ name: '5 % fail, restarts', options: failing, restarts: true })
  console.log(
    `time against that without failures: ${(failed / plain).toFixed(2)}, with restarts ${(restarted / plain).toFixed(2)}`,
  )
} finally {
  await servers.stop()
  await workspace.close()
}
