/**
 * The Deployment that is scaled, as the API server tells it: a list, then a watch from there, and both anew when the watch
 * ends, however it ends. One object is cheap to list, so that an expired resourceVersion (410) needs no handling of its own.
 *
 * The Deployment's own status is all that is needed: `readyReplicas` are its Ready pods, those that are being deleted not
 * counted. So nobody has to be allowed to read pods.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppsV1Api, type V1Deployment, Watch } from '@kubernetes/client-node'
import { z } from 'zod'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { type Cluster, within } from './connection.ts'

const ANSWER_LIMIT_MS = 10_000
const FIRST_WAIT_MS = 250
const MAX_WAIT_MS = 5_000

export interface Target {
  readonly uid: string
  /** `spec.replicas`: what is asked for. */
  readonly replicas: number
  /** `status.replicas`: pods that there are. It is what the HPA measures its tolerance by. */
  readonly existing: number
  readonly ready: number
}

const deployment = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ replicas: z.int().default(1) }),
  status: z.object({ replicas: z.int().default(0), readyReplicas: z.int().default(0) }).default({
    replicas: 0,
    readyReplicas: 0,
  }),
})

/** What an object of the API says; undefined where it is no Deployment. */
export const targetOf = (object: unknown): Target | undefined => {
  const parsed = deployment.safeParse(object)
  if (!parsed.success) return undefined
  const { metadata, spec, status } = parsed.data
  const { replicas: existing, readyReplicas: ready } = status
  return { uid: metadata.uid, replicas: spec.replicas, existing, ready }
}

export interface WatchEvents {
  readonly onOpen: () => void
  readonly onChange: (phase: string, object: unknown) => void
}

/** How the API server is asked; in its place tests put one that fails. */
export interface DeploymentSource {
  list(): Promise<{ readonly items: readonly V1Deployment[]; readonly resourceVersion: string }>
  /**
   * Calls `onOpen` once it stands, then `onChange` with each change after `resourceVersion`. Resolves when it has ended
   * as watches do, rejects where it failed.
   */
  watch(resourceVersion: string, on: WatchEvents, signal: AbortSignal): Promise<void>
}

export const apiSource = ({ kubeConfig, namespace }: Cluster, name: string): DeploymentSource => {
  const apps = kubeConfig.makeApiClient(AppsV1Api)
  const fieldSelector = `metadata.name=${name}`
  return {
    async list() {
      const asked = apps.listNamespacedDeployment({ namespace, fieldSelector })
      const { items, metadata } = await within(ANSWER_LIMIT_MS, 'listing Deployments', asked)
      return { items, resourceVersion: metadata?.resourceVersion ?? '' }
    },
    watch(resourceVersion, { onOpen, onChange }, signal) {
      const ended = Promise.withResolvers<void>()
      let over = false
      const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`
      const done = (error: unknown): void => {
        over = true
        // Nothing happened for long: the client gives up a connection that may be dead.
        const silent = error instanceof Error && error.name === 'TimeoutError'
        if (error && !silent && !signal.aborted) ended.reject(toError(error))
        else ended.resolve()
      }
      const started = new Watch(kubeConfig).watch(path, { fieldSelector, resourceVersion }, onChange, done)
      started.then((request) => {
        if (over) return
        if (signal.aborted) request.abort()
        else onOpen()
        signal.addEventListener('abort', () => request.abort(), { once: true })
      }, done)
      return ended.promise
    },
  }
}

/** Keeps the last word about the Deployment, and how old it is. */
export class DeploymentWatch {
  #latest: Target | undefined
  /** When the API server was last heard; while a watch stands, what it told is of now. */
  #heardAt: number | undefined
  #watching = false
  #failure: string | undefined
  #absent = false
  readonly #stopping = new AbortController()
  readonly #source: DeploymentSource
  readonly #name: string
  readonly #log: Logger
  readonly #onChange: (target: Target, before: Target | undefined) => void

  constructor(
    source: DeploymentSource,
    name: string,
    log: Logger,
    onChange: (target: Target, before: Target | undefined) => void = () => {},
  ) {
    this.#source = source
    this.#name = name
    this.#log = log
    this.#onChange = onChange
  }

  /** The last that was heard of it, however old; undefined before that, and once it is known to be gone. */
  get latest(): Target | undefined {
    return this.#latest
  }

  /** How old `latest` is, ms: 0 while it is being watched. */
  get ageMs(): number {
    return this.#watching ? 0 : Date.now() - (this.#heardAt ?? Number.NEGATIVE_INFINITY)
  }

  /** What is wrong, in words. */
  get failure(): string | undefined {
    if (this.#failure !== undefined) return `the API server can’t be asked: ${this.#failure}`
    return this.#absent ? `there is no Deployment ${this.#name}` : undefined
  }

  start(): void {
    void this.#run()
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const onOpen = (): void => {
      if (this.#failure !== undefined) this.#log.info('the Deployment is watched again')
      this.#failure = undefined
      this.#watching = true
    }
    const onChange = (phase: string, object: unknown): void => this.#onEvent(phase, object)
    for (let wait = FIRST_WAIT_MS; !signal.aborted; ) {
      try {
        const { items, resourceVersion } = await this.#source.list()
        if (signal.aborted) return
        this.#learn(targetOf(items[0]))
        await this.#source.watch(resourceVersion, { onOpen, onChange }, signal)
        wait = FIRST_WAIT_MS
      } catch (error) {
        if (signal.aborted) return
        if (this.#failure === undefined)
          this.#log.warn({ err: error }, 'the Deployment can’t be watched; trying again')
        this.#failure = toError(error).message
        wait = Math.min(MAX_WAIT_MS, wait * 2)
      } finally {
        if (this.#watching) this.#heardAt = Date.now()
        this.#watching = false
      }
      await delay(wait, undefined, { signal }).catch(() => {})
    }
  }

  #onEvent(phase: string, object: unknown): void {
    if (phase === 'DELETED') this.#learn(undefined)
    else if (phase === 'ADDED' || phase === 'MODIFIED') {
      const target = targetOf(object)
      if (target) this.#learn(target)
    }
  }

  #learn(target: Target | undefined): void {
    const before = this.#latest
    this.#latest = target
    this.#heardAt = Date.now()
    if (target) this.#onChange(target, before)
    else if (!this.#absent) this.#log.warn({ name: this.#name }, 'there is no such Deployment')
    this.#absent = target === undefined
  }
}
