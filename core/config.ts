/**
 * Configuration: one pure function from environment variables to a frozen object. All faults are reported at once,
 * each with its variable's name. Every variable is described here; README's table is made from these descriptions.
 */
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AppError } from './errors.ts'

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))

const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1')

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)

const address = /^(\[[0-9a-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/
const brokers = list.pipe(
  z.array(z.string().regex(address, 'must be host:port, separated by commas')).min(1, 'names no broker'),
)

export const roles = ['submit', 'read', 'operate'] as const
export type Role = (typeof roles)[number]

const token = z
  .string()
  .regex(/^[^=\s]{8,}=[a-z+]+$/, 'must be token=role+role, the token of 8 characters or more')
  .transform((item) => {
    const at = item.lastIndexOf('=')
    return { token: item.slice(0, at), roles: item.slice(at + 1).split('+') }
  })
  .pipe(z.object({ token: z.string(), roles: z.array(z.enum(roles)) }))

/** Every variable the product reads. `.meta({ default })` is what an unset one means, for the documentation. */
const variables = z.object({
  PORT: integer(0, 65535)
    .default(8080)
    .describe('port of the HTTP server (API, pages, health, metrics); 0 takes a free one'),
  HOST: z
    .string()
    .min(1)
    .optional()
    .describe('address it listens on; unset: loopback, or every address once `API_TOKENS` is set'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('folder of the local Kafka, PostgreSQL and logs (`make run`)'),
  KAFKA_BROKERS: brokers
    .optional()
    .describe('`host:port,…` of an existing Kafka; unset: `make run` brings its own'),
  KAFKA_SSL: flag.default(false).describe('TLS to Kafka'),
  KAFKA_SASL: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('SASL mechanism, with the two below'),
  KAFKA_USERNAME: z.string().optional().describe('SASL user'),
  KAFKA_PASSWORD: z.string().optional().describe('SASL password'),
  KAFKA_COMPRESSION: z.enum(['none', 'gzip']).default('none').describe('compression of the jobs’ records'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,100}$/, 'must be letters, digits, _ or -')
    .default('anomgrd')
    .describe('prefix of topics and consumer groups'),
  TOPIC_EPOCH: integer(0, 62)
    .default(0)
    .describe('number of the jobs topics: raised when new ones with more partitions take over'),
  PARTITIONS: integer(1, 4096)
    .default(24)
    .describe('partitions of each new jobs topic (one a priority); fixed for its life'),
  REPLICATION_FACTOR: integer(1, 9)
    .default(1)
    .describe('replicas of new topics; with 3 or more `min.insync.replicas` is 2'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional()
    .describe('`postgres://…` of an existing PostgreSQL 15 or later; unset: `make run` brings its own'),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be lower case letters, digits or _')
    .default('anomalyguard')
    .describe('schema that holds the tables'),
  DATABASE_POOL: integer(1, 100)
    .default(8)
    .describe(
      'connections a process keeps to PostgreSQL at most; a worker has one more (it listens), a master, too (the clock of schedules)',
    ),
  NODE_ID: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('name of this process in events and results; unset: host-pid'),
  HANDLERS: list.default([]).describe('folders with handlers of your own, separated by commas'),
  API_TOKENS: list
    .pipe(z.array(token))
    .default([])
    .describe('`token=role+role,…` with roles submit, read, operate; unset: no check, loopback only'),
  QUEUE_LIMIT: integer(0, 1e9).default(0).describe('jobs waiting at which submissions get 429; 0: no limit'),
  PUBLISH_TIMEOUT_MS: integer(500, 120_000)
    .default(8_000)
    .describe('how long a submission waits for Kafka’s acknowledgement, ms'),
  MASTER_NODE_JOB_COUNT: integer(1, 10_000)
    .default(50)
    .describe('control jobs the master holds claimed at most'),
  JOBS_PER_NODE: integer(1, 10_000).default(200).describe('jobs a worker holds claimed at most (its window)'),
  WINDOW_BYTES: integer(1_000_000, 1e9)
    .default(16_000_000)
    .describe('bytes of claimed jobs a worker holds at most'),
  MAX_PARALLEL_JOBS: integer(1, 1000)
    .optional()
    .describe('jobs that run at once: 5 in a worker, 3 in the master'),
  MAX_ATTEMPTS: integer(1, 100).default(5).describe('attempts of a job that does not say'),
  TIMEOUT_MS: integer(1, 86_400_000)
    .default(300_000)
    .describe('time limit of one attempt of a job that does not say, ms'),
  BACKOFF_MS: integer(0, 86_400_000)
    .default(1_000)
    .describe(
      'longest wait after a first failed attempt of a job that does not say, ms; it doubles with each further one',
    ),
  BACKOFF_MAX_MS: integer(0, 86_400_000)
    .default(300_000)
    .describe('longest wait between two attempts of a job that does not say, ms'),
  RESULT_RETENTION: integer(1, 36_500).default(30).describe('days that results are kept'),
  DEAD_LETTER_RETENTION: integer(1, 36_500).default(90).describe('days that dead letters are kept'),
  DATA_SET_RETENTION: integer(1, 36_500).default(30).describe('days that uploaded data sets are kept'),
  DATA_SET_BYTES: integer(1_000, 10_000_000_000)
    .default(256_000_000)
    .describe('bytes of one upload of a data set at most'),
  RESERVATION_RETENTION: integer(1, 36_500)
    .default(7)
    .describe('days that an `Idempotency-Key` stands for its job'),
  HISTORY_RETENTION: integer(1, 8_784)
    .default(24)
    .describe('hours that the fleet’s history (`GET /api/scaling/history`) is kept'),
  LOG_RETENTION: integer(0, 876_000)
    .default(24)
    .describe('hours that records of finished jobs stay in the log at least'),
  INSTALL_WAIT_MS: integer(0, 3_600_000)
    .default(0)
    .describe('how long the installation waits for Kafka and PostgreSQL to answer, ms'),
  DRAIN_TIMEOUT_MS: integer(0, 600_000)
    .default(15_000)
    .describe('how long a leaving process lets running jobs end, ms'),
  REBALANCE_DRAIN_MS: integer(0, 600_000)
    .default(2_000)
    .describe('how long running jobs of a partition that goes to another worker may take to end, ms'),
  MIN_REPLICAS: integer(0, 1000).default(3).describe('workers at least'),
  MAX_REPLICAS: integer(1, 1000).default(12).describe('workers at most (and never more than partitions)'),
  LAG_THRESHOLD: integer(1, 1e6).default(200).describe('lag in jobs that one worker is worth'),
  SCALE_INTERVAL_MS: integer(100, 600_000)
    .default(15_000)
    .describe('time between scaling decisions, ms (the HPA’s sync period)'),
  SCALE_DOWN_STABILIZATION_MS: integer(0, 3_600_000)
    .default(60_000)
    .describe('stabilization window before scaling down, ms (the HPA’s own default is 300000)'),
  DRAIN_OBJECTIVE_MS: integer(1_000, 86_400_000)
    .default(30_000)
    .describe('drain-time policy: time from its coming within which a job is to be done, ms'),
  WORKER_STARTUP_MS: integer(0, 600_000)
    .default(6_000)
    .describe('drain-time policy: from asking for a worker to its first job, ms'),
  WORKER_STARTUP_EACH_MS: integer(0, 60_000)
    .default(0)
    .describe(
      'drain-time policy: what each further worker that starts with it adds to that, ms; 0 where each has processors of its own (`make run` knows its own)',
    ),
  REBALANCE_MS: integer(0, 60_000)
    .default(1_500)
    .describe('drain-time policy: how long a change of the group holds up the workers, ms'),
  SCALING_POLICY: z
    .enum(['kafka', 'drain-time'])
    .default('kafka')
    .describe(
      'how `make run` scales: `kafka` as KEDA’s kafka trigger and the HPA do, `drain-time` as the external scaler does',
    ),
  SCALER_SHADOW: flag
    .default(false)
    .describe('the external scaler decides and explains only; KEDA gets no value of it'),
  SCALE_TARGET: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of a Deployment')
    .default('backend-slave')
    .describe('Deployment of the workers, which the external scaler watches'),
  GRPC_PORT: integer(0, 65535)
    .default(9090)
    .describe('port on which the external scaler serves KEDA; 0 takes a free one'),
  KUBE_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .optional()
    .describe('namespace of that Deployment; unset: that of the pod, or of the context of `KUBECONFIG`'),
  KUBECONFIG: z
    .string()
    .min(1)
    .optional()
    .describe('file that says where the cluster is, for an external scaler outside of one'),
  WEB_DIR: z
    .string()
    .optional()
    .describe(
      'folder of the built pages (`make pages`), served at `/` and `/view`; unset: `web/dist` for `make run` and the pages server, none for a master by itself (an ingress routes them)',
    ),
  API_URL: z
    .url({ protocol: /^https?$/, error: 'must be http://… or https://…' })
    .optional()
    .describe('where the pages server (`web/main.ts`) passes `/api` to; unset: an ingress routes it'),
  CLOSE_DELAY_MS: integer(0, 60_000)
    .default(0)
    .describe(
      'how long a leaving server still takes requests, asking clients to connect anew, ms; behind a load balancer some seconds',
    ),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level that is logged'),
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export type NodeType = 'master' | 'child'

const build = (env: z.output<typeof variables>, nodeType: NodeType, pid: number) => ({
  nodeId: env.NODE_ID ?? `${hostname()}-${pid}`,
  nodeType,
  http: {
    port: env.PORT,
    host: env.HOST ?? (env.API_TOKENS.length > 0 ? '0.0.0.0' : '127.0.0.1'),
    tokens: env.API_TOKENS,
    webDir: env.WEB_DIR,
    apiUrl: env.API_URL,
    closeDelayMs: env.CLOSE_DELAY_MS,
  },
  dataDir: env.DATA_DIR,
  kafka: {
    brokers: env.KAFKA_BROKERS,
    ssl: env.KAFKA_SSL,
    sasl:
      env.KAFKA_SASL === undefined
        ? undefined
        : {
            mechanism: env.KAFKA_SASL,
            username: env.KAFKA_USERNAME ?? '',
            password: env.KAFKA_PASSWORD ?? '',
          },
    compression: env.KAFKA_COMPRESSION,
    prefix: env.TOPIC_PREFIX,
    epoch: env.TOPIC_EPOCH,
    partitions: env.PARTITIONS,
    replicationFactor: env.REPLICATION_FACTOR,
    publishTimeoutMs: env.PUBLISH_TIMEOUT_MS,
  },
  database: { url: env.DATABASE_URL, schema: env.DATABASE_SCHEMA, pool: env.DATABASE_POOL },
  handlerFolders: [fileURLToPath(new URL('../consumer/handlers', import.meta.url)), ...env.HANDLERS],
  queueLimit: env.QUEUE_LIMIT,
  /** The window and concurrency of this node, as its type has them. */
  window: {
    jobs: nodeType === 'master' ? env.MASTER_NODE_JOB_COUNT : env.JOBS_PER_NODE,
    bytes: env.WINDOW_BYTES,
    concurrency: env.MAX_PARALLEL_JOBS ?? (nodeType === 'master' ? 3 : 5),
  },
  /** What holds for a job that does not say otherwise. */
  jobDefaults: {
    maxAttempts: env.MAX_ATTEMPTS,
    timeoutMs: env.TIMEOUT_MS,
    backoffMs: env.BACKOFF_MS,
    maxBackoffMs: env.BACKOFF_MAX_MS,
  },
  retention: {
    resultsMs: env.RESULT_RETENTION * DAY_MS,
    deadLettersMs: env.DEAD_LETTER_RETENTION * DAY_MS,
    reservationsMs: env.RESERVATION_RETENTION * DAY_MS,
    historyMs: env.HISTORY_RETENTION * HOUR_MS,
    logMs: env.LOG_RETENTION * HOUR_MS,
  },
  dataSets: { maxBytes: env.DATA_SET_BYTES, keptMs: env.DATA_SET_RETENTION * DAY_MS },
  installWaitMs: env.INSTALL_WAIT_MS,
  drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
  rebalanceDrainMs: env.REBALANCE_DRAIN_MS,
  scaling: {
    minReplicas: env.MIN_REPLICAS,
    maxReplicas: env.MAX_REPLICAS,
    lagThreshold: env.LAG_THRESHOLD,
    intervalMs: env.SCALE_INTERVAL_MS,
    downStabilizationMs: env.SCALE_DOWN_STABILIZATION_MS,
    drainObjectiveMs: env.DRAIN_OBJECTIVE_MS,
    workerStartupMs: env.WORKER_STARTUP_MS,
    workerStartupEachMs: env.WORKER_STARTUP_EACH_MS,
    rebalanceMs: env.REBALANCE_MS,
    policy: env.SCALING_POLICY,
    shadow: env.SCALER_SHADOW,
  },
  grpcPort: env.GRPC_PORT,
  kubernetes: { target: env.SCALE_TARGET, namespace: env.KUBE_NAMESPACE, kubeconfig: env.KUBECONFIG },
  logLevel: env.LOG_LEVEL,
})

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
export type Config = DeepReadonly<ReturnType<typeof build>>

const freeze = <T>(value: T): T => {
  if (value instanceof Object) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

type Variables = z.output<typeof variables>

/** The variables that are right by themselves. */
const rightOnes = (set: Readonly<Record<string, unknown>>): Partial<Variables> =>
  Object.fromEntries(
    Object.entries(variables.shape).flatMap(([name, schema]) => {
      const parsed = schema.safeParse(set[name])
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )

/** Whether growing could ever help to keep the objective of the drain-time policy. */
const objectiveFault = ({
  DRAIN_OBJECTIVE_MS,
  WORKER_STARTUP_MS,
  REBALANCE_MS,
}: Partial<Variables>): string[] => {
  if (DRAIN_OBJECTIVE_MS === undefined || WORKER_STARTUP_MS === undefined || REBALANCE_MS === undefined)
    return []
  const least = WORKER_STARTUP_MS + REBALANCE_MS
  return DRAIN_OBJECTIVE_MS > least
    ? []
    : [
        `DRAIN_OBJECTIVE_MS: ${DRAIN_OBJECTIVE_MS} is not more than WORKER_STARTUP_MS and REBALANCE_MS together, ${least}: no worker that is asked for could be there in time`,
      ]
}

/** Rules between variables. */
const relations = (env: Partial<Variables>): string[] => [
  ...objectiveFault(env),
  ...(env.PORT !== undefined && env.PORT !== 0 && env.PORT === env.GRPC_PORT
    ? [`GRPC_PORT: ${env.GRPC_PORT} is PORT, too`]
    : []),
  ...(env.MIN_REPLICAS !== undefined && env.MAX_REPLICAS !== undefined && env.MIN_REPLICAS > env.MAX_REPLICAS
    ? [`MIN_REPLICAS: ${env.MIN_REPLICAS} is more than MAX_REPLICAS, ${env.MAX_REPLICAS}`]
    : []),
  ...(env.KAFKA_SASL !== undefined && (env.KAFKA_USERNAME === undefined || env.KAFKA_PASSWORD === undefined)
    ? ['KAFKA_SASL: needs KAFKA_USERNAME and KAFKA_PASSWORD']
    : []),
]

/**
 * Reads the configuration of a process of the given type. An empty variable counts as unset.
 * @throws AppError CONFIG_INVALID with every fault, a line each
 */
export const readConfig = (
  env: Readonly<Record<string, string | undefined>>,
  nodeType: NodeType,
  pid: number = process.pid,
): Config => {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = variables.safeParse(set)
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    ...relations(rightOnes(set)),
  ]
  if (!parsed.success || faults.length > 0) {
    throw new AppError('CONFIG_INVALID', `configuration: ${faults.join('; ')}`, {
      faults: faults.map((message) => ({ path: `/${message.split(':')[0] ?? ''}`, message })),
    })
  }
  return freeze(build(parsed.data, nodeType, pid))
}

/** A setting that this process can't do without. @throws AppError CONFIG_INVALID naming the variable */
export const required = <T>(value: T | undefined, variable: string): T => {
  if (value === undefined) throw new AppError('CONFIG_INVALID', `configuration: ${variable}: must be set`)
  return value
}

/** The documentation of every variable: name, default, meaning. */
export const describeConfig = (): { name: string; default: string; meaning: string }[] =>
  Object.entries(variables.shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined)
    const value = parsed.success ? parsed.data : undefined
    const text = Array.isArray(value) ? value.join(',') : value === undefined ? '' : String(value)
    return { name, default: text, meaning: schema.description ?? '' }
  })
