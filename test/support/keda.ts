/**
 * KEDA's side of the external-push contract, after pkg/scalers/external_scaler.go of v2.21: its own .proto, the metadata of the
 * trigger passed on whole, a stream that is opened again after 2 s, and after 4, 8, … where it did not end in order.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type CallOptions,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const proto = fileURLToPath(new URL('../fixtures/keda/externalscaler.proto', import.meta.url))
const CALL_LIMIT_MS = 3_000

export interface Ref {
  readonly name: string
  readonly namespace: string
  readonly scalerMetadata: Readonly<Record<string, string>>
}

type Unary<Request, Response> = (
  request: Request,
  options: CallOptions,
  done: (error: ServiceError | null, response?: Response) => void,
) => void

interface Client {
  readonly IsActive: Unary<Ref, { readonly result: boolean }>
  readonly StreamIsActive: (ref: Ref) => ClientReadableStream<{ readonly result: boolean }>
  readonly StreamMetricSpec: (ref: Ref) => ClientReadableStream<unknown>
  readonly GetMetricSpec: Unary<
    Ref,
    {
      readonly metricSpecs: readonly {
        readonly metricName: string
        readonly targetSize: string
        readonly targetSizeFloat: number
      }[]
    }
  >
  readonly GetMetrics: Unary<
    { readonly scaledObjectRef: Ref; readonly metricName: string },
    {
      readonly metricValues: readonly {
        readonly metricName: string
        readonly metricValue: string
        readonly metricValueFloat: number
      }[]
    }
  >
  close(): void
}

/** An answer, or the status that came in its place. */
export type Answered<T> = { readonly value: T } | { readonly code: number; readonly details: string }

export interface Keda {
  /** What it makes the target of the HPA's metric. */
  metricSpecs(): Promise<Answered<readonly { readonly name: string; readonly target: number }[]>>
  isActive(): Promise<Answered<boolean>>
  /** The value that the HPA is given. */
  metric(name?: string): Promise<Answered<number>>
  /** What streams said: `true`, `false`, `end`, or the code of an error; opened again and again until it is closed. */
  readonly heard: readonly (boolean | 'end' | number)[]
  /** Opens the stream. */
  listen(): void
  /** The code that the optional StreamMetricSpec is answered with. */
  streamMetricSpec(): Promise<number>
  close(): void
}

export const openKeda = (
  port: number,
  metadata: Readonly<Record<string, string>> = {},
  namespace = 'anomgrd',
): Keda => {
  const address = `127.0.0.1:${port}`
  const ref: Ref = {
    name: 'backend-slave',
    namespace,
    scalerMetadata: { scalerAddress: address, ...metadata },
  }
  const loaded = loadPackageDefinition(loadSync(proto, { longs: String, defaults: true }))
  const { ExternalScaler } = loaded['externalscaler'] as unknown as {
    ExternalScaler: new (address: string, of: ReturnType<typeof credentials.createInsecure>) => Client
  }
  const client = new ExternalScaler(address, credentials.createInsecure())
  const ask = <Request, Response, T>(
    call: Unary<Request, Response>,
    request: Request,
    use: (response: Response) => T,
  ): Promise<Answered<T>> =>
    new Promise((resolve) => {
      call.call(client, request, { deadline: Date.now() + CALL_LIMIT_MS }, (error, response) => {
        if (error || !response) resolve({ code: error?.code ?? -1, details: error?.details ?? '' })
        else resolve({ value: use(response) })
      })
    })

  const heard: (boolean | 'end' | number)[] = []
  let closed = false
  const streamOnce = (): Promise<boolean> =>
    new Promise((resolve) => {
      const stream = client.StreamIsActive(ref)
      stream.on('data', ({ result }: { readonly result: boolean }) => heard.push(result))
      stream.on('error', ({ code }: ServiceError) => {
        heard.push(code)
        resolve(false)
      })
      stream.on('end', () => {
        heard.push('end')
        resolve(true)
      })
    })
  return {
    metricSpecs: () =>
      ask(client.GetMetricSpec, ref, ({ metricSpecs }) =>
        metricSpecs.map(({ metricName, targetSize, targetSizeFloat }) => ({
          name: metricName,
          target: targetSizeFloat > 0 ? targetSizeFloat : Number(targetSize),
        })),
      ),
    isActive: () => ask(client.IsActive, ref, ({ result }) => result),
    metric: (metricName = 'anomalyguard-workers') =>
      ask(client.GetMetrics, { scaledObjectRef: ref, metricName }, ({ metricValues }) => {
        const [it] = metricValues
        if (!it) return Number.NaN
        return it.metricValueFloat > 0 ? it.metricValueFloat : Number(it.metricValue)
      }),
    heard,
    listen() {
      void (async () => {
        for (let waitMs = 2_000; !closed; waitMs = Math.min(60_000, waitMs * 2)) {
          if (await streamOnce()) waitMs = 2_000
          await delay(waitMs, undefined, { ref: false })
        }
      })()
    },
    streamMetricSpec: () =>
      new Promise((resolve) => {
        client.StreamMetricSpec(ref).on('error', ({ code }: ServiceError) => resolve(code))
      }),
    close() {
      closed = true
      client.close()
    },
  }
}
