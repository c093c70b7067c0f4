/** Names that manifests and their generator share. */

/** The Deployment of the workers, and the ScaledObject that scales it. */
export const slaves = 'backend-slave'

/** The Secret of the database connection (key DATABASE_URL), and the TriggerAuthentication that reads it for KEDA. */
export const database = 'anomalyguard-db'

/** The Secret of Kafka's user (keys KAFKA_USERNAME, KAFKA_PASSWORD), and the TriggerAuthentication that reads it for KEDA. */
export const kafka = 'anomalyguard-kafka'

/** Tells the ScaledObject of one way of scaling from that of another, which has the same name. */
export const wayLabel = 'anomalyguard/scaling'

/** The namespace of `manifests/base`. An overlay with another one also takes `manifests/transformers/addresses`, which mends addresses. */
const namespace = 'anomgrd'

/** A Service's full name, as KEDA needs it: it asks from another namespace. */
export const addressOf = (service: string, port: number): string =>
  `${service}.${namespace}.svc.cluster.local:${port}`

/** What the selectors of Services, NetworkPolicies and Deployments go by. */
export const labelsOf = (component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'anomalyguard',
  'app.kubernetes.io/component': component,
})
