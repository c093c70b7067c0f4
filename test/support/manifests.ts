/** The manifests as `kubectl kustomize` renders them. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments, stringify } from 'yaml'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`

/** Those of one kind, as their model has them. */
export const ofKind = <Model>(
  objects: readonly KubeObject[],
  isKind: (value: unknown) => value is Model,
): readonly Model[] => objects.flatMap((object: unknown) => (isKind(object) ? [object] : []))

/** Why nothing can be rendered here; undefined where it can. */
export const whyNotRendered = (): string | undefined => {
  const { status, error } = spawnSync('kubectl', ['kustomize', '--help'], { encoding: 'utf8' })
  return status === 0 ? undefined : `there is no kubectl (${error?.message ?? `it ends with ${status}`})`
}

const isObject = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value

/** @throws Error with what kustomize says */
const renderPath = (path: string): readonly KubeObject[] => {
  const args = ['kustomize', path]
  const { status, stdout, stderr } = spawnSync('kubectl', args, { encoding: 'utf8', maxBuffer: 1e8 })
  if (status !== 0) throw new Error(`${path}: ${stderr}`)
  return parseAllDocuments(stdout)
    .map((document): unknown => document.toJS())
    .filter(isObject)
}

const renderedBefore = new Map<string, readonly KubeObject[]>()

/** Every object of an overlay, by its folder in the repository. @throws Error with what kustomize says */
export const render = (folder: string): readonly KubeObject[] => {
  const objects = renderedBefore.get(folder) ?? renderPath(join(repository, folder))
  renderedBefore.set(folder, objects)
  return objects
}

/** What an overlay would be that says this. Its folders are relative to the repository. @throws Error with what kustomize says */
export const renderOverlay = (overlay: {
  readonly [field: string]: unknown
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly transformers?: readonly string[]
}): readonly KubeObject[] => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'overlay-'))
  // kustomize takes relative paths only.
  const fromThere = (paths: readonly string[] = []) =>
    paths.map((path) => relative(folder, join(repository, path)))
  const { resources, components, transformers } = overlay
  const all = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    ...overlay,
    resources: fromThere(resources),
    components: fromThere(components),
    transformers: fromThere(transformers),
  }
  try {
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(all))
    return renderPath(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The folders of all overlays: what is rendered as it is, and no part of others. */
export const overlays = (): readonly string[] =>
  globSync(['manifests/overlays/**/kustomization.yaml', 'test/cluster/**/kustomization.yaml'], {
    cwd: repository,
  })
    .filter((file) => parse(readFileSync(join(repository, file), 'utf8'))?.kind !== 'Component')
    .map((file) => dirname(file))
    .sort()
