/**
 * Notices over PostgreSQL's NOTIFY: sent within a transaction (`tell`), heard by whoever listens when it is committed. They are
 * news: what is sent while a listener is not connected it never hears.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Config, required } from '../config.ts'
import { type Notice, notice } from '../notice.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Longest name of a channel, bytes. */
const MAX_NAME = 63

/** The channel of an installation. */
export const channelOf = (schema: string): string => {
  const name = `anomgrd_${schema}`
  return name.length <= MAX_NAME
    ? name
    : `anomgrd_${createHash('sha256').update(schema).digest('hex').slice(0, 40)}`
}

const FIRST_WAIT_MS = 50
const MAX_WAIT_MS = 2_000
/** How often the connection is asked whether it is there, and how long it has to answer, ms. */
const PROBE_MS = 5_000
/** A connection that does not close in good order within this is cut, ms. */
const CLOSE_MS = 1_000

/** @throws where it is no notice */
const parse = (payload: string | undefined): Notice => notice.parse(JSON.parse(payload ?? ''))

const close = async (client: pg.Client): Promise<void> => {
  const late = setTimeout(() => client.connection.stream.destroy(), CLOSE_MS)
  await client.end().catch(() => {})
  clearTimeout(late)
}

/**
 * Listens on a connection of its own, which is made anew whenever it breaks. `onConnected` is called each time that it is there:
 * something may have been missed before. One that has gone without a word is noticed within twice `probeMs`.
 * @throws AppError CONFIG_INVALID without DATABASE_URL; nothing else, and nothing later
 */
export const listenForNotices = (
  config: Config['database'],
  node: string,
  log: Logger,
  onNotice: (notice: Notice) => void,
  onConnected: () => void,
  probeMs = PROBE_MS,
): { stop(): Promise<void> } => {
  const connectionString = required(config.url, 'DATABASE_URL')
  const stopping = new AbortController()
  const { signal } = stopping

  const tell = (listener: () => void): void => {
    try {
      listener()
    } catch (error) {
      log.error({ err: error }, 'a listener of notices failed')
    }
  }

  const hear = ({ payload }: pg.Notification): void => {
    let heard: Notice
    try {
      heard = parse(payload)
    } catch (error) {
      log.debug({ err: error, payload }, 'what came was no notice')
      return
    }
    tell(() => onNotice(heard))
  }

  /** Resolves when we stop; rejects when the connection breaks. */
  const listen = async (): Promise<void> => {
    const over = Promise.withResolvers<void>()
    const client = new pg.Client({
      connectionString,
      application_name: `${node} notices`.slice(0, 63),
      connectionTimeoutMillis: probeMs,
      query_timeout: probeMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    client.on('error', over.reject)
    client.once('end', () => over.reject(new Error('the connection has ended')))
    client.on('notification', hear)
    const stop = (): void => over.resolve()
    signal.addEventListener('abort', stop)
    let probe: NodeJS.Timeout | undefined
    const begin = async (): Promise<void> => {
      await client.connect()
      await client.query(`listen ${channelOf(config.schema)}`)
      if (signal.aborted) return
      tell(onConnected)
      probe = setInterval(() => client.query('select 1').catch(over.reject), probeMs)
    }
    begin().catch(over.reject)
    try {
      await over.promise
    } finally {
      clearInterval(probe)
      signal.removeEventListener('abort', stop)
      await close(client)
    }
  }

  const run = async (): Promise<void> => {
    let wait = FIRST_WAIT_MS
    while (!signal.aborted) {
      const since = performance.now()
      try {
        await listen()
      } catch (error) {
        // One that held for a while tells nothing of the next one.
        if (performance.now() - since > MAX_WAIT_MS) wait = FIRST_WAIT_MS
        if (wait === FIRST_WAIT_MS) log.warn({ err: error }, 'notices can’t be listened for; trying again')
        await delay(wait, undefined, { signal }).catch(() => {})
        wait = Math.min(MAX_WAIT_MS, wait * 2)
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
