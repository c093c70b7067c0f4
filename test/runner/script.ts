/** Runs a program to its end within a limit, and keeps what it says. */
import { spawn } from 'node:child_process'
import { toError } from '../../core/errors.ts'

export interface Script {
  /** It ended by itself with exit code 0. */
  readonly ok: boolean
  readonly output: string
}

export interface ScriptOptions {
  readonly env: NodeJS.ProcessEnv
  /** Ends it early. */
  readonly signal: AbortSignal
  readonly limitMs: number
  /** Gets each of its lines as it comes. */
  readonly log?: (line: string) => void
}

const LEFT_OPEN_MS = 1_000

/** Rejects never: what can't be started has ended badly, and says why. */
export const runScript = (
  command: string,
  args: readonly string[],
  { env, signal, limitMs, log }: ScriptOptions,
): Promise<Script> => {
  const { promise, resolve } = Promise.withResolvers<Script>()
  // A group of its own: what it starts ends with it.
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  let rest = ''
  let ended = false
  const end = (why: string): void => {
    output += `\n${why}`
    ended = true
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
  const interrupt = (): void => end('interrupted')
  const timer = setTimeout(() => end(`did not end within ${limitMs / 1000} s`), limitMs)
  signal.addEventListener('abort', interrupt, { once: true })
  if (signal.aborted) interrupt()
  const keep = (chunk: string): void => {
    output += chunk
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) log?.(line)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const settle = (ok: boolean): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupt)
    // What was left running may hold them open for as long as it runs, and this process with it.
    child.stdout.destroy()
    child.stderr.destroy()
    resolve({ ok, output })
  }
  child.on('error', (error) => {
    output += toError(error).message
    settle(false)
  })
  // Its output may stay open: what it has left running on purpose, as a cluster, may hold it.
  child.on('exit', (code) => setTimeout(() => settle(code === 0 && !ended), LEFT_OPEN_MS))
  child.on('close', (code) => settle(code === 0 && !ended))
  return promise
}
