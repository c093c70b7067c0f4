/**
 * The folder of a run: data of its servers, and `tmp`, which is TMPDIR to every test file. It goes away with the run;
 * what a killed run has left, processes and folder, the next one clears away.
 */
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { lockOwner, takeLock } from '../../local/lock.ts'
import { endLeftovers } from '../../local/records.ts'

const PREFIX = 'anomalyguard-test-'
const LEAVE_MS = 2_000

export interface Workspace {
  readonly folder: string
  readonly tmp: string
  close(): Promise<void>
}

const lockOf = (folder: string): string => join(folder, 'run', 'lock')

/** Ends what is recorded in this folder, and in those that tests have made in it; then removes it. */
const clear = async (folder: string): Promise<void> => {
  const dataDirs = globSync('{run,tmp/*/run,tmp/*/*/run}', { cwd: folder }).map((run) =>
    join(folder, dirname(run)),
  )
  await Promise.all(dataDirs.map((dataDir) => endLeftovers(dataDir, LEAVE_MS)))
  rmSync(folder, { recursive: true, force: true })
}

const sweep = async (): Promise<void> => {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name)
    const abandoned =
      name.startsWith(PREFIX) && existsSync(lockOf(folder)) && lockOwner(lockOf(folder)) === undefined
    if (abandoned) await clear(folder)
  }
}

export const openWorkspace = async (): Promise<Workspace> => {
  await sweep()
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  // PostgreSQL may have to run as another user, who must get through.
  chmodSync(folder, 0o755)
  takeLock(lockOf(folder), (pid) => `${folder} is in use by process ${pid}`)
  const tmp = join(folder, 'tmp')
  mkdirSync(tmp)
  return { folder, tmp, close: () => clear(folder) }
}
