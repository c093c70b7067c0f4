/** The gRPC server that KEDA's operator connects to. Without TLS: it is for the inside of the cluster, and tells two numbers. */
import { fileURLToPath } from 'node:url'
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { AppError } from '../../core/errors.ts'
import {
  metricRefusal,
  metricSpecs,
  metricValues,
  type Refusal,
  refusalOf,
  type ScaledObjectRef,
  type Serves,
  type Unknown,
  unavailable,
  type Value,
} from './answers.ts'
import type { ActivityStreams } from './streams.ts'

const SERVICE = 'externalscaler.ExternalScaler'
/** How long calls under way may take when the server stops, ms. */
const STOP_LIMIT_MS = 1_000

export interface ServerParts {
  readonly serves: Serves
  /** The policy's last word, or why there is none. */
  readonly value: () => Value | Unknown
  readonly streams: ActivityStreams
  /** Hears of each call, with the status of its answer. */
  readonly onCall: (method: string, code: Refusal['code'] | 'OK') => void
}

interface GetMetricsRequest {
  readonly scaledObjectRef: ScaledObjectRef | null
  readonly metricName: string
}

const loadService = (): ServiceDefinition => {
  const proto = fileURLToPath(new URL('externalscaler.proto', import.meta.url))
  const service = loadSync(proto, { defaults: true })[SERVICE]
  // A message has a `format`; what has none is a service.
  if (service === undefined || 'format' in service)
    throw new AppError('SETUP_FAILED', `${proto}: there is no service ${SERVICE}`)
  return service as ServiceDefinition
}

type Answer<Response> = Refusal | { readonly answer: Response }

const refused = ({ code, details }: Refusal) => ({ code: status[code], details })

/** What the contract's calls do. */
const implementation = ({ serves, value, streams, onCall }: ServerParts) => {
  const unary =
    <Request, Response>(
      method: string,
      answer: (request: Request) => Answer<Response>,
    ): handleUnaryCall<Request, Response> =>
    ({ request }, respond) => {
      const it = answer(request)
      onCall(method, 'code' in it ? it.code : 'OK')
      if ('code' in it) respond(refused(it))
      else respond(null, it.answer)
    }
  const known = <T>(use: (value: Value) => T): Answer<T> => {
    const it = value()
    return 'unknown' in it ? unavailable(it) : { answer: use(it) }
  }
  const streamIsActive: handleServerStreamingCall<ScaledObjectRef, { readonly result: boolean }> = (call) => {
    const refusal = refusalOf(call.request, serves)
    onCall('StreamIsActive', refusal?.code ?? 'OK')
    if (refusal) {
      call.emit('error', refused(refusal))
      return
    }
    const forget = streams.add(call)
    call.on('cancelled', forget)
    call.on('close', forget)
  }
  return {
    isActive: unary(
      'IsActive',
      (ref: ScaledObjectRef) => refusalOf(ref, serves) ?? known(({ active }) => ({ result: active })),
    ),
    streamIsActive,
    getMetricSpec: unary(
      'GetMetricSpec',
      (ref: ScaledObjectRef) => refusalOf(ref, serves) ?? { answer: metricSpecs },
    ),
    getMetrics: unary(
      'GetMetrics',
      ({ scaledObjectRef, metricName }: GetMetricsRequest) =>
        refusalOf(scaledObjectRef, serves) ?? metricRefusal(metricName) ?? known(metricValues),
    ),
  }
}

export interface GrpcServer {
  readonly port: number
  /** Ends all streams in order, and gives calls under way a second. */
  stop(): Promise<void>
}

/** Listens; `port` 0 takes a free one. @throws AppError SETUP_FAILED naming the port */
export const serveGrpc = async (parts: ServerParts, port: number, host: string): Promise<GrpcServer> => {
  // An operator that is gone without a word is noticed, so that its streams are not kept for ever.
  const server = new Server({ 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 })
  server.addService(loadService(), implementation(parts))
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const bound = Promise.withResolvers<number>()
  server.bindAsync(address, ServerCredentials.createInsecure(), (cause, got) => {
    if (!cause) return bound.resolve(got)
    const message = `can’t listen on ${address}: ${cause.message}; GRPC_PORT sets another port`
    bound.reject(new AppError('SETUP_FAILED', message, { cause }))
  })
  return {
    port: await bound.promise,
    async stop() {
      parts.streams.end()
      const force = setTimeout(() => server.forceShutdown(), STOP_LIMIT_MS)
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      clearTimeout(force)
    },
  }
}
