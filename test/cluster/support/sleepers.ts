/** A Deployment whose pods do nothing, in a namespace of its own: for what watches or scales one. */
import { kubectl } from './kubectl.ts'

/** Pods that are Ready as soon as they run, and gone as soon as they are told. */
export const sleepers = (name: string, replicas = 0) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'sleep',
            image: process.env['IMAGE'] || 'localhost/anomalyguard:test',
            imagePullPolicy: 'IfNotPresent',
            command: ['node', '-e', 'setInterval(() => {}, 1e6)'],
            resources: { requests: { cpu: '5m', memory: '16Mi' } },
          },
        ],
      },
    },
  },
})

export interface OwnNamespace {
  create(): Promise<unknown>
  /** Does not wait for it. */
  remove(): Promise<unknown>
  k(...args: readonly string[]): Promise<string>
  apply(object: unknown): Promise<string>
}

export const inNamespace = (namespace: string): OwnNamespace => {
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  return {
    create: () => kubectl(['apply', '-f', '-'], { input: JSON.stringify(made) }),
    remove: () => kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']),
    k: (...args) => kubectl(['-n', namespace, ...args]),
    apply: (object) => kubectl(['-n', namespace, 'apply', '-f', '-'], { input: JSON.stringify(object) }),
  }
}
