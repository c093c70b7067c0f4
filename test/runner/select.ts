/** Which test files a command line means. */
import { existsSync, globSync } from 'node:fs'

/** Folders of test/ that a run without arguments takes; the others need more than this machine, or more time. */
export const usualKinds = ['unit', 'integration', 'chaos'] as const

const filesOf = (kind: string): string[] => globSync(`test/${kind}/**/*.test.ts`).sort()

/** Unit tests need no server. */
export const needsServers = (file: string): boolean => !file.startsWith('test/unit/')

/**
 * Files for `unit`, `integration`, `path/of/a.test.ts`, …; all the usual ones for none. Throws a sentence where an
 * argument means no file.
 */
export const selectFiles = (args: readonly string[]): string[] => {
  const chosen = (args.length === 0 ? usualKinds : args).flatMap((arg) => {
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
