/**
 * Volumes for a cluster without a storage class, whose node is this machine: folders below CLUSTER_VOLUMES. Where that is not set
 * the cluster has volumes of its own.
 */
import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kubectl } from './kubectl.ts'

const manifest = fileURLToPath(new URL('../volumes.yaml', import.meta.url))

/** Folder and user of each server: hostPath knows no `fsGroup`. */
const owners = { kafka: 1000, postgres: 999 } as const

const folderOf = (env: NodeJS.ProcessEnv): string | undefined => env['CLUSTER_VOLUMES'] || undefined

const objects = (folder: string): string => readFileSync(manifest, 'utf8').replaceAll('FOLDER', folder)

/** New and empty ones. */
export const provideVolumes = async (env: NodeJS.ProcessEnv = process.env): Promise<void> => {
  const folder = folderOf(env)
  if (folder === undefined) return
  await removeVolumes(env)
  for (const [server, user] of Object.entries(owners)) {
    mkdirSync(join(folder, server), { recursive: true })
    chownSync(join(folder, server), user, user)
  }
  await kubectl(['apply', '-f', '-'], { input: objects(folder) })
}

/** Removes them with their data. */
export const removeVolumes = async (env: NodeJS.ProcessEnv = process.env): Promise<void> => {
  const folder = folderOf(env)
  if (folder === undefined) return
  await kubectl(['delete', '-f', '-', '--ignore-not-found'], { input: objects(folder) })
  rmSync(folder, { recursive: true, force: true })
}
