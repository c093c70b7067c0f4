/** Java and Maven of this machine, which the local Kafka needs. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { lastLines, runTool } from './tool.ts'

const OLDEST = 17
const REMEDY = 'install it (Debian: openjdk-17-jre-headless), or set KAFKA_BROKERS to a Kafka of yours'

export interface Java {
  readonly command: string
  /** In full, e.g. `17.0.15`. */
  readonly version: string
}

/** Major version in what `java -version` prints: `"17.0.15"` is 17, and the old `"1.8.0_402"` is 8. */
export const javaVersion = (output: string): { version: string; major: number } | undefined => {
  const [, version, major] = /version "((?:1\.)?(\d+)[^"]*)"/.exec(output) ?? []
  return version === undefined ? undefined : { version, major: Number(major) }
}

/** The Java of JAVA_HOME, else that of PATH. @throws AppError SETUP_FAILED where there is none, or an old one */
export const findJava = async (env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Java> => {
  const home = env['JAVA_HOME'] ?? ''
  const command = home === '' ? 'java' : join(home, 'bin', 'java')
  const { code, output } = await runTool(command, ['-version'], { env, signal })
  const where = home === '' ? '' : ` in JAVA_HOME (${home})`
  if (code === undefined) {
    throw new AppError(
      'SETUP_FAILED',
      `Java ${OLDEST} or later is needed, and there is none${where}: ${REMEDY}`,
    )
  }
  const found = javaVersion(output)
  if (code !== 0 || found === undefined) {
    throw new AppError('SETUP_FAILED', `Java${where} does not work (${lastLines(output)}): ${REMEDY}`)
  }
  if (found.major < OLDEST) {
    throw new AppError(
      'SETUP_FAILED',
      `Java ${OLDEST} or later is needed, and the one found${where} is ${found.version}: ${REMEDY}`,
    )
  }
  return { command, version: found.version }
}

/** Runs Maven in the folder of a pom. @throws AppError SETUP_FAILED where it is missing or fails */
export const runMaven = async (
  folder: string,
  goals: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> => {
  await access(join(folder, 'pom.xml'))
  const { code, output } = await runTool('mvn', ['-q', '-B', ...goals], { cwd: folder, env, signal })
  if (code === undefined) {
    throw new AppError(
      'SETUP_FAILED',
      'Maven is needed once, to fetch Kafka, and there is no `mvn`: install it (Debian: maven), or set KAFKA_BROKERS to a Kafka of yours',
    )
  }
  if (code !== 0) throw new AppError('SETUP_FAILED', `Maven could not fetch Kafka: ${firstError(output)}`)
}

/** Maven says the cause in its first line of level ERROR, and advice in those after it. */
const firstError = (output: string): string =>
  output
    .split('\n')
    .find((line) => line.includes('[ERROR]'))
    ?.replace('[ERROR]', '')
    .trim()
    .slice(0, 300) ?? lastLines(output)
