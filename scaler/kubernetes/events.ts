/**
 * Decisions as Kubernetes Events, so that `kubectl describe deployment` and `kubectl get events` tell them. What repeats
 * within ten minutes is counted up in one Event, with its newest message, as a kubelet does it (core/v1, which allows that;
 * events.k8s.io/v1 forbids a new note). At most one request in two seconds; one that fails is forgotten: the API of the master
 * has every decision, too.
 */
import { randomBytes } from 'node:crypto'
import { CoreV1Api, type CoreV1Event, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { toError } from '../../core/errors.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { type Cluster, within } from './connection.ts'

const ANSWER_LIMIT_MS = 5_000
const PACE_MS = 2_000
const SERIES_MS = 600_000
/** Longest message that the API takes. */
const MAX_MESSAGE = 1_024
/** Waiting ones and series known at most; the oldest go first. */
const MAX_WAITING = 20
const MAX_SERIES = 100

/** Something to tell. Two of one `series` are one Event that happened twice. */
export interface Happening {
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase. */
  readonly reason: string
  readonly message: string
  readonly series: string
}

/** What an Event holds that is not always the same. */
export interface EventContent extends Omit<Happening, 'series'> {
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** Where Events go. */
export interface EventSink {
  /** Resolves to its name. */
  create(content: EventContent): Promise<string>
  /** Resolves to false where there is no such Event any more. */
  update(name: string, content: EventContent): Promise<boolean>
}

/** Events about an object, in its namespace. `about` is asked each time: the Deployment may be made anew. */
export const apiSink = (
  { kubeConfig, namespace }: Cluster,
  about: () => { readonly name: string; readonly uid: string | undefined },
  reporter: { readonly component: string; readonly instance: string },
): EventSink => {
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const body = ({ type, reason, message, count, firstAt, lastAt }: EventContent): CoreV1Event => {
    const { name, uid } = about()
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name,
        namespace,
        ...(uid === undefined ? {} : { uid }),
      },
      type,
      reason,
      message,
      count,
      firstTimestamp: firstAt,
      lastTimestamp: lastAt,
      source: { component: reporter.component },
      reportingComponent: reporter.component,
      reportingInstance: reporter.instance,
    }
  }
  return {
    async create(content) {
      const made = body(content)
      await within(ANSWER_LIMIT_MS, 'writing an Event', core.createNamespacedEvent({ namespace, body: made }))
      return made.metadata.name ?? ''
    },
    async update(name, { message, count, lastAt }) {
      const change = { message, count, lastTimestamp: lastAt.toISOString() }
      const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
      try {
        const asked = core.patchNamespacedEvent({ name, namespace, body: change }, asMerge)
        await within(ANSWER_LIMIT_MS, 'writing an Event', asked)
        return true
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 404) return false
        throw error
      }
    },
  }
}

interface Series {
  readonly name: string
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** Takes what happens, and writes it at its own pace. Never throws. */
export class EventRecorder {
  readonly #sink: EventSink
  readonly #log: Logger
  readonly #paceMs: number
  /** By series, oldest first: what waits to be written, and how often it happened meanwhile. */
  readonly #waiting = new Map<
    string,
    { readonly last: Happening; readonly at: Date; readonly times: number }
  >()
  readonly #series = new Map<string, Series>()
  #writing = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #failure: string | undefined

  constructor(sink: EventSink, log: Logger, paceMs = PACE_MS) {
    this.#sink = sink
    this.#log = log
    this.#paceMs = paceMs
  }

  /** Why the last Event could not be written, if so. */
  get failure(): string | undefined {
    return this.#failure
  }

  say(happening: Happening): void {
    if (this.#stopped) return
    const { series } = happening
    const before = this.#waiting.get(series)
    this.#waiting.set(series, { last: happening, at: new Date(Date.now()), times: (before?.times ?? 0) + 1 })
    forgetOldest(this.#waiting, MAX_WAITING)
    if (!this.#writing && this.#timer === undefined) void this.#next()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #next(): Promise<void> {
    this.#timer = undefined
    const [next] = this.#waiting
    if (!next || this.#stopped) return
    const [key, { last, at, times }] = next
    this.#waiting.delete(key)
    this.#writing = true
    try {
      await this.#write(key, last, at, times)
      this.#failure = undefined
    } catch (error) {
      if (this.#failure === undefined) this.#log.warn({ err: error }, 'Kubernetes Events can’t be written')
      this.#failure = toError(error).message
    }
    this.#writing = false
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#next(), this.#paceMs)
    this.#timer?.unref()
  }

  async #write(
    key: string,
    { type, reason, message: whole }: Happening,
    at: Date,
    times: number,
  ): Promise<void> {
    const known = this.#series.get(key)
    const goesOn = known && at.getTime() - known.lastAt.getTime() < SERIES_MS ? known : undefined
    const message = whole.length > MAX_MESSAGE ? `${whole.slice(0, MAX_MESSAGE - 1)}…` : whole
    const content: EventContent = {
      type,
      reason,
      message,
      count: (goesOn?.count ?? 0) + times,
      firstAt: goesOn?.firstAt ?? at,
      lastAt: at,
    }
    const name =
      goesOn && (await this.#sink.update(goesOn.name, content))
        ? goesOn.name
        : await this.#sink.create(content)
    this.#series.delete(key)
    this.#series.set(key, { name, count: content.count, firstAt: content.firstAt, lastAt: at })
    forgetOldest(this.#series, MAX_SERIES)
  }
}

const forgetOldest = (map: Map<string, unknown>, most: number): void => {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
