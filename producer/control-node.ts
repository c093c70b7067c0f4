import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Answered, type Asked, askedIn, plainError } from '../core/children.ts'
import { AppError, toError } from '../core/errors.ts'
import { isReadyMessage } from '../core/lifecycle.ts'
import type { Logger } from '../core/telemetry/logger.ts'
import type { Children } from './children.ts'

const program = fileURLToPath(new URL('../consumer/main.ts', import.meta.url))

/**
 * The master's own node: a consumer of control jobs as a process beside the API, so that no control job holds
 * up a request or takes the API down with it. One that ends by itself is replaced.
 */
export class ControlNode {
  readonly #log: Logger
  readonly #children: Children
  #child: ChildProcess | undefined
  #ready = false
  #stopping = false
  #restart: NodeJS.Timeout | undefined
  #wait = 1_000

  constructor(log: Logger, children: Children) {
    this.#log = log
    this.#children = children
  }

  get ready(): boolean {
    return this.#ready
  }

  start(): void {
    const child = fork(program, [], {
      env: { ...process.env, NODE_TYPE: 'master', PORT: '0', HOST: '127.0.0.1' },
      execArgv: process.execArgv,
      // Ctrl-C in a terminal reaches only us: from us it gets one signal, and drains.
      detached: true,
    })
    this.#child = child
    child.on('message', (message) => {
      const asked = askedIn(message)
      if (asked) return void this.#answer(child, asked)
      if (!isReadyMessage(message)) return
      this.#ready = true
      this.#wait = 1_000
    })
    child.once('exit', (code, signal) => {
      this.#ready = false
      if (this.#stopping) return
      this.#log.error(
        { code, signal, againInMs: this.#wait },
        'the node for control jobs ended; it is started again',
      )
      this.#restart = setTimeout(() => this.start(), this.#wait)
      this.#wait = Math.min(30_000, this.#wait * 2)
    })
  }

  async #answer(child: ChildProcess, { ask, question }: Asked): Promise<void> {
    let answered: Answered
    try {
      const ids =
        question.what === 'submit'
          ? await this.#children.submit(question.parent, question.first, question.children)
          : await this.#children.cancel(question.ids)
      answered = { answer: ask, ids }
    } catch (thrown) {
      if (!(thrown instanceof AppError)) this.#log.error({ err: thrown }, 'children of a control job failed')
      const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', toError(thrown).message)
      answered = { answer: ask, error: plainError(error) }
    }
    // One that has ended meanwhile is asked for again by whoever goes on.
    if (child.connected) child.send(answered, () => {})
  }

  /** Lets running control jobs end, within their own drain limit. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  }
}
