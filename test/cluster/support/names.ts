/** What the tests' installation is called; its manifests are in ../overlay. */

export const namespace = 'anomgrd-test'

/** The labels of all pods of the product, and of one component of it. */
export const selectorOf = (component?: string): string =>
  encodeURIComponent(
    `app.kubernetes.io/name=anomalyguard${component === undefined ? '' : `,app.kubernetes.io/component=${component}`}`,
  )

export const paths = {
  namespace: `/api/v1/namespaces/${namespace}`,
  pods: (component?: string): string =>
    `/api/v1/namespaces/${namespace}/pods?labelSelector=${selectorOf(component)}`,
  pod: (name: string): string => `/api/v1/namespaces/${namespace}/pods/${name}`,
  secret: (name: string): string => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  events: `/api/v1/namespaces/${namespace}/events`,
  deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  deployment: (name: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  statefulSets: `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
  hpas: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  scaledObjects: `/apis/keda.sh/v1alpha1/namespaces/${namespace}/scaledobjects`,
} as const
