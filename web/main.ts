/** The pages server: `node web/main.ts`. With `API_URL` it passes `/api` on, so that its pages work through it alone. */
import { join } from 'node:path'
import { type Config, readConfig } from '../core/config.ts'
import { AppError } from '../core/errors.ts'
import { keepConnections, leaveServer } from '../core/http/leave.ts'
import { checkPages } from '../core/http/pages.ts'
import { addCheckGauge, listen, type Status } from '../core/http/status.ts'
import { type Lifecycle, runProcess } from '../core/lifecycle.ts'
import { createLogger, type Logger } from '../core/telemetry/logger.ts'
import { createRegistry } from '../core/telemetry/metrics.ts'
import { createPasser } from './pass.ts'
import { createPagesServer } from './server.ts'

/** Beyond the drain limit: closing connections. */
const CLOSE_MARGIN_MS = 2_000

const start = async (
  config: Config,
  dir: string,
  log: Logger,
  lifecycle: Lifecycle,
): Promise<{ port: number }> => {
  const { port, host, apiUrl, closeDelayMs } = config.http
  const { stopping } = lifecycle
  const api = apiUrl === undefined ? undefined : createPasser(apiUrl, log)
  // The API is no condition of readiness: the pages are served without it, and say that it is away.
  const status: Status = {
    registry: createRegistry(config.nodeId),
    health: { server: () => undefined },
    ready: { leaving: () => (stopping.aborted ? 'leaving' : undefined) },
  }
  addCheckGauge(status)
  const server = createPagesServer({ dir, status, api, log })
  keepConnections(server)
  const listensOn = await listen(server, port, host)
  lifecycle.onStop('http', () =>
    leaveServer(server, {
      stayMs: closeDelayMs,
      close: () => api?.endStreams(),
      limitMs: config.drainTimeoutMs,
    }),
  )
  return { port: listensOn }
}

try {
  const config = readConfig(process.env, 'child')
  const dir = config.http.webDir ?? join(import.meta.dirname, 'dist')
  checkPages(dir)
  const log = createLogger(config.logLevel, config.nodeId)
  const limitMs = config.http.closeDelayMs + config.drainTimeoutMs + CLOSE_MARGIN_MS
  runProcess(log, limitMs, (lifecycle) => start(config, dir, log, lifecycle))
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
