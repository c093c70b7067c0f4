/** The settings of the cluster: the files that become the ConfigMap of every workload are read by the product's own rules. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { type Config, readConfig } from '../../core/config.ts'

export const manifestsFolder = fileURLToPath(new URL('../../manifests', import.meta.url))

/** What Secrets hold. A setting may need it to be there; nothing of it is written anywhere. */
const secrets = { KAFKA_USERNAME: 'user', KAFKA_PASSWORD: 'password' }

/**
 * Reads `NAME=value` lines, as kustomize's `configMapGenerator` takes them; of the same name the last counts.
 * @throws AppError CONFIG_INVALID with every fault, a line each
 */
export const settingsOf = (...texts: readonly string[]): Config =>
  readConfig(Object.assign({ ...secrets }, ...texts.map((text) => parseEnv(text))), 'child')

/** The settings in these files of `manifests/`. @throws AppError CONFIG_INVALID */
export const readSettings = (...files: readonly string[]): Config =>
  settingsOf(...files.map((file) => readFileSync(`${manifestsFolder}/${file}`, 'utf8')))
