/** A Kafka or PostgreSQL of a test file's own, to be killed, and started again on the same data and address. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../../local/kafka.ts'
import { startPostgres } from '../../local/postgres.ts'

export interface OwnServer {
  /** `host:port` of Kafka, URL of PostgreSQL. */
  readonly address: string
  /** `SIGKILL`: no notice; otherwise in its own good order. Resolves when it has ended. */
  end(how: 'SIGKILL' | 'orderly'): Promise<void>
  /** Resolves when it answers. Rejects where it comes up with another address. */
  startAgain(): Promise<void>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

interface Started {
  readonly address: string
  readonly exited: Promise<unknown>
  stop(): Promise<unknown>
  kill(): void
}

const own = async (name: string, start: (dataDir: string) => Promise<Started>): Promise<OwnServer> => {
  const dataDir = mkdtempSync(join(tmpdir(), `own-${name}-`))
  let server = await start(dataDir)
  const { address } = server
  return {
    address,
    async end(how) {
      if (how === 'orderly') await server.stop()
      else server.kill()
      await server.exited
    },
    async startAgain() {
      server = await start(dataDir)
      if (server.address !== address)
        throw new Error(`${name} is at ${server.address} now, not at ${address}`)
    },
    async close() {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const log = (): void => {}

export const ownKafka = (): Promise<OwnServer> =>
  own('kafka', async (dataDir) => {
    const kafka = await startKafka({ dataDir, log })
    return { ...kafka, address: kafka.brokers }
  })

export const ownPostgres = (): Promise<OwnServer> =>
  own('postgres', async (dataDir) => {
    const postgres = await startPostgres({ dataDir, log })
    return { ...postgres, address: postgres.url }
  })
