/** A real PostgreSQL server on this machine, its data in a folder, open to loopback with a password of its own. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { AppError, codeOf, toError } from '../core/errors.ts'
import { identify } from './identity.ts'
import type { ServerOptions } from './kafka.ts'
import { logFile, readLog } from './logs.ts'
import { stablePorts } from './ports.ts'
import { type Account, accountFor, giveTo } from './postgres-account.ts'
import { findPostgres, postgresFolders } from './postgres-binaries.ts'
import { describeExit, type Exit, type Running, startProcess } from './process.ts'
import { endProcess, refuseSecond } from './records.ts'
import { lastLines, runTool } from './tool.ts'

export interface LocalPostgres {
  /** With user, password and database. */
  readonly url: string
  readonly pid: number
  readonly exited: Promise<Exit>
  stop(): Promise<Exit>
  kill(): void
}

const NAME = 'anomalyguard'
/** Replaying the log after a crash takes its time. */
const READY_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 5_000

/** What differs from `initdb`'s defaults; durability (fsync, synchronous_commit) is as it is there: on. */
const settings = (port: number): Record<string, string | number> => ({
  listen_addresses: '127.0.0.1',
  port,
  unix_socket_directories: '',
  max_connections: 300,
  shared_buffers: '128MB',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '1GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
  log_checkpoints: 'off',
})

/** A postmaster that nobody recorded is ended; a file that names some other process is of no use to anybody. */
const clearPidFile = async (data: string): Promise<void> => {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const found = identify(Number(readFileSync(file, 'utf8').split('\n')[0]))
  if (found?.command.includes(data)) await endProcess(found, 'SIGINT', STOP_LIMIT_MS)
  rmSync(file, { force: true })
}

/** Makes the data folder, whole or not at all. */
const initialize = async (
  initdb: string,
  account: Account,
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const fresh = join(folder, 'data.new')
  const password = join(folder, 'password')
  rmSync(fresh, { recursive: true, force: true })
  rmSync(password, { force: true })
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 })
  giveTo(account, password)
  const [command = initdb, ...args] = [...account.wrapper, initdb]
  const options = [`--pgdata=${fresh}`, `--username=${NAME}`, `--pwfile=${password}`, '--auth=scram-sha-256']
  const { code, output } = await runTool(command, [...args, ...options, '--encoding=UTF8', '--no-locale'], {
    user: account.user,
    env,
    cwd: folder,
    signal,
  })
  if (code !== 0) throw new AppError('SETUP_FAILED', `postgres: initdb failed: ${lastLines(output)}`)
  renameSync(fresh, join(folder, 'data'))
}

/** Makes our database as soon as the server lets us in. */
const untilReady = async (
  server: Running,
  url: (database: string) => string,
  failed: (what: string) => AppError,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const since = performance.now()
  let exit: Exit | undefined
  void server.exited.then((how) => {
    exit = how
  })
  for (;;) {
    signal?.throwIfAborted()
    const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [NAME])
      if (rowCount === 0) await client.query(`create database ${NAME}`)
      return
    } catch (error) {
      if (exit !== undefined) throw failed(`ended while starting (${describeExit(exit)})`)
      // 57P03: it starts, or replays its log.
      if (!['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(codeOf(error)))
        throw failed(toError(error).message)
      if (performance.now() - since > READY_LIMIT_MS) {
        throw failed(`did not answer within ${READY_LIMIT_MS / 1000} s`)
      }
    } finally {
      await client.end().catch(() => {})
    }
    await delay(25)
  }
}

/**
 * Starts the server on the data of `dataDir`, which is made at first. What ran there before must have ended.
 * @throws AppError SETUP_FAILED: no programs, no user to run as, no free port, or the server does not come up
 */
export const startPostgres = async ({ dataDir, log, signal }: ServerOptions): Promise<LocalPostgres> => {
  const folder = resolve(dataDir, 'postgres')
  const data = join(folder, 'data')
  refuseSecond(dataDir, 'postgres')
  const exists = existsSync(join(data, 'PG_VERSION'))
  const wanted = exists ? Number(readFileSync(join(data, 'PG_VERSION'), 'utf8')) : undefined
  const { initdb, postgres } = await findPostgres(await postgresFolders(process.env), wanted)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const account = await accountFor(folder, postgres, exists ? statSync(data) : undefined)
  // The machine's PG* variables and locale are not meant for this server.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
  if (!exists) {
    log('making its database (the first time only)…')
    await initialize(initdb, account, folder, env, signal)
  }
  await clearPidFile(data)
  const { port } = await stablePorts(join(folder, 'ports.json'), ['port'])
  const password = readFileSync(join(folder, 'password'), 'utf8').trim()
  const url = (database: string): string => `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`

  const options = Object.entries(settings(port)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = postgres, ...args] = [...account.wrapper, postgres, '-D', data, ...options]
  const server = await startProcess({
    name: 'postgres',
    dataDir,
    command,
    args,
    mark: data,
    env,
    cwd: folder,
    user: account.user,
    // Fast shutdown: ends the sessions, writes a checkpoint, leaves.
    stopSignal: 'SIGINT',
    stopLimitMs: STOP_LIMIT_MS,
  })
  const failed = (what: string): AppError =>
    new AppError(
      'SETUP_FAILED',
      `postgres: ${what}: ${lastLines(readLog(dataDir, 'postgres'))} (${logFile(dataDir, 'postgres')})`,
    )
  try {
    await untilReady(server, url, failed, signal)
  } catch (error) {
    server.kill()
    await server.exited
    throw error
  }
  return { url: url(NAME), pid: server.pid, exited: server.exited, kill: server.kill, stop: server.stop }
}
