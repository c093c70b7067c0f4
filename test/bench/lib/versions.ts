/** Versions of the packages compared, as they are installed. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const about = z.object({ version: z.string() })

export const versionOf = (name: string): string =>
  about.parse(
    JSON.parse(
      readFileSync(
        fileURLToPath(new URL(`../../../node_modules/${name}/package.json`, import.meta.url)),
        'utf8',
      ),
    ),
  ).version
