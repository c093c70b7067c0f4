/** Those that keep their jobs in PostgreSQL, each in a schema of its own on the server that holds our results, too. */
import pg from 'pg'
import { versionOf } from '../lib/versions.ts'
import type { LibraryName } from '../libraries/index.ts'
import type { Contestant } from './contestant.ts'
import { libraryInstallation, placeOf } from './libraries.ts'

interface Tables {
  readonly library: LibraryName
  readonly about: string
  /** Counts jobs that are done, given how many were queued. `$` stands for the schema. */
  readonly done: string
  readonly clear: string
}

const onPostgres = ({ library, about, done, clear }: Tables): Contestant => ({
  name: library,
  about,
  async open(bench, setUp) {
    const place = placeOf(bench, setUp)
    const pool = new pg.Pool({ connectionString: bench.databaseUrl, max: 1 })
    const inSchema = (text: string): string => text.replaceAll('$', place.name)
    let queued = 0
    const installation = libraryInstallation({
      library,
      place,
      setUp,
      async done() {
        const { rows } = await pool.query<{ count: string }>(inSchema(done))
        const count = Number(rows[0]?.count)
        return library === 'graphile-worker' ? queued - count : count
      },
      async clear() {
        queued = 0
        await pool.query(inSchema(clear))
      },
      async remove() {
        await pool.query(inSchema('drop schema if exists $ cascade'))
        await pool.end()
      },
    })
    // Its tables are there from now on.
    await installation.client()
    return {
      ...installation,
      async fill(jobs, payload) {
        queued += jobs
        await installation.fill?.(jobs, payload)
      },
    }
  },
})

export const graphileWorker = onPostgres({
  library: 'graphile-worker',
  about: `Graphile Worker ${versionOf('graphile-worker')}, localQueue 500, batched completion; keeps no results`,
  done: 'select count(*) from $._private_jobs',
  clear: 'truncate $._private_jobs',
})

export const pgBoss = onPostgres({
  library: 'pg-boss',
  about: `pg-boss ${versionOf('pg-boss')}, batches of 200, bursts; NOTIFY where latency is measured`,
  done: `select count(*) from $.job where state = 'completed'`,
  clear: 'truncate $.job',
})
