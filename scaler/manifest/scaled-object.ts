/**
 * The ScaledObjects of `backend-slave`, one a way of scaling; an overlay takes one of them. Bounds and speeds are those of the policies
 * in `../policy`, so that the cluster, the scaler of one machine and the simulator do the same. Validated against the models of
 * KEDA 2.19, which know every field used here; the tests also hold them against the CRDs of 2.21.
 */
import { type IScaledObject, ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import type { Config } from '../../core/config.ts'
import { type Behavior, type FullBehavior, fillBehavior } from '../policy/behavior.ts'
import { kafkaPolicySettings } from '../policy/kafka-policy.ts'
import { labelsOf, slaves, wayLabel } from './names.ts'
import { drainTime, dueJobs, kafkaLag } from './triggers.ts'

/** Failures in a row that are a disturbance: of the HPA's looks (each 15 s), and of KEDA's own polls once the HPA has no metric. */
const FAILURE_THRESHOLD = 3

/** `behavior` in the manifest's own, changeable types. */
const inManifest = ({ scaleUp, scaleDown }: FullBehavior) => {
  const rules = ({ policies, ...rest }: FullBehavior['scaleUp']) => ({
    ...rest,
    policies: policies.map((policy) => ({ ...policy })),
  })
  return { scaleUp: rules(scaleUp), scaleDown: rules(scaleDown) }
}

const scaledObject = (
  { scaling, kafka }: Config,
  way: string,
  parts: {
    readonly triggers: IScaledObject['spec']['triggers']
    readonly pollingInterval: number
    readonly behavior: Behavior
    readonly fallbackReplicas: number
  },
): IScaledObject => {
  const { minReplicas, maxReplicas } = kafkaPolicySettings(scaling, kafka.partitions)
  const object: IScaledObject = {
    apiVersion: ScaledObject.apiVersion,
    kind: ScaledObject.kind,
    metadata: { name: slaves, labels: { ...labelsOf(slaves), [wayLabel]: way } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: slaves },
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      pollingInterval: parts.pollingInterval,
      // KEDA's own default, which the policy has, too. It counts only where the minimum is 0.
      cooldownPeriod: 300,
      fallback: {
        failureThreshold: FAILURE_THRESHOLD,
        replicas: parts.fallbackReplicas,
        behavior: 'currentReplicasIfHigher',
      },
      advanced: { horizontalPodAutoscalerConfig: { behavior: inManifest(fillBehavior(parts.behavior)) } },
      triggers: parts.triggers,
    },
  }
  new ScaledObject(object).validate()
  return object
}

/**
 * KEDA's kafka trigger, and a postgresql one for the parked jobs that are due: the HPA takes the larger. Where one of them can't
 * be asked the fleet keeps the replicas that it has, as the policy does, and grows if the other one wants more.
 */
export const kafkaScaledObject = (config: Config): IScaledObject => {
  const { trigger, behavior = {}, minReplicas } = kafkaPolicySettings(config.scaling, config.kafka.partitions)
  return scaledObject(config, 'kafka', {
    triggers: [kafkaLag(config.kafka, trigger), dueJobs(config, trigger.lagThreshold)],
    pollingInterval: 5,
    behavior,
    fallbackReplicas: minReplicas,
  })
}

/** Lets the HPA go wherever it is told, at once: the drain-time policy has its own limits of speed, and its own window down. */
const atOnce: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 100, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
}

/**
 * Our own scaler with the drain-time policy. While it gives no number, since it can't see all, nobody knows what is waiting: the fleet
 * keeps what it has, and is twice the minimum at least. While it can't be reached at all KEDA 2.21 does not get as far as its fallback (it asks
 * for the metric's name first, GetMetricSpecForScalingForScaler in pkg/scaling/cache/scalers_cache.go): the HPA, without a metric,
 * keeps what there is.
 */
export const drainTimeScaledObject = (config: Config): IScaledObject => {
  const { minReplicas, maxReplicas } = kafkaPolicySettings(config.scaling, config.kafka.partitions)
  return scaledObject(config, 'drain-time', {
    triggers: [drainTime()],
    // Streams wake the fleet from zero; a poll more often would only count failures faster than a scaler takes to start anew.
    pollingInterval: 15,
    behavior: atOnce,
    fallbackReplicas: Math.min(maxReplicas, Math.max(1, 2 * minReplicas)),
  })
}
