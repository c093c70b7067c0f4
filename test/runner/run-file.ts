/** Runs one test file in a process of its own, within a limit, and leaves nothing of it behind. */
import { spawn } from 'node:child_process'
import { descendantsOf } from '../../local/identity.ts'
import { type Count, judge, readSummary } from './summary.ts'

export interface Limits {
  /** For the whole file, ms. */
  readonly fileMs: number
  /** Between its summary and its end, ms: longer means that a test has left a handle open. */
  readonly leaveMs: number
}

export interface Outcome {
  readonly count: Count
  readonly output: string
  readonly ms: number
}

export interface RunOptions {
  readonly limits?: Limits
  readonly verdict?: (output: string, endedWell: boolean) => Count
}

const usual: Limits = { fileMs: 180_000, leaveMs: 10_000 }

const killTree = (pid: number): void => {
  for (const each of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** Runs `command args…`, the output of which is a test file's. Rejects never; `signal` ends it early. */
export const runFile = (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { limits = usual, verdict = judge }: RunOptions = {},
): Promise<Outcome> => {
  const started = performance.now()
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let output = ''
  let forced = false
  let leaving: NodeJS.Timeout | undefined

  const end = (why: string): void => {
    if (forced) return
    forced = true
    output += `\n${why}\n`
    if (child.pid !== undefined) killTree(child.pid)
    // A stranger may hold the pipes open.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const limit = setTimeout(() => end(`did not end within ${limits.fileMs / 1000} s: killed`), limits.fileMs)
  const abort = (): void => end('interrupted')
  signal.addEventListener('abort', abort, { once: true })

  const keep = (chunk: string): void => {
    output += chunk
    if (leaving === undefined && readSummary(output) !== undefined) {
      const why = `did not exit within ${limits.leaveMs / 1000} s of its summary (an open handle): killed`
      leaving = setTimeout(() => end(why), limits.leaveMs)
    }
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)

  const settle = (endedWell: boolean): void => {
    clearTimeout(limit)
    clearTimeout(leaving)
    signal.removeEventListener('abort', abort)
    resolve({ count: verdict(output, endedWell), output, ms: performance.now() - started })
  }
  child.on('error', (error) => {
    output += `${error.message}\n`
    if (child.pid === undefined) settle(false)
  })
  child.on('exit', (code) => {
    // Its own children may outlive it and keep its output open.
    if (code !== 0)
      leaving ??= setTimeout(() => end('ended, but something it started did not'), limits.leaveMs)
  })
  child.on('close', (code) => settle(code === 0 && !forced))
  return promise
}
