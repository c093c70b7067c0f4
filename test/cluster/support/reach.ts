/**
 * A way from this process to a Service, on any cluster: `kubectl port-forward`, at one local port for as long as it is open. It goes to
 * one pod of the Service and ends with it; then it is made anew to another, and calls meanwhile are refused. So it shows what a pod
 * answers, not how the Service carries load: programs that test that run in a pod (`load.ts`).
 */
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { startKubectl } from './kubectl.ts'
import { namespace } from './names.ts'

export interface Reached {
  readonly port: number
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Waits until the way is open. @throws Error where that takes too long */
  open(limitMs?: number): Promise<void>
  close(): void
}

const AGAIN_MS = 300

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address instanceof Object ? address.port : 0))
    })
  })

/** `target`: `service/name` or `pod/name`; `port`: the Service's. */
export const reach = async (target: string, port: number): Promise<Reached> => {
  const local = await freePort()
  const closed = new AbortController()
  let child: ReturnType<typeof startKubectl> | undefined
  let isOpen = false
  let said = ''

  const forward = (): Promise<void> =>
    new Promise((resolve) => {
      const args = ['-n', namespace, 'port-forward', target, `${local}:${port}`, '--address=127.0.0.1']
      child = startKubectl(args)
      said = ''
      const keep = (chunk: string): void => {
        said = (said + chunk).slice(-2_000)
        if (said.includes('Forwarding from')) isOpen = true
        // It stays when its pod goes, and fails every call.
        if (/lost connection to pod|error forwarding port/i.test(said)) child?.kill()
      }
      child.stdout?.setEncoding('utf8').on('data', keep)
      child.stderr?.setEncoding('utf8').on('data', keep)
      child.once('error', () => resolve())
      child.once('close', () => {
        isOpen = false
        resolve()
      })
    })
  void (async () => {
    while (!closed.signal.aborted) {
      await forward()
      if (!closed.signal.aborted) await delay(AGAIN_MS)
    }
  })()

  return {
    port: local,
    url: `http://127.0.0.1:${local}`,
    async open(limitMs = 30_000) {
      const since = performance.now()
      while (!isOpen) {
        if (performance.now() - since > limitMs) throw new Error(`${target} can’t be reached: ${said.trim()}`)
        await delay(50)
      }
    },
    close() {
      closed.abort()
      child?.kill()
    },
  }
}
