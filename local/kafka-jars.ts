/** The broker's jars: fetched by Maven once, then shared by every local Kafka of this checkout. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../core/errors.ts'
import type { Java } from './java.ts'
import { runMaven } from './java.ts'

const folder = fileURLToPath(new URL('kafka', import.meta.url))
const target = join(folder, 'target')

export const logSettings = join(folder, 'log4j2.yaml')

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** The jars in order. Another pom has another folder, so a new version is fetched and an old one does no harm. */
export const kafkaJars = async (
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const jars = join(target, `jars-${hash(readFileSync(join(folder, 'pom.xml'), 'utf8'))}`)
  if (!existsSync(jars)) {
    log('fetching its jars (43 MB, the first time only)…')
    const fresh = `${jars}.${process.pid}`
    rmSync(fresh, { recursive: true, force: true })
    mkdirSync(target, { recursive: true })
    try {
      await runMaven(folder, ['dependency:copy-dependencies', `-DoutputDirectory=${fresh}`], env, signal)
      if (!existsSync(fresh)) throw new AppError('SETUP_FAILED', 'Maven ended well but fetched no Kafka')
      // Another process may have been faster; its jars are as good.
      if (!existsSync(jars)) renameSync(fresh, jars)
    } finally {
      rmSync(fresh, { recursive: true, force: true })
    }
  }
  return readdirSync(jars)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => join(jars, file))
}

export interface ClassArchive {
  /** What Java is told. */
  readonly options: readonly string[]
  /** True if this run makes the archive, as it ends; that takes 3 s. */
  readonly making: boolean
  /** Puts a finished archive where the next start finds it; call it once the process has ended by itself. */
  keep(): void
}

/**
 * Class data sharing: the classes that the broker loads, parsed and laid out, in a file that is mapped into memory.
 * Measured: ready after 1.2 s instead of 2.4 s. The first broker that ends in peace writes the archive. It is good for
 * one Java and one class path only, so both are in its name.
 */
export const classArchive = (java: Java, jars: readonly string[]): ClassArchive => {
  const archive = join(target, `classes-${hash(`${java.version} ${process.arch} ${jars.join(':')}`)}.jsa`)
  const quiet = ['-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off']
  if (existsSync(archive)) {
    return { options: [...quiet, `-XX:SharedArchiveFile=${archive}`], making: false, keep: () => {} }
  }
  const fresh = `${archive}.${process.pid}`
  return {
    options: [...quiet, `-XX:ArchiveClassesAtExit=${fresh}`],
    making: true,
    keep: () => {
      if (existsSync(fresh) && !existsSync(archive)) renameSync(fresh, archive)
      rmSync(fresh, { force: true })
    },
  }
}
