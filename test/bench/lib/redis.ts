/** A private Redis server: its own port and folder, ended with the benchmark. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { stablePorts } from '../../../local/ports.ts'
import { startProcess } from '../../../local/process.ts'
import { until } from '../../until.ts'

export type Fsync = 'everysec' | 'always'

export interface PrivateRedis {
  readonly port: number
  /** Forgets everything, and the log of it. */
  clear(): Promise<void>
  stop(): Promise<void>
}

const STOP_LIMIT_MS = 5_000

/** The program: `REDIS_SERVER`, or what PATH has. Its version, or undefined where there is none. */
export const findRedis = (
  env: NodeJS.ProcessEnv = process.env,
): { readonly command: string; readonly version: string } | undefined => {
  const command = env['REDIS_SERVER'] || 'redis-server'
  try {
    const output = execFileSync(command, ['--version'], { encoding: 'utf8' })
    return { command, version: /v=(\S+)/.exec(output)?.[1] ?? 'unknown' }
  } catch {
    return undefined
  }
}

/** Starts one with an append-only file in `folder`. `noeviction` is what BullMQ's documentation requires. */
export const startRedis = async (command: string, folder: string, fsync: Fsync): Promise<PrivateRedis> => {
  const dir = join(folder, `redis-${fsync}`)
  mkdirSync(dir, { recursive: true })
  const { redis: port } = await stablePorts(join(dir, 'ports.json'), ['redis'])
  const settings = {
    port,
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
    // Else its command line does not show its folder, by which the record knows it.
    'set-proc-title': 'no',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  // Recorded: should this process be killed, the next run ends it.
  const server = await startProcess({
    name: `redis-${fsync}`,
    dataDir: folder,
    command,
    args,
    mark: dir,
    env: { PATH: process.env['PATH'] },
    stopSignal: 'SIGTERM',
    stopLimitMs: STOP_LIMIT_MS,
  })
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  client.on('error', () => {})
  try {
    await until('Redis answers', async () => (await client.ping()) === 'PONG', 10_000)
  } catch (error) {
    client.disconnect()
    server.kill()
    throw error
  }
  return {
    port,
    async clear() {
      await client.flushall()
      await client.bgrewriteaof().catch(() => {})
    },
    async stop() {
      client.disconnect()
      await server.stop()
    },
  }
}
