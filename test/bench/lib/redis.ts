/** A private Redis server: its own port and folder, ended with the benchmark. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { stablePorts } from '../../../local/ports.ts'
import { until } from '../../until.ts'

export type Fsync = 'everysec' | 'always'

export interface PrivateRedis {
  readonly port: number
  /** Forgets everything, and the log of it. */
  clear(): Promise<void>
  stop(): Promise<void>
}

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

/** Starts one with an append-only file. `noeviction` is what BullMQ's documentation requires. */
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
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child: ChildProcess = spawn(command, args, { stdio: 'ignore' })
  const killed = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killed)
  const ended = once(child, 'exit')
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  client.on('error', () => {})
  await until('Redis answers', async () => (await client.ping()) === 'PONG', 10_000)
  return {
    port,
    async clear() {
      await client.flushall()
      await client.bgrewriteaof().catch(() => {})
    },
    async stop() {
      client.disconnect()
      child.kill('SIGTERM')
      await ended
      process.off('exit', killed)
    },
  }
}
