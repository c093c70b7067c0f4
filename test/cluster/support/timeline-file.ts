/** Timelines as files: JSON lines, a sample each, and the summary last. One file compares what another has measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sample, Summary } from './timeline.ts'

export interface Timeline {
  readonly samples: readonly Sample[]
  readonly summary: Summary
}

const fileOf = (name: string): string =>
  fileURLToPath(
    new URL(`../../../.data/cluster/timeline-${name.replace(/[^a-z0-9]+/g, '-')}.jsonl`, import.meta.url),
  )

/** Gives the file. */
export const keepTimeline = (name: string, samples: readonly Sample[], summary: Summary): string => {
  const file = fileOf(name)
  mkdirSync(dirname(file), { recursive: true })
  const lines = [...samples, { policy: name, ...summary }].map((line) => JSON.stringify(line))
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** Undefined where nobody has measured it yet. */
export const readTimeline = (name: string): Timeline | undefined => {
  const file = fileOf(name)
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const summary = JSON.parse(lines.at(-1) ?? '{}') as Summary
  return { samples: lines.slice(0, -1).map((line) => JSON.parse(line) as Sample), summary }
}
