/**
 * Objects held against the models of the API (kubernetes-models), of KEDA and of the Prometheus operator (@kubernetes-models/*).
 * Their validators ignore what they don't know; so each is given an object that notes what it is asked for, and what nobody asked
 * for is unknown: a misspelt field would be dropped by the API server, or refused.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KubeObject } from './manifests.ts'

type Fields = Record<string, unknown>
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** An object that looks like `value`, and tells which properties nobody has asked for. */
const observed = (value: Fields): { readonly proxy: Fields; readonly unread: () => string[] } => {
  const asked = new Map<object, Set<PropertyKey>>()
  const proxies = new Map<object, Fields>()
  const observe = (target: Fields): Fields => {
    const known = proxies.get(target)
    if (known) return known
    const keys = new Set<PropertyKey>()
    const proxy = new Proxy(target, {
      get: (_, key) => {
        keys.add(key)
        const item = Reflect.get(target, key)
        return isRecord(item) ? observe(item) : item
      },
    })
    asked.set(target, keys)
    proxies.set(target, proxy)
    return proxy
  }
  const unread = (target: Fields, path: string): string[] => {
    const keys = asked.get(target)
    // Where nothing was asked for anything goes; an array is asked for its items by number.
    if (keys === undefined || keys.size === 0) return []
    return Object.entries(target).flatMap(([key, item]) => {
      // The models were stripped of descriptions, and of fields of that name with them.
      if (key === 'description' && typeof item === 'string') return []
      const at = Array.isArray(target) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      if (!keys.has(key)) return [at]
      return isRecord(item) ? unread(item, at) : []
    })
  }
  return { proxy: observe(value), unread: () => unread(value, '') }
}

interface Validated {
  validate(this: unknown): void
}

/** Where the model of an object is; undefined where there is none. */
const modelOf = (apiVersion: string, kind: string): string | undefined => {
  const packages = ['kubernetes-models', '@kubernetes-models/keda', '@kubernetes-models/prometheus-operator']
  return packages
    .map((name) => new URL(`../../node_modules/${name}/${apiVersion}/${kind}.js`, import.meta.url))
    .filter((url) => existsSync(fileURLToPath(url)))[0]?.href
}

/** Base64 may have line breaks, which kustomize writes, and the API server takes; the models' format has none. */
const joined = (object: KubeObject): Fields => {
  const { data } = object
  if (object.kind !== 'Secret' || !isRecord(data)) return { ...object }
  const lines = Object.entries(data).map(([key, value]) => [key, String(value).replaceAll('\n', '')])
  return { ...object, data: Object.fromEntries(lines) }
}

/** What is wrong with an object: fields that are wrong, missing or unknown. */
export const schemaFaults = async (object: KubeObject): Promise<readonly string[]> => {
  const { apiVersion, kind } = object
  const path = modelOf(apiVersion, kind)
  if (path === undefined) return [`there is no model of ${apiVersion} ${kind}`]
  const model: Record<string, { readonly prototype: Validated }> = await import(path)
  const { proxy, unread } = observed(joined(object))
  try {
    model[kind]?.prototype.validate.call(proxy)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  return unread().map((field) => `${field} is unknown`)
}
