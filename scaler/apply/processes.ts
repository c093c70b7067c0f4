/**
 * Applies decisions on one machine: keeps as many worker processes as asked for, as a Deployment keeps pods.
 *
 * Each worker is a process with its own NODE_ID, in a process group of its own (Ctrl-C reaches only us, so that workers
 * get one signal and drain), with an IPC channel: it ends itself when the channel closes, should we be killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { AppError } from '../../core/errors.ts'
import { isReadyMessage } from '../../core/lifecycle.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { type Backoff, defaultBackoff, restartAfter } from './backoff.ts'
import { defaultProbe, type LivenessProbe, watchLiveness } from './liveness.ts'

export interface WorkerExit {
  /** NODE_ID of the worker. */
  readonly worker: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** True if it was told to leave. */
  readonly expected: boolean
}

export interface WorkerProcessesOptions {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of a worker, except NODE_ID. */
  readonly env: Readonly<NodeJS.ProcessEnv>
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** What a worker told to leave gets until SIGKILL, ms; more than it gives its running jobs itself. */
  readonly drainMs: number
  readonly onExit?: (exit: WorkerExit) => void
  readonly backoff?: Backoff
  readonly probe?: LivenessProbe
}

/** A worker from its first start until it is gone for good. Without `child` it waits to be started again. */
interface Worker {
  readonly id: string
  readonly gone: PromiseWithResolvers<void>
  child: ChildProcess | undefined
  startedAt: number
  /** Ends by itself in a row. */
  ends: number
  ready: boolean
  leaving: boolean
  /** Of the next start while it waits; of SIGKILL while it leaves. */
  timer: NodeJS.Timeout | undefined
  liveness: { stop(): void } | undefined
}

export class WorkerProcesses {
  /** Oldest first. */
  #workers: readonly Worker[] = []
  #stopped = false
  readonly #options: WorkerProcessesOptions

  constructor(options: WorkerProcessesOptions) {
    this.#options = options
  }

  /** Workers asked for: what a policy takes for the current replicas (`spec.replicas`). */
  get desired(): number {
    return this.#staying.length
  }

  /** Workers started and not told to leave. */
  get replicas(): number {
    return this.#staying.filter(({ child }) => child !== undefined).length
  }

  /** Workers that have said they do their work, and are not told to leave. */
  get ready(): number {
    return this.#staying.filter(({ ready }) => ready).length
  }

  /**
   * Starts or ends workers until there are `replicas`: at once, so calls may follow each other; the last one holds.
   * Ends those that wait for a restart first, then the newest. Resolves when those it ended are gone.
   * @throws AppError SHUTTING_DOWN after {@link WorkerProcesses.stop}
   */
  async scaleTo(replicas: number): Promise<void> {
    if (this.#stopped) throw new AppError('SHUTTING_DOWN', 'the workers are being stopped')
    for (let missing = replicas - this.desired; missing > 0; missing--) this.#add()
    const byUse = this.#staying.toSorted(
      (a, b) => Number(b.child !== undefined) - Number(a.child !== undefined),
    )
    await Promise.all(byUse.slice(replicas).map((worker) => this.#leave(worker)))
  }

  /** Ends all workers in parallel; resolves when none is left, after `drainMs` at most. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers.map((worker) => this.#leave(worker)))
  }

  get #staying(): readonly Worker[] {
    return this.#workers.filter(({ leaving }) => !leaving)
  }

  #add(): void {
    const taken = new Set(this.#workers.map(({ id }) => id))
    let number = 1
    while (taken.has(`worker-${number}`)) number++
    const worker: Worker = {
      id: `worker-${number}`,
      gone: Promise.withResolvers(),
      child: undefined,
      startedAt: 0,
      ends: 0,
      ready: false,
      leaving: false,
      timer: undefined,
      liveness: undefined,
    }
    this.#start(worker)
    this.#workers = [...this.#workers, worker]
  }

  #start(worker: Worker): void {
    const { command, args, env, log } = this.#options
    const child = spawn(command, args, {
      env: { ...env, NODE_ID: worker.id },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    })
    worker.child = child
    worker.startedAt = performance.now()
    child.once('exit', (code, signal) => this.#ended(worker, code, signal))
    child.on('error', (error) => {
      log.warn({ err: error, worker: worker.id }, 'worker process failed')
      // Without a pid it never ran, and no 'exit' will follow.
      if (child.pid === undefined) this.#ended(worker, null, null)
    })
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return
      worker.ready = true
      this.#watch(worker, child, message.port)
      log.info({ worker: worker.id, afterMs: this.#ranMs(worker) }, 'worker ready')
    })
    if (child.pid !== undefined) log.info({ worker: worker.id, pid: child.pid }, 'worker started')
  }

  /** One that isn't well any more is ended, and so replaced. */
  #watch(worker: Worker, child: ChildProcess, port: number | undefined): void {
    const { log, probe = defaultProbe } = this.#options
    if (port === undefined) return
    worker.liveness = watchLiveness(`http://127.0.0.1:${port}/health`, probe, (why) => {
      log.warn({ worker: worker.id, why }, 'worker is not well; ending it')
      this.#end(worker, child)
    })
  }

  /** Tells it to leave, and kills it where it doesn't. Once only: a second SIGTERM tells a worker to give up its draining. */
  #end(worker: Worker, child: ChildProcess): void {
    const { log, drainMs } = this.#options
    child.kill('SIGTERM')
    worker.timer = setTimeout(() => {
      log.warn({ worker: worker.id, drainMs }, 'worker did not leave in time; killing it')
      killGroup(child)
    }, drainMs)
  }

  #ended(worker: Worker, code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(worker.timer)
    worker.liveness?.stop()
    const { log, onExit, backoff = defaultBackoff } = this.#options
    // What the worker may have started itself goes with it.
    killGroup(worker.child)
    const ranMs = this.#ranMs(worker)
    worker.child = undefined
    worker.ready = false
    if (worker.leaving) {
      log.info({ worker: worker.id, code, signal, ranMs }, 'worker left')
      this.#forget(worker)
    } else {
      const { delayMs, ends } = restartAfter(worker.ends, ranMs, backoff)
      worker.ends = ends
      worker.timer = setTimeout(() => this.#start(worker), delayMs)
      log.warn(
        { worker: worker.id, code, signal, ranMs, restartInMs: delayMs },
        'worker ended by itself; it will be started again',
      )
    }
    onExit?.({ worker: worker.id, code, signal, expected: worker.leaving })
  }

  #ranMs(worker: Worker): number {
    return Math.round(performance.now() - worker.startedAt)
  }

  #leave(worker: Worker): Promise<void> {
    if (worker.leaving) return worker.gone.promise
    worker.leaving = true
    clearTimeout(worker.timer)
    const { child } = worker
    worker.liveness?.stop()
    if (child) this.#end(worker, child)
    else this.#forget(worker)
    return worker.gone.promise
  }

  #forget(worker: Worker): void {
    clearTimeout(worker.timer)
    this.#workers = this.#workers.filter((it) => it !== worker)
    worker.gone.resolve()
  }
}

const killGroup = (child: ChildProcess | undefined): void => {
  if (child?.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group.
  }
}
