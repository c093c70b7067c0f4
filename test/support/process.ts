/** Processes of the product, as children that end with the test, however the test ends. */
import { type ChildProcess, fork } from 'node:child_process'
import { isReadyMessage } from '../../core/lifecycle.ts'

export type Env = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface RunningProcess {
  readonly pid: number
  /** Of its HTTP server; 0 where it serves none. */
  readonly port: number
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly ended: Promise<Ended>
  readonly hasEnded: boolean
  output(): string
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then its end; SIGKILL and a rejection where that takes longer than `limitMs`. */
  stop(limitMs?: number): Promise<Ended>
}

const MAX_OUTPUT = 200_000
const alive = new Set<ChildProcess>()

// The IPC channel ends the children of a test that was killed; this ends them where one is stuck, too.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

interface Child {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly output: () => string
}

const launch = (program: string, env: Env): Child => {
  const child = fork(program, [], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
  })
  alive.add(child)
  let text = ''
  const keep = (chunk: string): void => {
    text = (text + chunk).slice(-MAX_OUTPUT)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => keep(error.message))
    child.once('close', (code, signal) => {
      alive.delete(child)
      resolve({ code, signal })
    })
  })
  return { child, ended, output: () => text }
}

const say = ({ code, signal }: Ended): string => (signal === null ? `with code ${code}` : `by ${signal}`)

/** Runs a program to its end. Rejects with its output where it fails. */
export const runToEnd = async (program: string, env: Env): Promise<string> => {
  const { ended, output } = launch(program, env)
  const how = await ended
  if (how.code !== 0) throw new Error(`${program} ended ${say(how)}:\n${output()}`)
  return output()
}

/** Starts a program and waits for its word that it is ready. Rejects with its output where it ends before. */
export const startProcess = async (program: string, env: Env, limitMs = 30_000): Promise<RunningProcess> => {
  const { child, ended, output } = launch(program, env)
  let over = false
  void ended.then(() => {
    over = true
  })
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${program} ${why}:\n${output()}`))
    const timer = setTimeout(() => {
      kill('SIGKILL')
      fail(`was not ready within ${limitMs} ms`)
    }, limitMs)
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return
      clearTimeout(timer)
      resolve(message.port ?? 0)
    })
    void ended.then((how) => {
      clearTimeout(timer)
      fail(`ended ${say(how)} before it was ready`)
    })
  })
  return {
    pid: child.pid ?? 0,
    port,
    url: `http://127.0.0.1:${port}`,
    ended,
    get hasEnded() {
      return over
    },
    output,
    kill,
    async stop(limitMs = 30_000) {
      kill('SIGTERM')
      let late = false
      const timer = setTimeout(() => {
        late = true
        kill('SIGKILL')
      }, limitMs)
      const how = await ended
      clearTimeout(timer)
      if (late) throw new Error(`${program} did not stop within ${limitMs} ms:\n${output().slice(-5_000)}`)
      return how
    },
  }
}
