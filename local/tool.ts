/** Runs a program to its end and keeps what it printed: for tools such as `java -version`, `mvn`, `initdb`. */
import { spawn } from 'node:child_process'
import { codeOf } from '../core/errors.ts'

export interface ToolOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Runs it as somebody else; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined
}

export interface ToolResult {
  /** Exit code; undefined where the program does not exist or may not be run; null where a signal ended it. */
  readonly code: number | null | undefined
  /** Both of its outputs, as they came. */
  readonly output: string
}

/** Output kept of one run, characters: the last ones. */
const OUTPUT_LIMIT = 64_000

/** Never rejects, except with the reason of an aborted `signal`. */
export const runTool = async (
  command: string,
  args: readonly string[],
  { cwd, env, user, signal }: ToolOptions = {},
): Promise<ToolResult> => {
  signal?.throwIfAborted()
  const result = await new Promise<ToolResult>((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(user ?? {}),
      ...(signal === undefined ? {} : { signal }),
    })
    let output = ''
    const keep = (chunk: string): void => {
      output = (output + chunk).slice(-OUTPUT_LIMIT)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => {
      // An aborted program still has to end; 'close' follows.
      if (child.pid === undefined) resolve({ code: undefined, output: `${codeOf(error)}: ${error.message}` })
    })
    child.on('close', (code) => resolve({ code, output }))
  })
  signal?.throwIfAborted()
  return result
}

/** The last lines of a text that say something, for an error's message. */
export const lastLines = (text: string, count = 3): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-count)
    .join(' | ')
