/** Writes the generated files of `manifests/`. A tool of developers: no process of the product imports it. `make manifests` */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../core/errors.ts'
import { generatedFiles } from './files.ts'
import { manifestsFolder } from './settings.ts'

try {
  for (const { path, text } of generatedFiles()) {
    const target = join(manifestsFolder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
} catch (error) {
  console.error(error instanceof AppError ? error.message : error)
  process.exitCode = 1
}
