/**
 * KEDA's own schemas, where they are at hand: KEDA_CRDS names the folder, else it is where Go keeps what the test cluster was built of.
 * They are newer than the models of @kubernetes-models/keda, which are those of KEDA 2.19: these know `filePath` in a
 * TriggerAuthentication (2.19), and not the fallback `scalingModifiers` (2.20).
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { faultsOf, type Json } from './json-schema.ts'
import type { KubeObject } from './manifests.ts'

/** The version that manifests are validated against: the test cluster's. */
export const KEDA_VERSION = '2.21.0'

const goModules =
  process.env['GOMODCACHE'] ?? join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'pkg', 'mod')
const source = join(goModules, `github.com/kedacore/keda/v2@v${KEDA_VERSION}`)
const folder = process.env['KEDA_CRDS'] ?? join(source, 'config', 'crd', 'bases')
const scalersFile = join(source, 'schema', 'generated', 'scalers-schema.yaml')

export const whyNoCrds = (): string | undefined =>
  existsSync(folder)
    ? undefined
    : `KEDA ${KEDA_VERSION}’s CRDs are not at hand (no ${folder}; KEDA_CRDS=… names another)`

export const whyNoScalers = (): string | undefined =>
  existsSync(scalersFile)
    ? undefined
    : `KEDA ${KEDA_VERSION}’s list of triggers is not at hand (no ${scalersFile})`

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A CRD's schema without Kubernetes' own keywords, which only the API server can check. */
const plain = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(plain)
  if (!isObject(schema)) return schema
  if (schema['x-kubernetes-int-or-string'] === true) return {}
  const kept = Object.entries(schema).filter(
    ([keyword]) => !/^x-kubernetes-|^minItems$|^nullable$/.test(keyword),
  )
  return Object.fromEntries(kept.map(([keyword, rule]) => [keyword, plain(rule)]))
}

/** What is wrong with an object of KEDA by its CRD; unknown fields are. */
export const crdFaults = (object: KubeObject): readonly string[] => {
  const file = join(folder, `keda.sh_${object.kind.toLowerCase()}s.yaml`)
  if (!existsSync(file)) return [`there is no CRD of ${object.kind}`]
  const { spec } = parse(readFileSync(file, 'utf8'))
  const version = spec.versions.find(({ name }: { name: string }) => `keda.sh/${name}` === object.apiVersion)
  if (version === undefined) return [`there is no ${object.apiVersion} of ${object.kind}`]
  const schema = plain(version.schema.openAPIV3Schema)
  return faultsOf(schema, schema, JSON.parse(JSON.stringify(object)))
}

/** The names of what a trigger may be told, in its metadata or by a TriggerAuthentication. */
export const triggerParameters = (type: string): ReadonlySet<string> | undefined => {
  const { scalers } = parse(readFileSync(scalersFile, 'utf8'))
  const scaler = scalers.find((it: { type: string }) => it.type === type)
  return scaler && new Set(scaler.parameters.map(({ name }: { name: string }) => name))
}
