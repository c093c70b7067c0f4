/** Which test files a command line means. */
import { existsSync, globSync } from 'node:fs'

/** Folders of test/ that a run without arguments takes; the others need more than this machine, or more time. */
const usualKinds = ['unit', 'integration', 'chaos', 'browser'] as const

/** CI takes the cluster tests, too. */
export const kindsFor = (env: NodeJS.ProcessEnv): readonly string[] =>
  ['true', '1'].includes(env['CI'] ?? '') ? [...usualKinds, 'cluster'] : usualKinds

const filesOf = (kind: string): string[] => globSync(`test/${kind}/**/*.test.ts`).sort()

/** What a test file runs on: nothing but this process, a Kafka and a PostgreSQL, or a cluster with KEDA. */
export const needsOf = (file: string): 'nothing' | 'servers' | 'cluster' =>
  file.startsWith('test/unit/') ? 'nothing' : file.startsWith('test/cluster/') ? 'cluster' : 'servers'

/**
 * Files for `unit`, `integration`, `path/of/a.test.ts`, …; all of the usual kinds for none. Throws a sentence where an
 * argument means no file.
 */
export const selectFiles = (args: readonly string[], usual: readonly string[]): string[] => {
  const chosen = (args.length === 0 ? usual : args).flatMap((arg) => {
    if (arg.endsWith('.ts')) {
      if (!existsSync(arg)) throw new Error(`there is no file ${arg}`)
      return [arg.replace(/^\.\//, '')]
    }
    const files = filesOf(arg)
    if (files.length === 0 && args.length > 0) throw new Error(`there are no tests in test/${arg}`)
    return files
  })
  return [...new Set(chosen)]
}
