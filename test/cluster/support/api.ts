/** The API of the cluster, through one `kubectl proxy`: a look costs no process, and any way to log in that kubectl knows will do. */
import { startKubectl } from './kubectl.ts'

/** An object of the API; of its content each test takes what it knows. */
export interface Resource {
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
    readonly generation?: number
  }
}

export interface Api {
  /** Where it serves, without a slash at its end. */
  readonly url: string
  /** Undefined where there is no such object. @throws Error with the API's complaint */
  get<T = Resource>(path: string): Promise<T | undefined>
  /** The items at a path; none where the cluster has no such kind. */
  list<T = Resource>(path: string): Promise<readonly T[]>
  /** A JSON merge patch (RFC 7386). */
  patch(path: string, change: unknown): Promise<void>
  /** Deletes it, if it is there. `graceS`: 0 kills a pod at once. */
  remove(path: string, graceS?: number): Promise<void>
  close(): void
}

const ANSWER_LIMIT_MS = 15_000
const START_LIMIT_MS = 15_000

const startProxy = (): Promise<{ url: string; close(): void }> =>
  new Promise((resolve, reject) => {
    const child = startKubectl(['proxy', '--port=0'])
    let said = ''
    const fail = (why: string): void => reject(new Error(`kubectl proxy ${why}: ${said}`))
    const timer = setTimeout(() => fail('does not serve'), START_LIMIT_MS)
    const keep = (chunk: string): void => {
      said += chunk
      const address = /serve on (127\.0\.0\.1:\d+)/.exec(said)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve({ url: `http://${address}`, close: () => child.kill() })
    }
    child.stdout?.setEncoding('utf8').on('data', keep)
    child.stderr?.setEncoding('utf8').on('data', keep)
    child.once('error', (error) => fail(error.message))
    child.once('close', () => {
      clearTimeout(timer)
      fail('ended')
    })
  })

export const openApi = async (): Promise<Api> => {
  const { url, close } = await startProxy()
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': contentTypeOf(method) } }),
    })
    const text = await response.text()
    if (response.status === 404) return undefined
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
  return {
    url,
    close,
    get: async <T>(path: string) => (await ask('GET', path)) as T | undefined,
    list: async <T>(path: string) => ((await ask('GET', path)) as { items: T[] } | undefined)?.items ?? [],
    async patch(path, change) {
      if ((await ask('PATCH', path, change)) === undefined) throw new Error(`PATCH ${path}: not found`)
    },
    async remove(path, graceS) {
      await ask('DELETE', path, graceS === undefined ? {} : { gracePeriodSeconds: graceS })
    },
  }
}

const contentTypeOf = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
