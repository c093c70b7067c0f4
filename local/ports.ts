/** Ports of 127.0.0.1 that stay the same from run to run, as long as nobody else takes them. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError, codeOf, toError } from '../core/errors.ts'

/**
 * Below every system's range of ephemeral ports. Inside of it a client that retries against a server that is down can
 * be given that very port as its own, connects to itself, and keeps the server from coming back.
 */
const RANGE = [15_000, 32_000] as const
const ATTEMPTS = 200

/** Why nobody can listen there: the code of the error (EADDRINUSE, EACCES, …); undefined where it can be done. */
export const whyNotFree = async (port: number, host: string): Promise<string | undefined> => {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    server.close()
  }
}

/** A name with several addresses fails with one error an address, and no message of its own. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof AggregateError && thrown.errors.length > 0
    ? toError(thrown.errors[0]).message
    : toError(thrown).message

/** Why no connection can be made there: the error's message; undefined where somebody answers. */
export const whyNotReached = (port: number, host: string, limitMs = 2_000): Promise<string | undefined> => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = connect({ port, host })
  socket.setTimeout(limitMs, () => resolve(`${host}:${port} does not answer within ${limitMs / 1000} s`))
  socket.once('connect', () => resolve(undefined))
  socket.once('error', (error) => resolve(messageOf(error)))
  return promise.finally(() => socket.destroy())
}

const remembered = (file: string): Record<string, number> => {
  try {
    return z
      .record(z.string(), z.number().int().min(1).max(65_535))
      .parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

const findFree = async (taken: ReadonlySet<number>): Promise<number> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(...RANGE)
    if (!taken.has(port) && (await whyNotFree(port, '127.0.0.1')) === undefined) return port
  }
  throw new AppError('SETUP_FAILED', `no free port of 127.0.0.1 found between ${RANGE[0]} and ${RANGE[1]}`)
}

/**
 * A free port for each name: the one that `file` remembers where it is still free, else a new one, which is then
 * remembered. @throws AppError SETUP_FAILED
 */
export const stablePorts = async <Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Record<Name, number>> => {
  const before = remembered(file)
  const entries: [Name, number][] = []
  for (const name of names) {
    const taken = new Set(entries.map(([, port]) => port))
    const old = before[name]
    const keep = old !== undefined && !taken.has(old) && (await whyNotFree(old, '127.0.0.1')) === undefined
    entries.push([name, keep ? old : await findFree(taken)])
  }
  const ports = Object.fromEntries(entries) as Record<Name, number>
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(ports)}\n`)
  return ports
}
