/**
 * What KEDA is answered, as pure functions: the value of a policy, whether there is work, or why neither can be told. A refusal
 * makes KEDA's `fallback` hold; so where nothing is known no value is better than a guess.
 */

/** Of the metric; KEDA puts the trigger's number before it (`s0-…`) and makes it a metric of the HPA. */
export const METRIC_NAME = 'anomalyguard-workers'

export interface ScaledObjectRef {
  readonly name: string
  readonly namespace: string
  readonly scalerMetadata: Readonly<Record<string, string>>
}

/** What this process can be asked about. */
export interface Serves {
  /** The Deployment that is scaled. */
  readonly target: string
  /** Undefined: there is no Kubernetes here, so any will do. */
  readonly namespace: string | undefined
  readonly policy: string
  /** It explains only. */
  readonly shadow: boolean
}

/** The policy's last word, in workers. */
export interface Value {
  readonly metric: number
  readonly active: boolean
}

export interface Unknown {
  /** Why nothing is known. */
  readonly unknown: string
}

/** Why a question gets no answer: a status of gRPC, and a sentence for whoever reads KEDA's log. */
export interface Refusal {
  readonly code: 'INVALID_ARGUMENT' | 'FAILED_PRECONDITION' | 'UNAVAILABLE'
  readonly details: string
}

/** KEDA's own settings of the connection, which it passes on with all others. */
const ofConnection = ['scalerAddress', 'enableTLS', 'unsafeSsl']

const invalid = (details: string): Refusal => ({ code: 'INVALID_ARGUMENT', details })

/** Why a ScaledObject is not served here; undefined where it is. */
export const refusalOf = (ref: ScaledObjectRef | null, serves: Serves): Refusal | undefined => {
  const { target, namespace, policy, shadow } = serves
  if (ref === null) return invalid('the request names no ScaledObject')
  const { name } = ref
  if (namespace !== undefined && ref.namespace !== namespace)
    return invalid(`${name} is in the namespace ${ref.namespace}; this scaler serves ${namespace} only`)
  const expected = new Map([
    ['target', target],
    ['policy', policy],
  ])
  for (const [key, value] of Object.entries(ref.scalerMetadata)) {
    if (ofConnection.includes(key)) continue
    const right = expected.get(key)
    if (right === undefined)
      return invalid(
        `metadata ${key} of ${name} is not known; this scaler takes ${[...expected.keys()].join(' and ')} only, its settings are variables of its own`,
      )
    if (value !== right)
      return invalid(`metadata ${key} of ${name} is ${value}; this scaler serves ${right} only`)
  }
  if (!shadow) return undefined
  const details = `this scaler is a shadow (SCALER_SHADOW) and explains only; ${name} needs another trigger`
  return { code: 'FAILED_PRECONDITION', details }
}

/** The same for the metric; KEDA has taken its own prefix off. */
export const metricRefusal = (metricName: string): Refusal | undefined =>
  metricName === METRIC_NAME
    ? undefined
    : invalid(`there is no metric ${metricName}; this scaler has ${METRIC_NAME} only`)

/** Refuses what is not known. */
export const unavailable = ({ unknown }: Unknown): Refusal => ({ code: 'UNAVAILABLE', details: unknown })

/** One worker a replica: the HPA's target. */
export const metricSpecs = {
  metricSpecs: [{ metricName: METRIC_NAME, targetSize: 1, targetSizeFloat: 1 }],
}

export const metricValues = ({ metric }: Value) => ({
  metricValues: [{ metricName: METRIC_NAME, metricValue: Math.round(metric), metricValueFloat: metric }],
})
