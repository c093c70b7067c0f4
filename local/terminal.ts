/** What `make run` says: one line for each long step, one for each end, and at last how to use what now runs. */
import type { Config } from '../core/config.ts'
import { AppError, toError } from '../core/errors.ts'

export type Say = (part: string, text: string) => void

/** Writes `part   text`, the parts under each other. */
export const sayTo =
  (write: (line: string) => void): Say =>
  (part, text) =>
    write(`  ${part.padEnd(9)} ${text}`)

/** The duration since a reading of `performance.now()`. */
export const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`

/** A failure in one line, or one a fault. */
export const failureLines = (error: unknown): string[] => {
  if (!(error instanceof AppError)) return [toError(error).stack ?? String(error)]
  return error.faults.length === 0
    ? [error.message]
    : ['the configuration can’t be used:', ...error.faults.map(({ message }) => `  ${message}`)]
}

/** How a browser on this machine reaches a server that listens on `host`. */
export const urlOf = (host: string, port: number): string => {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** A day that goes up and down, hour by hour, with one value that does not belong. */
const SERIES = [3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 50, 4, 3, 4, 3, 4]
const EXAMPLE = { type: 'detect', payload: { series: SERIES } }

/** The last lines of a start. A token is never printed: it stays with whoever set it. */
export const welcome = (url: string, logs: string, tokens: Config['http']['tokens']): string[] => [
  '',
  `AnomalyGuard runs: ${url}   (Ctrl-C ends it; logs in ${logs})`,
  '',
  'A job, and its result:',
  `  curl -s ${url}/api/jobs -H 'content-type: application/json' -H 'prefer: wait=10'${
    tokens.length > 0 ? ' -H "authorization: Bearer $TOKEN"' : ''
  } -d '${JSON.stringify(EXAMPLE)}'`,
]
