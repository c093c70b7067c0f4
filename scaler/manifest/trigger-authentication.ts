/** How KEDA gets at secrets: by reference to the Secrets that the workloads use, too. */
import {
  type ITriggerAuthentication,
  TriggerAuthentication,
} from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication'
import { database, kafka } from './names.ts'

/** `parameters`: KEDA's name of each, and its key in the Secret. */
const fromSecret = (name: string, parameters: Readonly<Record<string, string>>): ITriggerAuthentication => {
  const object: ITriggerAuthentication = {
    apiVersion: TriggerAuthentication.apiVersion,
    kind: TriggerAuthentication.kind,
    metadata: { name, labels: { 'app.kubernetes.io/name': 'anomalyguard' } },
    spec: {
      secretTargetRef: Object.entries(parameters).map(([parameter, key]) => ({ parameter, name, key })),
    },
  }
  new TriggerAuthentication(object).validate()
  return object
}

export const databaseAuthentication = (): ITriggerAuthentication =>
  fromSecret(database, { connection: 'DATABASE_URL' })

export const kafkaAuthentication = (): ITriggerAuthentication =>
  fromSecret(kafka, { username: 'KAFKA_USERNAME', password: 'KAFKA_PASSWORD' })
