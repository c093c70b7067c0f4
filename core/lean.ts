/**
 * How a process of the product is to be started so that it stays small. Node takes memory by the size of the machine (a young
 * generation of up to 128 MB where there is plenty) and gives little back, and none of this can be set from within.
 */
import { fileURLToPath } from 'node:url'

/**
 * V8's: what a process keeps alive is some 30 MB, so this bounds only what lies uncollected. Heaps of handlers that need more are
 * theirs to set.
 */
export const leanFlags: readonly string[] = ['--max-old-space-size=192', '--max-semi-space-size=8']

/**
 * One arena of malloc more than the main thread's is enough: each thread else gets its own, and all keep what they once took. Blocks of
 * 64 kB and more (answers of Kafka) go back at once. And what has been compiled is kept: with the cache Node need not load its
 * stripper of types at all, which takes 17 MB in each thread.
 */
export const leanEnv: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../.data/compile-cache', import.meta.url)),
}

/** What a process was started with, as far as it matters here. */
export interface Started {
  readonly execArgv: readonly string[]
  /** Without the path of Node itself. */
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Another process waits for its word. */
  readonly isChild: boolean
}

/**
 * With what it is to be started once more; undefined where it was started with settings of its own, or by a process that has given
 * it what it needs and holds a channel to it, which would not outlive that. What the environment has set stays.
 */
export const leanStart = ({ execArgv, argv, env, isChild }: Started) => {
  const given = [...execArgv, env['NODE_OPTIONS'] ?? ''].join(' ')
  if (isChild || /--max[-_](old|semi)[-_]space[-_]size/.test(given)) return undefined
  return { args: [...leanFlags, ...execArgv, ...argv], env: { ...leanEnv, ...env } }
}

/**
 * Where this process was started as `node main.ts`, without more: begins it anew, under the same process id, with what keeps it
 * small. It does not return then. To be called before anything else is loaded.
 */
export const beLean = (): void => {
  const { execArgv, env, execPath } = process
  const lean = leanStart({ execArgv, argv: process.argv.slice(1), env, isChild: process.send !== undefined })
  // Not on Windows.
  if (lean && process.execve) process.execve(execPath, [execPath, ...lean.args], lean.env)
}
